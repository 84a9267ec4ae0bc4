package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/database"
)

// rosterPartBytes cuts a roster for the journal, well below its message size.
const rosterPartBytes = 512 << 10

// open starts a district's lane, if it is not open yet, and returns when the rules
// have reached the end of the journal. They have to: what they draw and grant decides
// which positions are lawful. The track history comes after.
func (d *daemon) open(ctx context.Context, id roster.DistrictID) (*lane, error) {
	if l := d.lane(id); l != nil {
		return l, nil
	}
	l, err := d.newLane(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open district %q: %w", id, err)
	}
	first, last, err := l.district.log.Bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("open district %q: %w", id, err)
	}
	// What the journal does not have any more cannot be waited for; see checkStart.
	l.district.applied.Store(max(l.district.applied.Load(), first-1))
	name := "district " + string(id)
	d.recallAccepted(l, first, last)
	d.parts.add(name, l.district.follow)
	d.parts.add(name+" clock", l.district.tick)
	if err := waitFor(ctx, func() bool { return l.district.applied.Load() >= last && l.district.recalled.Load() >= last }); err != nil {
		return nil, err
	}
	// Nobody waits for the history, and the rules have had the machine to themselves.
	d.parts.add(name+" history", l.recorder.follow)
	d.ruling.Lock()
	defer d.ruling.Unlock()
	l.ruled = *l.district.ruled.Load()
	if err := d.adoptRules(ctx, l); err != nil {
		return nil, err
	}
	if !isNobody(id) {
		c, err := d.newChallenger(l.district)
		if err != nil {
			return nil, err
		}
		d.parts.add(name+" challenges", c.run)
	}
	d.mu.Lock()
	d.districts[id] = l
	d.mu.Unlock()
	return l, nil
}

// recallAccepted lets the district tell ingest which ids stand in the journal, whose
// bounds are given, but not yet in the track history, which the start does not wait for.
func (d *daemon) recallAccepted(l *lane, first, last uint64) {
	x := l.district
	x.recallFrom, x.recallUntil = max(first, l.recorder.written.Load()+1), last
	if x.recallFrom > last {
		x.recalled.Store(last)
		return
	}
	x.recall = func(entries []event.Entry) {
		d.unwritten.add(entries)
		for i := range entries {
			if ev := entries[i].Event; ev != nil && ev.ID != "" {
				d.ids.Remember(ev.Device, ev.ID, ev.Time)
			}
		}
	}
}

func (d *daemon) newLane(ctx context.Context, id roster.DistrictID) (*lane, error) {
	if err := d.claimJournal(ctx, id); err != nil {
		return nil, err
	}
	log, err := d.journal.Log(ctx, id)
	if err != nil {
		return nil, err
	}
	snapshots, err := snapshotsOf(d.vault, id)
	if err != nil {
		return nil, err
	}
	engine := rules.New(rules.DefaultConfig(), d.cal, nil) // until the journal names others
	cursor, err := d.state.Cursor(ctx, id)
	if err != nil {
		return nil, err
	}
	asBefore := collectSeldom()
	seq, unusable := snapshots.restore(engine, cursor)
	asBefore()
	if unusable != nil {
		d.log.Warn("a snapshot cannot be used", "district", id, "err", unusable)
	}
	x := &district{
		id: id, log: log, state: d.state, snapshots: snapshots, savedAt: time.Now(), waiting: d.waiting,
		metrics: d.metrics, logger: d.log.With("component", "district"), changed: d.wake, notices: d.notices,
		called: d.registry.call, amended: d.amended,
		language: d.cfg.Language, started: nowInstant(),
	}
	x.desk = newDesk(engine, x.uncommitted.before(d.findAlert(d.parts.ctx)))
	x.unsettled.Store(true)
	x.desk.climb = newClimber(d.escalation)
	x.applied.Store(seq)
	x.saved.Store(seq)
	x.progress(engine)
	x.cursor = cursor
	r := &recorder{id: id, log: log, history: d.history, waiting: d.unwritten, metrics: d.metrics, logger: x.logger}
	written, err := d.history.Cursor(ctx, id)
	if err != nil {
		return nil, err
	}
	r.written.Store(written)
	if err := d.checkMemory(ctx, x, unusable); err != nil {
		return nil, err
	}
	return &lane{district: x, recorder: r}, d.checkStart(ctx, x, r)
}

// checkMemory refuses to start with rules that have forgotten what a snapshot holds:
// it cannot be used, as when another version wrote it, and the entries that it was
// made of are not in the journal any more.
func (d *daemon) checkMemory(ctx context.Context, x *district, unusable error) error {
	first, _, err := x.log.Bounds(ctx)
	if err != nil || unusable == nil || first <= x.applied.Load()+1 || d.cfg.acceptLoss {
		return err
	}
	return fmt.Errorf("the rules would forget open episodes, scores and facts of the legal ladder: they know the journal up to entry %d, "+
		"it begins at %d, and what they knew is in a snapshot that cannot be used (%w); put back the program, or the snapshot and the database, "+
		"that fit together, or accept the loss with: serve --accept-loss", x.applied.Load(), first, unusable)
}

