package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A key file that can be executed is asked for the keys.
func TestTheKeyComesFromAProgram(t *testing.T) {
	key := strings.Repeat("ab", keyBytes)
	for name, c := range map[string]struct {
		script string
		mode   os.FileMode
		err    string
	}{
		"prints a key":             {"echo " + key, 0o700, ""},
		"a key as it is in a file": {"", 0o600, ""},
		"fails":                    {"echo the vault is closed >&2; exit 3", 0o700, "the vault is closed"},
		"prints nothing":           {"true", 0o700, "holds no key"},
		"prints no key":            {"echo hunter2", 0o700, "64 hexadecimal digits"},
		"prints too much":          {"head -c 9000 /dev/zero", 0o700, "more than keys"},
		"others may write it":      {"echo " + key, 0o720, "chmod go-w"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "field-key")
			text := key + "\n"
			if c.script != "" {
				text = "#!/bin/sh\n" + c.script + "\n"
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			keys, err := (&vault{named: file}).keys()
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v", err)
				}
				return
			}
			want, _ := hex.DecodeString(key)
			if err != nil || len(keys) != 1 || !bytes.Equal(keys[0], want) {
				t.Errorf("got %d keys, %v", len(keys), err)
			}
		})
	}
}

func TestAProgramThatHangsGivesNoKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "field-key")
	if err := os.WriteFile(file, []byte("#!/bin/sh\nsleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := runKeyHook(file, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no key within") {
		t.Errorf("got %v", err)
	}
}
