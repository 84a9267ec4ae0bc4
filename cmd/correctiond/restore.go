package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"correctiond/journal"
	"correctiond/store"
	"correctiond/store/audit"
)

func restoreCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	keys := fs.String("keys", "", "`DIR` with the keys, as backup --keys copied them; not needed with security.field_key_file")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		r := &restoring{cfg: cfg, from: c.args[0], keys: *keys, to: filepath.Clean(cfg.DataDir) + ".restoring"}
		if err := r.run(ctx); err != nil {
			return fmt.Errorf("restore %s: %w", r.from, err)
		}
		_, err = fmt.Fprintf(c.out, "%s: restored as of %s\n", cfg.DataDir, r.manifest.At.Time(time.UTC).Format(time.RFC3339))
		return err
	}
}

// restoring fills a directory beside the data directory, which becomes it when all
// is there.
type restoring struct {
	cfg            *config
	from, keys, to string
	manifest       backupManifest
}

func (r *restoring) run(ctx context.Context) error {
	if err := newDir(r.cfg.DataDir); err != nil {
		return invalid(err)
	}
	if err := r.verify(); err != nil {
		return invalid(err)
	}
	if err := newDir(r.to); err != nil {
		return invalid(err)
	}
	err := r.fill(ctx)
	if err == nil {
		err = errors.Join(os.Remove(r.cfg.DataDir), os.Rename(r.to, filepath.Clean(r.cfg.DataDir)))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(r.to))
	}
	return syncDir(filepath.Dir(filepath.Clean(r.cfg.DataDir)))
}

// verify checks that the backup is complete and as it was made.
func (r *restoring) verify() error {
	text, err := os.ReadFile(filepath.Join(r.from, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it has no %s: it is no backup, or was never completed", manifestFile)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &r.manifest); err != nil || r.manifest.Format != 1 {
		return fmt.Errorf("%s is not understood; use the version that made it", manifestFile)
	}
	for name, want := range r.manifest.Files {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s names %q, which is outside of it", manifestFile, name)
		}
		got, err := hashFile(filepath.Join(r.from, name))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s was changed or damaged since the backup was made", name)
		}
	}
	return nil
}

func (r *restoring) fill(ctx context.Context) (err error) {
	dir, err := openDataDir(r.to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	v, err := r.vault(dir)
	if err != nil {
		return err
	}
	for name := range r.manifest.Files {
		if filepath.Dir(name) == "journal" {
			continue
		}
		if err := copyFile(filepath.Join(r.from, name), dir.file(name)); err != nil {
			return err
		}
	}
	return errors.Join(r.journal(ctx, dir, v), r.note(ctx, dir, v))
}

// vault finds the key that the backup was made with.
func (r *restoring) vault(dir *dataDir) (*vault, error) {
	named := r.cfg.Security.FieldKeyFile
	if named == "" && r.keys == "" {
		return nil, usagef("the keys are not in the backup: give --keys DIR, or security.field_key_file")
	}
	for _, name := range []string{fieldKeyFile, challengeKey} {
		err := error(nil)
		if r.keys != "" && (named == "" || name != fieldKeyFile) {
			err = copyFile(filepath.Join(r.keys, name), dir.file(name))
		}
		if err != nil && !(name == challengeKey && errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
	}
	v, err := dir.vault(r.cfg.Security)
	if err == nil && !slices.Contains(v.ring.Load().KeyIDs(), r.manifest.Key) {
		err = fmt.Errorf("it was made with field key %s, and %s holds another", r.manifest.Key, v.file())
	}
	return v, err
}

// journal writes the logs into a journal of its own, with a new key.
func (r *restoring) journal(ctx context.Context, dir *dataDir, v *vault) error {
	key, err := dir.key(journalKeyFile)
	if err != nil {
		return err
	}
	server, err := journal.Open(ctx, journal.Config{
		Dir: dir.file("journal"), Key: key, MaxBytes: int64(r.cfg.Journal.MaxBytes), MaxAge: r.cfg.Journal.MaxAge,
	})
	if err != nil {
		return err
	}
	defer server.Close()
	for _, of := range r.manifest.Logs {
		if err := r.log(ctx, server, v, of); err != nil {
			return fmt.Errorf("journal of %s: %w", of.District, err)
		}
	}
	return nil
}

func (r *restoring) log(ctx context.Context, server *journal.Server, v *vault, of backupLog) error {
	from, err := v.openSealed(filepath.Join(r.from, logName(of.District)))
	if err != nil {
		return err
	}
	defer from.Close()
	log, err := server.Log(ctx, of.District)
	if err != nil {
		return err
	}
	return fillLog(ctx, log, of, from)
}

// note opens the state, which checks the key, and records the restore.
func (r *restoring) note(ctx context.Context, dir *dataDir, v *vault) (err error) {
	state, err := store.OpenState(dir.file("state.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	if err := v.unlock(ctx, state); err != nil {
		return err
	}
	sum, err := hashFile(filepath.Join(r.from, manifestFile))
	if err != nil {
		return err
	}
	return state.AppendAudit(ctx, audit.Record{At: nowInstant(), Actor: systemUser(), Action: "backup.restored", Object: r.from, Detail: sum})
}