// checkStart compares the journal with what has been read of it. What is missing
// was lost, and that must not pass in silence.
func (d *daemon) checkStart(ctx context.Context, x *district, r *recorder) error {
	first, last, err := x.log.Bounds(ctx)
	if err != nil {
		return err
	}
	readers := []struct {
		name string
		upTo uint64
	}{{"rules", x.applied.Load()}, {"alerts", x.cursor}, {"track history", r.written.Load()}}
	for _, reader := range readers {
		if reader.upTo > last {
			d.log.Error("the end of the journal is lost", "district", x.id, "reader", reader.name, "read", reader.upTo, "last", last)
			if err := x.log.Advance(ctx, reader.upTo); err != nil {
				return err
			}
		}
		if reader.name != "alerts" && first > reader.upTo+1 {
			d.log.Error("the journal begins after what has been read: entries are missing", "district", x.id,
				"reader", reader.name, "read", reader.upTo, "first", first)
		}
	}
	return nil
}

// findAlert reads alerts as they are stored. While the database does not answer
// it is asked again: an episode must find its alert. Only ctx's end is an error.
func (d *daemon) findAlert(ctx context.Context) func(string) (*alerts.Alert, error) {
	return func(id string) (*alerts.Alert, error) {
		for {
			a, err := d.state.Alert(ctx, id)
			switch {
			case errors.Is(err, database.ErrNotFound):
				return nil, nil
			case err == nil || ctx.Err() != nil:
				return &a, err
			}
			d.log.Error("alert is not read yet", "err", err)
			d.metrics.commitFailed()
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
}

// loadRoster opens a district and sees to it that its engine and ingest have the
// stored roster. Mostly the engine has it, from its snapshot: then it is not read.
func (d *daemon) loadRoster(ctx context.Context, id roster.DistrictID) error {
	l, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	v, err := d.state.RosterHead(ctx, id)
	if err != nil {
		return err
	}
	like, file, err := l.district.holds(&v)
	if err != nil {
		return err
	}
	if file != nil {
		d.amended(id) // by acts that the stored one may lack
		return d.useRoster(ctx, like, file)
	}
	if v, err = d.state.CurrentRoster(ctx, id); err != nil {
		return err
	}
	file = new(roster.Roster)
	if err := json.Unmarshal(v.JSON, file); err != nil {
		return fmt.Errorf("read stored roster of %s: %w", id, err)
	}
	return d.adoptRoster(ctx, like, file)
}

// saveRoster makes a checked roster the current one, for the rules and ingest too.
func (d *daemon) saveRoster(ctx context.Context, file *roster.Roster, by string) error {
	d.storing.Lock()
	defer d.storing.Unlock()
	if l := d.lane(file.District.ID); l != nil {
		l.district.stored = rosterMark{}
	}
	if err := d.storeRoster(ctx, file, by); err != nil {
		return err
	}
	return d.adoptRoster(ctx, d.registry.district(file.District.ID), file)
}

// adoptRoster journals a roster, unless the engine has it, then lets ingest use
// it: an event must never stand in the journal before the roster it needs. like is
// one much like it; nil: there is none.
func (d *daemon) adoptRoster(ctx context.Context, like *roster.Directory, file *roster.Roster) error {
	dir, err := d.compileRoster(ctx, like, file)
	if err != nil {
		return err
	}
	l, err := d.open(ctx, file.District.ID)
	if err != nil {
		return err
	}
	known, err := l.district.journalRoster(ctx, file)
	if err != nil {
		return err
	}
	d.registry.put(dir)
	if known {
		d.amended(dir.DistrictID()) // by acts that the stored version may lack
	}
	return nil
}

// useRoster lets ingest use a roster that the engine has: what rosterNow gave.
func (d *daemon) useRoster(ctx context.Context, has *roster.Directory, file *roster.Roster) error {
	dir := has.At(file)
	err := d.seal(ctx, dir)
	if err == nil {
		d.registry.put(dir)
	}
	return err
}

// compileRoster compiles a roster, and seals the files of the minors in it before
// anybody can ask for them.
func (d *daemon) compileRoster(ctx context.Context, like *roster.Directory, file *roster.Roster) (*roster.Directory, error) {
	dir, err := roster.CompileLike(like, file, d.cal)
	if err != nil {
		return nil, fmt.Errorf("compile roster of %s: %w", file.District.ID, err)
	}
	return dir, d.seal(ctx, dir)
}

// journalRoster appends a roster, unless it is the one that the engine knows, and no
// other waits for it.
func (d *district) journalRoster(ctx context.Context, file *roster.Roster) (known bool, err error) {
	entries, err := event.SplitRoster(file, rosterPartBytes)
	if has := d.roster.Load(); err != nil || has != nil && *has == entries[0].Roster.Hash && !d.awaits() {
		return true, err
	}
	var seq uint64
	for i := range entries {
		entries[i].At = roster.InstantOf(time.Now())
		if seq, err = d.log.Append(ctx, entries[i:i+1]); err != nil {
			return false, fmt.Errorf("journal of %s: %w", d.id, err)
		}
	}
	d.imported.Store(seq)
	return false, nil
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
