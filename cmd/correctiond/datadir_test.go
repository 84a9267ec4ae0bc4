package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func mustOpen(t *testing.T, path string) *dataDir {
	t.Helper()
	d, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close() })
	return d
}

func modeOf(t *testing.T, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestDataDirIsCreatedForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "data")
	d := mustOpen(t, path)
	if got := modeOf(t, path); got != 0o700 {
		t.Errorf("mode %v, want 0700", got)
	}
	if got := modeOf(t, d.file(lockFile)); got != 0o600 {
		t.Errorf("lock file: mode %v, want 0600", got)
	}
}

func TestSecondOpenerIsToldThePid(t *testing.T) {
	path := t.TempDir()
	first := mustOpen(t, path)
	_, err := openDataDir(path)
	var held heldError
	if !errors.As(err, &held) || held.pid != strconv.Itoa(os.Getpid()) {
		t.Fatalf("got %v, want a heldError with pid %d", err, os.Getpid())
	}
	if exitCode(err) != 1 {
		t.Errorf("exit code %d, want 1", exitCode(err))
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path)
}

func TestForeignDirectoryIsLeftAlone(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "letters.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := openDataDir(path)
	if err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("got %v, want a refusal that says what to do", err)
	}
	if got := modeOf(t, path); got != 0o755 {
		t.Errorf("mode changed to %v", got)
	}
}

func TestKeysAreMadeOnce(t *testing.T) {
	path := t.TempDir()
	d := mustOpen(t, path)
	first, err := d.key(journalKeyFile)
	if err != nil || len(first) != keyBytes {
		t.Fatalf("key of %d bytes, %v", len(first), err)
	}
	again, err := d.key(journalKeyFile)
	if err != nil || string(again) != string(first) {
		t.Errorf("the second call gave another key (%v)", err)
	}
	v, err := d.vault(securityConfig{Cipher: "aes-gcm"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := v.keys()
	if err != nil || string(other[0]) == string(first) {
		t.Errorf("field key equals journal key (%v)", err)
	}
	if got := modeOf(t, d.file(journalKeyFile)); got != 0o600 {
		t.Errorf("mode %v, want 0600", got)
	}
	if leftover, _ := filepath.Glob(filepath.Join(path, "*.new")); len(leftover) > 0 {
		t.Errorf("left behind: %v", leftover)
	}
}

func TestKeyOfTheOperator(t *testing.T) {
	d := mustOpen(t, t.TempDir())
	for _, tc := range []struct {
		name, content string
		ok            bool
	}{
		{"raw", strings.Repeat("k", 32), true},
		{"hexadecimal", strings.Repeat("6b", 32) + "\n", true},
		{"short", "secret", false},
		{"empty", "", false},
	} {
		file := filepath.Join(t.TempDir(), "field")
		if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := (&vault{dir: d, named: file}).keys()
		if (err == nil) != tc.ok || tc.ok && string(keys[0]) != strings.Repeat("k", 32) {
			t.Errorf("%s: %q, %v", tc.name, keys, err)
		}
	}
	if _, err := (&vault{dir: d, named: "/nowhere/key"}).keys(); err == nil {
		t.Error("a missing key file must not be replaced by a new key")
	}
}

func TestClientIDStays(t *testing.T) {
	d := mustOpen(t, t.TempDir())
	first, err := d.clientID()
	if err != nil || !strings.HasPrefix(first, "jzd-") || len(first) > 23 {
		t.Fatalf("%q, %v", first, err)
	}
	if again, _ := d.clientID(); again != first {
		t.Errorf("%q became %q", first, again)
	}
}
