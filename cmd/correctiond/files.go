package main

import (
	"bytes"
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
// named by its SHA-256 and encrypted.
type files struct {
	dir   string
	vault *vault
}

var _ web.Files = files{}

// Keep stores a content durably and describes it; the name is left to the caller.
// More than alerts.MaxFile bytes are web.ErrTooLarge, and nothing is kept.
func (f files) Keep(_ context.Context, content io.Reader) (alerts.File, error) {
	tmp, kept, err := f.stage(content)
	if err == nil {
		err = f.place(tmp, kept.SHA256)
	}
	if err != nil {
		return alerts.File{}, err
	}
	return kept, nil
}

// stage stores a content durably under a name that nobody else knows.
func (f files) stage(content io.Reader) (name string, kept alerts.File, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return "", kept, fmt.Errorf("keep file: %w", err)
	}
	tmp, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return "", kept, fmt.Errorf("keep file: %w", err)
	}
	kept, err = f.copyIn(tmp, content)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return "", alerts.File{}, errors.Join(err, os.Remove(tmp.Name()))
	}
	return tmp.Name(), kept, nil
}

// place gives a staged content its name.
func (f files) place(tmp, hash string) error {
	if err := os.Rename(tmp, f.path(hash)); err != nil {
		return fmt.Errorf("keep file: %w", errors.Join(err, os.Remove(tmp)))
	}
	return syncDir(f.dir)
}

// copyIn copies a content and tells its size, hash and type.
func (f files) copyIn(to io.Writer, content io.Reader) (kept alerts.File, err error) {
	w, err := f.vault.ring.Load().Writer(to, filePlace(""))
	if err != nil {
		return kept, fmt.Errorf("keep file: %w", err)
	}
	hash, head := sha256.New(), &prefix{}
	kept.Size, err = io.Copy(io.MultiWriter(w, hash, head), io.LimitReader(content, alerts.MaxFile+1))
	switch {
	case err != nil:
		return kept, fmt.Errorf("keep file: %w", err)
	case kept.Size > alerts.MaxFile:
		return kept, web.ErrTooLarge
	}
	kept.SHA256, kept.Type = hex.EncodeToString(hash.Sum(nil)), http.DetectContentType(head.bytes)
	return kept, w.Close()
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
	data, err := f.read(filepath.Base(sha256))
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return content{bytes.NewReader(data)}, nil
}

// read decrypts a content, of at most alerts.MaxFile bytes, and checks that it is
// the one of that hash.
func (f files) read(hash string) ([]byte, error) {
	file, err := f.vault.openSealed(f.path(hash))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != hash {
		return nil, errors.New("its content is not what was attached")
	}
	return data, nil
}

// content is a file in memory.
type content struct{ *bytes.Reader }

// Close has nothing to do.
func (content) Close() error { return nil }

func (f files) path(sha256 string) string { return filepath.Join(f.dir, sha256) }
