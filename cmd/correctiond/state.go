package main

import (
	"context"
	"errors"
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
	history *store.History
	daemon  *daemon // nil in a process of its own
}

// openStores opens the databases of a locked directory.
func openStores(_ context.Context, cfg *config, dir *dataDir) (*openState, func() error, error) {
	loc, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return nil, nil, err
	}
	st := &openState{cfg: cfg, dir: dir, cal: roster.NewCalendar(loc)}
	if st.state, err = store.OpenState(dir.file("state.db")); err != nil {
		return nil, nil, err
	}
	if st.history, err = store.OpenHistory(dir.file("history.db")); err != nil {
		return nil, nil, errors.Join(err, st.state.Close())
	}
	return st, func() error { return errors.Join(st.history.Close(), st.state.Close()) }, nil
}

var _ opener[*openState] = openStores
