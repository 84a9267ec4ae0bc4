package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"correctiond/store"
)

func stateMigrateCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	to := fs.String("to", "", "address of the empty database, postgres://user@host/db?sslmode=verify-full; without it that of state.url")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if *to != "" {
			cfg.State.URL = *to
		}
		f := &findings{}
		if cfg.State.validate(f, cfg.insecure); !cfg.State.postgres() {
			f.add("to", "names no PostgreSQL database; write it like postgres://user@host/db?sslmode=verify-full")
		}
		if err := invalid(errors.Join(f.all...)); err != nil {
			return err
		}
		return cfg.migrateState(ctx, c)
	}
}

// migrateState copies the embedded state while nobody writes it: the data directory
// is locked meanwhile.
func (cfg *config) migrateState(ctx context.Context, c *call) (err error) {
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	name := dir.file("state.db")
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no state to copy", cfg.DataDir)
	}
	from, err := store.OpenState(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := cfg.openPostgres(ctx, cfg.State.URL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	bar := &tableProgress{w: terminal(c.err)}
	all, err := from.MoveTo(ctx, to, bar.tell)
	bar.end()
	if err != nil {
		return err
	}
	return reportCopied(c.out, all, name)
}

func reportCopied(out io.Writer, all []store.Copied, name string) error {
	var rows int64
	for _, t := range all {
		rows += t.Rows
		if _, err := fmt.Fprintf(out, "%-18s %d\n", t.Table, t.Rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d rows copied, counted and the audit chain verified. Put the address into state.url; "+
		"%s stays as it was: keep it until the daemon has run, then delete it.\n", rows, name)
	return err
}

// tableProgress shows on a terminal which table is being copied.
type tableProgress struct {
	w     io.Writer // nil: no terminal
	drawn time.Time
}

func (p *tableProgress) tell(t store.Copied) {
	if p.w == nil || t.Rows < t.Of && time.Since(p.drawn) < 200*time.Millisecond {
		return
	}
	p.drawn = time.Now()
	fmt.Fprintf(p.w, "\r\x1b[K%s: %d of %d rows", t.Table, t.Rows, t.Of)
}

func (p *tableProgress) end() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
