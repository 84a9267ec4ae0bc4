package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"correctiond/alerts"
	"correctiond/web"
)

// files keeps what is attached to alerts under data_dir/files, each content once,
// named by its SHA-256.
type files struct{ dir string }

var _ web.Files = files{}

// Keep stores a content durably and describes it; the name is left to the caller.
// More than alerts.MaxFile bytes are web.ErrTooLarge, and nothing is kept.
func (f files) Keep(_ context.Context, content io.Reader) (kept alerts.File, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return kept, fmt.Errorf("keep file: %w", err)
	}
	tmp, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return kept, fmt.Errorf("keep file: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone by then, unless something failed
	if kept, err = copyIn(tmp, content); err != nil {
		return alerts.File{}, errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return alerts.File{}, fmt.Errorf("keep file: %w", err)
	}
	if err := os.Rename(tmp.Name(), f.path(kept.SHA256)); err != nil {
		return alerts.File{}, fmt.Errorf("keep file: %w", err)
	}
	return kept, syncDir(f.dir)
}

// copyIn copies a content and tells its size, hash and type.
func copyIn(to io.Writer, content io.Reader) (kept alerts.File, err error) {
	hash, head := sha256.New(), &prefix{}
	kept.Size, err = io.Copy(io.MultiWriter(to, hash, head), io.LimitReader(content, alerts.MaxFile+1))
	switch {
	case err != nil:
		return kept, fmt.Errorf("keep file: %w", err)
	case kept.Size > alerts.MaxFile:
		return kept, web.ErrTooLarge
	}
	kept.SHA256, kept.Type = hex.EncodeToString(hash.Sum(nil)), http.DetectContentType(head.bytes)
	return kept, nil
}

// prefix keeps the first bytes written to it, from which a type is told.
type prefix struct{ bytes []byte }

func (p *prefix) Write(b []byte) (int, error) {
	const enough = 512
	p.bytes = append(p.bytes, b[:min(len(b), enough-len(p.bytes))]...)
	return len(b), nil
}

// Open reads a content back. The hash is one that an alert holds: 64 hex digits,
// never a path.
func (f files) Open(_ context.Context, sha256 string) (io.ReadSeekCloser, error) {
	file, err := os.Open(f.path(filepath.Base(sha256)))
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return file, nil
}

func (f files) path(sha256 string) string { return filepath.Join(f.dir, sha256) }
