package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/database"
)

// vault is what names, files and snapshots of a data directory are encrypted with.
type vault struct {
	dir    *dataDir
	named  string // the operator's key file; empty: one of the directory
	cipher seal.Cipher
	// ring is replaced while the key is changed; it keeps the keys that are on
	// their way out.
	ring     atomic.Pointer[seal.Ring]
	changing sync.Mutex
}

// vault reads the keys, which are made at the first start.
func (d *dataDir) vault(cfg securityConfig) (*vault, error) {
	v := &vault{dir: d, named: cfg.FieldKeyFile, cipher: seal.Cipher(cfg.Cipher)}
	keys, err := v.keys()
	if err != nil {
		return nil, err
	}
	ring, err := seal.NewRing(v.cipher, keys...)
	v.ring.Store(ring)
	return v, err
}

// file is where the keys are.
func (v *vault) file() string {
	if v.named == "" {
		return v.dir.file(fieldKeyFile)
	}
	return v.named
}

// keys reads the key file: one key, or several while the key is changed, the one
// in force first.
func (v *vault) keys() ([][]byte, error) {
	if v.named == "" {
		if _, err := v.dir.once(fieldKeyFile, newKey); err != nil {
			return nil, err
		}
	}
	data, err := readKeys(v.file())
	if err != nil {
		return nil, fmt.Errorf("security.field_key_file: %w", err)
	}
	if len(data) == keyBytes {
		return [][]byte{data}, nil
	}
	var keys [][]byte
	for line := range strings.FieldsSeq(string(data)) {
		key, err := parseKey(v.file(), []byte(line))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no key: wants 32 bytes, or 64 hexadecimal digits in a line per key", v.file())
	}
	return keys, nil
}

func newKey() []byte {
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails
	return key
}

// keep writes the keys of the directory's own file, one a line.
func (v *vault) keep(keys [][]byte) error {
	var text bytes.Buffer
	for _, key := range keys {
		fmt.Fprintln(&text, hex.EncodeToString(key))
	}
	return wrapf(writeWhole(v.file(), text.Bytes()), "write %s", v.file())
}

// unlock gives the state its key. What lies readable, from before there was
// encryption, is encrypted.
func (v *vault) unlock(ctx context.Context, state *store.State) error {
	id, _, err := state.SealKey(ctx, v.ring.Load())
	if err == nil && id == "" {
		_, err = v.resealFiles()
	}
	if err == nil {
		err = state.Unlock(ctx, v.ring.Load())
	}
	if wrong, ok := errors.AsType[*database.KeyError](err); ok {
		return fmt.Errorf("%s: %w; put the key file of this data directory back, or name it with --config or --security.field_key_file", v.file(), wrong)
	}
	return err
}

// resealFiles encrypts with the key in force what lies in the directory with
// another one, or with none, and returns how many files those were.
func (v *vault) resealFiles() (changed int, err error) {
	for _, kind := range []string{"files/*", "snapshots/*.snap"} {
		names, err := filepath.Glob(v.dir.file(kind))
		if err != nil {
			return changed, err
		}
		for _, name := range names {
			did, err := v.resealFile(name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
				return changed, fmt.Errorf("encrypt %s: %w", name, err)
			}
			if did {
				changed++
			}
		}
	}
	return changed, nil
}

// resealFile encrypts one file anew, whole or not at all.
func (v *vault) resealFile(name string) (changed bool, err error) {
	ring := v.ring.Load()
	from, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer from.Close()
	head := make([]byte, len(ring.Header()))
	n, err := io.ReadFull(from, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	if bytes.Equal(head, ring.StreamHeader()) {
		return false, nil
	}
	plain := io.MultiReader(bytes.NewReader(head[:n]), from)
	if seal.Sealed(head) {
		if plain, err = ring.Reader(plain, filePlace(name)); err != nil {
			return false, err
		}
	}
	return true, v.writeSealed(name, func(w io.Writer) error {
		_, err := io.Copy(w, plain)
		return err
	})
}

// filePlace is what a sealed file is bound to: a snapshot to its name; an attached
// file is named by its content already.
func filePlace(name string) string {
	if strings.HasSuffix(name, ".snap") {
		return filepath.Base(name)
	}
	return "file"
}

// writeSealed writes a file encrypted, whole or not at all.
func (v *vault) writeSealed(name string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w, err := v.ring.Load().Writer(f, filePlace(name))
	if err == nil {
		err = errors.Join(fill(w), w.Close())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name+".new"))
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// sealedFile is an encrypted file that is open for reading.
type sealedFile struct {
	io.Reader
	io.Closer
}

// openSealed opens an encrypted file.
func (v *vault) openSealed(name string) (*sealedFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	r, err := v.ring.Load().Reader(f, filePlace(name))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &sealedFile{r, f}, nil
}
