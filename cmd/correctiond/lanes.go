package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// rosterPartBytes cuts a roster for the journal, well below its message size.
const rosterPartBytes = 512 << 10

// open starts a district's lane, if it is not open yet, and returns when it has
// reached the end of the journal.
func (d *daemon) open(ctx context.Context, id roster.DistrictID) (*lane, error) {
	if l := d.lane(id); l != nil {
		return l, nil
	}
	l, err := d.newLane(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open district %q: %w", id, err)
	}
	_, last, err := l.district.log.Bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("open district %q: %w", id, err)
	}
	name := "district " + string(id)
	d.parts.add(name, l.district.follow)
	d.parts.add(name+" clock", l.district.tick)
	d.parts.add(name+" history", l.recorder.follow)
	reached := func() bool { return l.district.applied.Load() >= last && l.recorder.written.Load() >= last }
	if err := waitFor(ctx, reached); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.districts[id] = l
	d.mu.Unlock()
	return l, nil
}

func (d *daemon) newLane(ctx context.Context, id roster.DistrictID) (*lane, error) {
	log, err := d.journal.Log(ctx, id)
	if err != nil {
		return nil, err
	}
	snapshots, err := snapshotsOf(d.dir, id)
	if err != nil {
		return nil, err
	}
	engine := rules.New(d.rules, d.cal, nil)
	seq, err := snapshots.restore(engine)
	if err != nil {
		d.log.Warn("a snapshot cannot be used", "district", id, "err", err)
	}
	x := &district{
		id: id, log: log, state: d.state, snapshots: snapshots, savedAt: time.Now(), waiting: d.waiting,
		metrics: d.metrics, logger: d.log.With("component", "district"), changed: d.web.Wake,
		desk: newDesk(engine, d.findAlert(ctx)),
	}
	x.applied.Store(seq)
	x.saved.Store(seq)
	x.progress(engine)
	if x.cursor, err = d.state.Cursor(ctx, id); err != nil {
		return nil, err
	}
	r := &recorder{id: id, log: log, history: d.history, metrics: d.metrics, logger: x.logger}
	written, err := d.history.Cursor(ctx, id)
	if err != nil {
		return nil, err
	}
	r.written.Store(written)
	return &lane{district: x, recorder: r}, d.checkStart(ctx, x, r)
}

// checkStart reports when the journal no longer holds what a consumer has not
// read: then something was lost, and that must not pass in silence.
func (d *daemon) checkStart(ctx context.Context, x *district, r *recorder) error {
	first, _, err := x.log.Bounds(ctx)
	if err != nil {
		return err
	}
	if first > x.applied.Load()+1 {
		d.log.Error("the journal begins after the last snapshot: older entries are not judged again",
			"district", x.id, "snapshot", x.applied.Load(), "first", first)
	}
	if first > r.written.Load()+1 {
		d.log.Error("the journal begins after the track history ends: entries may be missing from it",
			"district", x.id, "written", r.written.Load(), "first", first)
	}
	return nil
}

func (d *daemon) findAlert(ctx context.Context) func(string) (*alerts.Alert, error) {
	return func(id string) (*alerts.Alert, error) {
		a, err := d.state.Alert(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		return &a, err
	}
}

// loadRoster makes the stored roster of a district the one that ingest asks, and
// sees to it that the journal holds it too.
func (d *daemon) loadRoster(ctx context.Context, id roster.DistrictID) error {
	v, err := d.state.CurrentRoster(ctx, id)
	if err != nil {
		return err
	}
	var file roster.Roster
	if err := json.Unmarshal(v.JSON, &file); err != nil {
		return fmt.Errorf("read stored roster of %s: %w", id, err)
	}
	return d.adoptRoster(ctx, &file)
}

// saveRoster makes a checked roster the current one, for the rules and ingest too.
func (d *daemon) saveRoster(ctx context.Context, file *roster.Roster, by string) error {
	if err := d.storeRoster(ctx, file, by); err != nil {
		return err
	}
	return d.adoptRoster(ctx, file)
}

// adoptRoster journals a roster, unless the engine has it, then lets ingest use
// it: an event must never stand in the journal before the roster it needs.
func (d *daemon) adoptRoster(ctx context.Context, file *roster.Roster) error {
	dir, err := roster.Compile(file, d.cal)
	if err != nil {
		return fmt.Errorf("compile roster of %s: %w", file.District.ID, err)
	}
	l, err := d.open(ctx, file.District.ID)
	if err != nil {
		return err
	}
	entries, err := event.SplitRoster(file, rosterPartBytes)
	if err != nil {
		return err
	}
	if hash := l.district.roster.Load(); hash != nil && *hash == entries[0].Roster.Hash {
		d.registry.put(dir)
		return nil
	}
	for i := range entries {
		entries[i].At = roster.InstantOf(time.Now())
		if err := l.district.append(ctx, entries[i:i+1]); err != nil {
			return err
		}
	}
	d.registry.put(dir)
	return nil
}

// waitFor polls a condition until it holds or ctx ends.
func waitFor(ctx context.Context, done func() bool) error {
	t := time.NewTicker(5 * time.Millisecond)
	defer t.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
	return nil
}

// readRules reads the rule file of the configuration.
func (cfg *config) readRules() (rules.Config, error) {
	if cfg.Rules.File == "" {
		return rules.DefaultConfig(), nil
	}
	data, err := os.ReadFile(cfg.Rules.File)
	if err != nil {
		return rules.Config{}, fmt.Errorf("rules.file: %w", err)
	}
	return rules.ReadConfig(bytes.NewReader(data), cfg.Rules.File)
}
