package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files of the data directory that are made once, at the first start.
const (
	ownerFile      = "owner.id"       // which data directory this is to others on one database
	journalKeyFile = "journal.key"    // encrypts the embedded journal
	fieldKeyFile   = "field.key"      // encrypts names, numbers and addresses
	clientIDFile   = "mqtt-client-id" // the daemon's own MQTT client id
	challengeKey   = "challenge.key"  // draws random challenges
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// key returns the 32 bytes of a key file of the directory, created on first use.
func (d *dataDir) key(name string) ([]byte, error) {
	data, err := d.once(name, newKey)
	if err != nil {
		return nil, err
	}
	return parseKey(d.file(name), data)
}

// parseKey takes a key as 32 raw bytes or 64 hexadecimal digits.
func parseKey(name string, data []byte) ([]byte, error) {
	if len(data) == keyBytes {
		return data, nil
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s holds no key: wants 32 bytes or 64 hexadecimal digits", name)
	}
	return key, nil
}

// clientID returns the daemon's MQTT client id. It is random, so that no device
// can guess it and take over the session, and kept, so that the broker finds
// the session again.
func (d *dataDir) clientID() (string, error) {
	data, err := d.once(clientIDFile, func() []byte {
		var id [8]byte
		rand.Read(id[:]) // never fails
		return []byte("jzd-" + hex.EncodeToString(id[:]))
	})
	return string(data), err
}

// once returns the content of a file, which is made, whole or not at all, when
// it does not exist.
func (d *dataDir) once(name string, fresh func() []byte) ([]byte, error) {
	data, err := os.ReadFile(d.file(name))
	if !errors.Is(err, fs.ErrNotExist) {
		return data, wrapf(err, "read %s", name)
	}
	data = fresh()
	return data, wrapf(writeWhole(d.file(name), data), "create %s", name)
}

func wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// writeWhole writes a file, readable by its owner only, so that a crash leaves
// either nothing or all of it.
func writeWhole(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
