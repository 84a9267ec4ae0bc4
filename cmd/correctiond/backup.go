package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/tracks"
)

// manifestFile is written last: without it a backup is not complete.
const manifestFile = "backup.json"

// backupManifest says what a backup holds.
type backupManifest struct {
	Format  int               `json:"format"`
	At      roster.Instant    `json:"at"`
	Version string            `json:"version"`
	Key     string            `json:"key"` // id of the field key that is needed to restore
	History string            `json:"history"`
	Logs    []backupLog       `json:"logs"`
	Files   map[string]string `json:"files"` // SHA-256 by name
}

// backupLog is a district's journal in a backup.
type backupLog struct {
	District roster.DistrictID `json:"district"`
	First    uint64            `json:"first"` // first > last: it is empty
	Last     uint64            `json:"last"`
}

func backupCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	keys := fs.String("keys", "", "also copy the keys, to this `DIR`; keep it apart from the backup")
	base := fs.String("base", "", "`DIR` that relative names start from; set by the program itself")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if c.host == nil && *base == "" {
			if *base, err = os.Getwd(); err != nil {
				return err
			}
			c.argv = append(c.argv, "--base", *base) // the daemon works in another directory
		}
		to, keysTo := under(*base, c.args[0]), under(*base, *keys)
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			if err := st.backup(ctx, c.out, to); err != nil {
				return fmt.Errorf("backup to %s: %w", to, err)
			}
			return st.backupKeys(c.out, keysTo)
		})
	}
}

func under(base, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(base, name)
}

// newDir makes a directory, or takes an empty one.
func newDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty; choose another directory", path)
	}
	return err
}

// backup copies everything in an order that fits together: engine snapshots before
// the alerts that they must not be ahead of, files after the alerts that name them,
// the journal last, so that it reaches beyond all cursors.
func (st *openState) backup(ctx context.Context, out io.Writer, dir string) error {
	if err := newDir(dir); err != nil {
		return invalid(err)
	}
	defer st.still()()
	b := &backing{st: st, dir: dir, manifest: backupManifest{
		Format: 1, At: nowInstant(), Version: readBuild(debug.ReadBuildInfo()).version, Key: st.vault.ring.Load().KeyID(),
		History: st.cfg.Store.Kind, Files: map[string]string{},
	}}
	for _, step := range []func(context.Context) error{b.snapshots, b.databases, b.attached, b.journal, b.note} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%s: %d files; to restore it needs field key %s\n", dir, len(b.manifest.Files), b.manifest.Key)
	return err
}

// still keeps upkeep and changes of the key away until what it returns is called.
func (st *openState) still() func() {
	st.vault.changing.Lock()
	if st.daemon == nil {
		return st.vault.changing.Unlock
	}
	st.daemon.tending.Lock()
	return func() {
		st.daemon.tending.Unlock()
		st.vault.changing.Unlock()
	}
}

// backing is a backup in the making.
type backing struct {
	st       *openState
	dir      string
	manifest backupManifest
}

func (b *backing) snapshots(context.Context) error { return b.copyAll("snapshots/*.snap") }

func (b *backing) databases(ctx context.Context) error {
	if err := b.st.state.Copy(ctx, filepath.Join(b.dir, "state.db")); err != nil {
		return err
	}
	if h, embedded := b.st.history.(*tracks.History); embedded {
		if err := h.Copy(ctx, filepath.Join(b.dir, "history.db")); err != nil {
			return err
		}
		if err := b.seal("history.db"); err != nil {
			return err
		}
	}
	return b.seal("state.db")
}

func (b *backing) attached(context.Context) error {
	return errors.Join(b.copyAll("files/*"), b.copyAll(clientIDFile), b.copyAll("mqtt-sessions"))
}

// copyAll copies the files of the data directory that a pattern selects.
func (b *backing) copyAll(pattern string) error {
	names, err := filepath.Glob(b.st.dir.file(pattern))
	if err != nil {
		return err
	}
	for _, name := range names {
		local, err := filepath.Rel(b.st.dir.path, name)
		if err != nil {
			return err
		}
		err = copyFile(name, filepath.Join(b.dir, local))
		if errors.Is(err, fs.ErrNotExist) { // replaced meanwhile by a younger one
			continue
		}
		if err = errors.Join(err, b.seal(local)); err != nil {
			return err
		}
	}
	return nil
}

// seal notes the hash of a file that is complete, and sees to it that it is on the disk.
func (b *backing) seal(local string) error {
	sum, err := hashFile(filepath.Join(b.dir, local))
	b.manifest.Files[filepath.ToSlash(local)] = sum
	return err
}

// note writes the manifest, and its hash to the audit log: a backup that was changed
// later does not match.
func (b *backing) note(ctx context.Context) error {
	text, err := json.MarshalIndent(b.manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(b.dir, manifestFile), append(text, '\n')); err != nil {
		return err
	}
	sum, err := hashFile(filepath.Join(b.dir, manifestFile))
	if err != nil {
		return err
	}
	return b.st.state.AppendAudit(ctx, audit.Record{At: nowInstant(), Actor: systemUser(), Action: "backup.made", Object: b.dir, Detail: sum})
}

// backupKeys copies the keys where the operator wants them, or says which there are.
func (st *openState) backupKeys(out io.Writer, dir string) error {
	if dir == "" {
		_, err := fmt.Fprintf(out, "keys are not in it; keep a copy of %s elsewhere\n", st.vault.file())
		return err
	}
	if err := newDir(dir); err != nil {
		return invalid(err)
	}
	if err := copyFile(st.vault.file(), filepath.Join(dir, fieldKeyFile)); err != nil {
		return err
	}
	err := copyFile(st.dir.file(challengeKey), filepath.Join(dir, challengeKey))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: the keys; keep them apart from the backup, under lock\n", dir)
	return err
}

// copyFile copies a file, readable by its owner only, and syncs it.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func hashFile(name string) (sum string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), f.Sync()
}
