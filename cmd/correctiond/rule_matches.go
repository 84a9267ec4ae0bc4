package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// printUnmatched warns of overrides that are for nobody of the rosters on disk.
// Without any, or while another process holds the directory, there is nothing to
// compare with.
func (cfg *config) printUnmatched(ctx context.Context, out io.Writer) (err error) {
	rs, err := cfg.readRules()
	if err != nil || len(rs.Overrides) == 0 {
		return err
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "state.db")); errors.Is(err, fs.ErrNotExist) && !cfg.State.postgres() {
		return nil
	}
	dir, err := openDataDir(cfg.DataDir)
	if errors.As(err, new(heldError)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	state, err := cfg.openState(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	v, err := dir.vault(cfg.Security)
	if err == nil {
		err = v.unlock(ctx, state)
	}
	if err != nil {
		return err
	}
	found, err := unmatched(ctx, state, &rs)
	for _, sel := range found {
		if _, err := fmt.Fprintf(out, "# %-6s rules: the override for %s matches no district or office of the roster\n", "warn", sel); err != nil {
			return err
		}
	}
	return err
}

// unmatched lists the overrides that are for nobody of the current rosters; none
// while no roster is known.
func unmatched(ctx context.Context, state *store.State, rs *rules.Config) ([]rules.Selector, error) {
	ids, err := state.Districts(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var all []*roster.Roster
	for _, id := range ids {
		v, err := state.CurrentRoster(ctx, id)
		if err != nil {
			return nil, err
		}
		r := new(roster.Roster)
		if err := json.Unmarshal(v.JSON, r); err != nil {
			return nil, fmt.Errorf("roster of %s: %w", id, err)
		}
		all = append(all, r)
	}
	return rs.Unmatched(all), nil
}

// warnUnmatched logs the overrides of rules that are for nobody.
func (d *daemon) warnUnmatched(ctx context.Context, rs *rules.Config) {
	found, err := unmatched(ctx, d.state, rs)
	if err != nil {
		d.log.Error("overrides are not compared with the rosters", "err", err)
	}
	for _, sel := range found {
		d.log.Warn("an override matches no district or office of the rosters", "override", sel.String())
	}
}
