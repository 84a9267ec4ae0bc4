package main

import (
	"errors"
	"os"
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
	if b.Known(first) {
		t.Error("known before it was opened")
	}
	for _, name := range []string{first, second, first} {
		if err := b.Opened(name); err != nil {
			t.Fatal(err)
		}
	}
	b = open()
	if !b.Known(first) || !b.Known(second) || b.Known("mqtt://b:1883 jzd-1") || len(b.names) != 2 {
		t.Errorf("remembered %q", b.names)
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
	if err := b.Opened("x"); err == nil || b.Known("x") {
		t.Errorf("err %v, known %v", err, b.Known("x"))
	}
	if _, err := dir.sessions(); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory is read as %v", err)
	}
}
