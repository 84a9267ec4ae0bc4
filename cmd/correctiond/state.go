package main

import (
	"context"
	"errors"
	"os"
	"time"

	"correctiond/roster"
	"correctiond/store"
)

// openState is what the commands on live state work with: the databases of a
// data directory, and the daemon when one runs on them.
type openState struct {
	cfg     *config
	dir     *dataDir
	cal     *roster.Calendar
	state   *store.State
	vault   *vault
	history trackHistory
	sink    sinkCounts
	daemon  *daemon // nil in a process of its own
}

// openStores opens the databases of a locked directory.
func openStores(ctx context.Context, cfg *config, dir *dataDir) (*openState, func() error, error) {
	loc, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return nil, nil, err
	}
	st := &openState{cfg: cfg, dir: dir, cal: roster.NewCalendar(loc)}
	if st.state, err = cfg.openState(ctx, dir); err != nil {
		return nil, nil, err
	}
	if st.vault, err = dir.vault(cfg.Security); err == nil {
		err = st.vault.unlock(ctx, st.state)
	}
	if err != nil {
		return nil, nil, errors.Join(err, st.state.Close())
	}
	if err := st.openHistory(ctx, newLogger(os.Stderr, cfg)); err != nil {
		return nil, nil, errors.Join(err, st.state.Close())
	}
	return st, func() error { return errors.Join(st.history.Close(), st.state.Close()) }, nil
}

var _ opener[*openState] = openStores
