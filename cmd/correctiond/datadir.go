package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockFile is held locked by the one process that uses the directory.
const lockFile = "lock"

// dataDir is the locked directory that holds everything the daemon keeps.
type dataDir struct {
	path string
	lock *os.File
}

// heldError says that another process uses the data directory.
type heldError struct {
	path string
	pid  string
}

func (e heldError) Error() string {
	return fmt.Sprintf("data directory %s is in use by process %s; stop it, or choose another with --data", e.path, e.pid)
}

// openDataDir creates the directory if need be, closes it to other users and
// locks it. A heldError means that another process has it.
func openDataDir(path string) (*dataDir, error) {
	if err := prepareDir(path); err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	d := &dataDir{path: path, lock: lock}
	if err := d.acquire(); err != nil {
		lock.Close()
		return nil, err
	}
	return d, nil
}

func (d *dataDir) acquire() error {
	err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return heldError{d.path, holder(d.file(lockFile))}
	}
	if err != nil {
		return fmt.Errorf("lock data directory: %w", err)
	}
	pid := fmt.Appendln(nil, os.Getpid())
	if err := errors.Join(d.lock.Truncate(0), writeAt(d.lock, pid)); err != nil {
		return fmt.Errorf("lock data directory: %w", err)
	}
	return nil
}

func writeAt(f *os.File, data []byte) error {
	_, err := f.WriteAt(data, 0)
	return err
}

// holder reads who wrote the lock file last.
func holder(name string) string {
	data, err := os.ReadFile(name)
	if pid := strings.TrimSpace(string(data)); err == nil && pid != "" {
		return pid
	}
	return "unknown"
}

// prepareDir makes the directory, readable by its owner only. A directory that
// already holds other things is not touched: it must be closed by its owner.
func prepareDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	ours, err := emptyOrOurs(path)
	if err != nil {
		return err
	}
	if !ours {
		return fmt.Errorf("%s holds other files and is open to other users (%v); choose an empty directory, or chmod 700 it",
			path, info.Mode().Perm())
	}
	return os.Chmod(path, 0o700)
}

func emptyOrOurs(path string) (bool, error) {
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 {
		return err == nil, err
	}
	_, err = os.Lstat(filepath.Join(path, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// file gives the path of a file of the directory.
func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// close gives the directory free.
func (d *dataDir) close() error { return d.lock.Close() }
