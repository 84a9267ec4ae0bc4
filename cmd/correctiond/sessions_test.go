package main

import (
	"errors"
	"os"
	"slices"
	"testing"
)

func TestSessionsAreRememberedAcrossStarts(t *testing.T) {
	dir := &dataDir{path: t.TempDir()}
	open := func() *sessionBook {
		b, err := dir.sessions()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const first, second = "mqtt://a:1883 jzd-1", "mqtt://a:1883 jzd-2"
	b := open()
	if names := b.Names(); len(names) != 0 {
		t.Errorf("remembered %q before anything was opened", names)
	}
	for _, name := range []string{first, second, first} {
		if err := b.Opened(name); err != nil {
			t.Fatal(err)
		}
	}
	if names := open().Names(); !slices.Equal(names, []string{first, second}) {
		t.Errorf("remembered %q", names)
	}
}

func TestSessionsThatCannotBeWrittenOrRead(t *testing.T) {
	dir := &dataDir{path: t.TempDir()}
	b, err := dir.sessions()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir.file(sessionsFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.Opened("x"); err == nil || len(b.Names()) != 0 {
		t.Errorf("err %v, remembered %v", err, b.Names())
	}
	if _, err := dir.sessions(); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory is read as %v", err)
	}
}
