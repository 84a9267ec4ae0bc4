package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/web"
)

// A content is kept once, under its hash, with the type that it has.
func TestFilesAreKeptByTheirContent(t *testing.T) {
	f := files{filepath.Join(t.TempDir(), "files"), testVault(t)}
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 600)
	for range 2 {
		kept, err := f.Keep(t.Context(), strings.NewReader(png))
		sum := sha256.Sum256([]byte(png))
		want := alerts.File{Type: "image/png", Size: 608, SHA256: hex.EncodeToString(sum[:])}
		if err != nil || kept != want {
			t.Fatalf("kept %+v, %v", kept, err)
		}
		back, err := f.Open(t.Context(), kept.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(back)
		if err = errors.Join(err, back.Close()); err != nil || string(got) != png {
			t.Errorf("%d bytes come back, %v", len(got), err)
		}
	}
	if names := namesIn(t, f.dir); len(names) != 1 {
		t.Errorf("the directory holds %v", names)
	}
	if _, err := f.Open(t.Context(), "../state.db"); err == nil {
		t.Error("a path is taken for a hash")
	}
}

// What is too large, or breaks off, leaves nothing behind.
func TestFilesThatAreNotKept(t *testing.T) {
	f := files{filepath.Join(t.TempDir(), "files"), testVault(t)}
	large := bytes.NewReader(make([]byte, alerts.MaxFile+1))
	if _, err := f.Keep(t.Context(), large); !errors.Is(err, web.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	broken := io.MultiReader(strings.NewReader("half"), errReader{})
	if _, err := f.Keep(t.Context(), broken); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken off: %v", err)
	}
	if names := namesIn(t, f.dir); len(names) != 0 {
		t.Errorf("the directory holds %v", names)
	}
}

// errReader is a line that is cut.
type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
