package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/database"
)

// elsewhereError says that a district is run by another daemon on the same database.
type elsewhereError struct {
	district roster.DistrictID
	owner    store.Owner
}

func (e *elsewhereError) Error() string {
	whose := "belongs to the daemon at " + e.owner.Place
	if e.owner.ID == "" {
		whose = "has its journal in another data directory"
	}
	return fmt.Sprintf("district %s %s: use that one, or, when it is gone for good, run: correctiond state release %s", e.district, whose, e.district)
}

// errElsewhere is what acts on such a district are answered.
var errElsewhere = errors.New("belongs to a district that another daemon runs: use the pages of that one")

// owner is this data directory.
func (st *openState) owner() (store.Owner, error) {
	id, err := st.dir.once(ownerFile, func() []byte {
		var id [16]byte
		rand.Read(id[:]) // never fails
		return []byte(hex.EncodeToString(id[:]))
	})
	if err != nil {
		return store.Owner{}, err
	}
	host, _ := os.Hostname()
	path, err := filepath.Abs(st.dir.path)
	return store.Owner{ID: strings.TrimSpace(string(id)), Place: host + ":" + path}, err
}

// claim makes a district ours. One that is another's is an *elsewhereError. Only a
// server has several daemons: a file is of one data directory.
func (st *openState) claim(ctx context.Context, id roster.DistrictID, journaled bool) error {
	if !st.cfg.State.postgres() {
		return nil
	}
	own, err := st.owner()
	if err != nil {
		return err
	}
	has, err := st.state.Claim(ctx, id, own, journaled)
	if err == nil && has.ID != own.ID {
		err = &elsewhereError{id, has}
	}
	return err
}

// claimJournal is claim for the daemon, which can look into its journal.
func (d *daemon) claimJournal(ctx context.Context, id roster.DistrictID) error {
	err := d.claim(ctx, id, false)
	if other, ok := errors.AsType[*elsewhereError](err); !ok || other.owner.ID != "" {
		return err
	}
	log, err := d.journal.Log(ctx, id)
	if err != nil {
		return err
	}
	_, last, err := log.Bounds(ctx)
	if err != nil {
		return err
	}
	if last == 0 {
		return d.claim(ctx, id, false)
	}
	return d.claim(ctx, id, true)
}

// strangersOf is the log of this daemon's messages that belong to no district. The
// daemons that share a database with the first have one of their own.
func (st *openState) strangersOf(ctx context.Context) (roster.DistrictID, error) {
	err := st.claim(ctx, nobody, false)
	if other, ok := errors.AsType[*elsewhereError](err); ok && other.owner.ID != "" {
		own, err := st.owner()
		return strangers(own), err
	} else if ok {
		return nobody, nil
	}
	return nobody, err
}

func strangers(o store.Owner) roster.DistrictID {
	return nobody + "-" + roster.DistrictID(o.ID[:8])
}

// isNobody tells a log of messages of no district from a district.
func isNobody(id roster.DistrictID) bool {
	return id == nobody || strings.HasPrefix(string(id), string(nobody)+"-")
}

// openDistricts opens the districts that are this daemon's, and the log of what
// belongs to none. Those of other daemons are left to them.
func (d *daemon) openDistricts(ctx context.Context) error {
	ids, err := d.state.Districts(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := d.claimJournal(ctx, id)
		if _, ok := errors.AsType[*elsewhereError](err); ok {
			d.log.Warn("a district is left to another daemon", "district", id, "err", err)
			continue
		}
		if err == nil {
			err = d.loadRoster(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return d.openStrangers(ctx)
}

func (d *daemon) openStrangers(ctx context.Context) error {
	id, err := d.strangersOf(ctx)
	if err != nil {
		return err
	}
	_, err = d.open(ctx, id)
	if _, ok := errors.AsType[*elsewhereError](err); ok {
		own, none := d.owner()
		if none != nil {
			return none
		}
		id = strangers(own)
		_, err = d.open(ctx, id)
	}
	d.strangers.Store(&id)
	return err
}

// unplaced is where messages go that belong to no district.
func (d *daemon) unplaced() roster.DistrictID {
	if id := d.strangers.Load(); id != nil {
		return *id
	}
	return nobody
}

// own lists the districts that this daemon runs.
func (d *daemon) own() (ids []roster.DistrictID) {
	for _, l := range d.lanes() {
		ids = append(ids, l.district.id)
	}
	return ids
}

func stateReleaseCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		id := roster.DistrictID(c.args[0])
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			if !st.cfg.State.postgres() {
				return usagef("state.url: the embedded state is of one data directory, whose districts are its own")
			}
			err := st.state.Release(ctx, id, systemUser(), nowInstant())
			if errors.Is(err, database.ErrNotFound) {
				return usagef("there is no district %q", id)
			}
			if err == nil {
				_, err = fmt.Fprintf(c.out, "district %s goes to the daemon that is started next\n", id)
			}
			return err
		})
	}
}
