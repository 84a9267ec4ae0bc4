package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
)

// district runs one district: it follows the journal, lets the desk judge each
// entry, and commits what changed together with its place in the journal.
type district struct {
	id    roster.DistrictID
	log   *journal.Log
	state *store.State
	desk  *desk
	// cursor is the last entry that was committed when the daemon began: up to it
	// alerts are stored already, and the engine alone catches up.
	cursor uint64
	// judged is the last entry the engine has taken; applied the last one whose
	// alerts are stored, too; saved the one of the last snapshot on disk; recalled
	// the last one whose id ingest knows.
	judged, applied, saved, recalled atomic.Uint64
	// recall tells ingest of entries up to the last one of the start; nil: nobody
	// waits for them.
	recall      func([]event.Entry)
	recallFrom  uint64
	recallUntil uint64
	uncommitted uncommitted
	// next is the engine's next timer, clock the instant it has reached.
	next, clock atomic.Int64
	counts      atomic.Pointer[rules.Counts]
	roster      atomic.Pointer[string] // hash of the version the engine has
	ruled       atomic.Pointer[string] // version of the rules it has
	// imported is the entry of the journal that ends the last imported roster: until
	// the engine has taken it, what the engine holds is older than what is stored.
	imported atomic.Uint64
	stored   rosterMark // of what acts have changed, as far as stored; of daemon.storing
	// torn: the daemon was stopped while the engine took a batch; such a state is
	// never saved.
	torn      bool
	snapshots snapshotDir
	unsaved   int       // entries since the last snapshot
	savedAt   time.Time // when that was
	waiting   *waiters
	metrics   *pipelineMetrics
	logger    *slog.Logger
	changed   func() // alerts have changed
	notices   *noticeBoard
	amended   func(roster.DistrictID)
	edits     int // acts that have changed the roster, as far as told
	language  string
	started   roster.Instant
	// unsettled: entries of registers may wait for their acts; see settle.
	unsettled   atomic.Bool
	settleAfter time.Time // of the clock's goroutine
	called      func(roster.DistrictID, []rules.Calls, []roster.Interval)

	asked asked
	// census is what pages ask of all of its people.
	census census
	// tallied are the counts of its alerts, for the pages.
	tallied  tallied
	overview overviewKept

	// judging is held while the engine changes; others read it through ask.
	judging sync.Mutex
}

// ask lets another goroutine read the engine between two batches. It must
// change nothing.
func (d *district) ask(read func(*rules.Engine)) {
	d.judging.Lock()
	defer d.judging.Unlock()
	read(d.desk.engine)
}

// followAll follows a log past damage: what is missing is reported, what
// comes after it is still judged and stored.
func followAll(ctx context.Context, log *journal.Log, from uint64, logger *slog.Logger, fn func(uint64, []event.Entry) error) error {
	for {
		err := log.Follow(ctx, from, fn)
		var damage *journal.DamageError
		if !errors.As(err, &damage) {
			return err
		}
		logger.Error("batches are missing from the journal", "first", damage.First, "last", damage.Last)
		from = damage.Last + 1
	}
}

// judgeAll lets the engine take a batch while nobody looks.
func (d *district) judgeAll(seq uint64, entries []event.Entry, batch *store.Batch) []result {
	d.judging.Lock()
	defer d.judging.Unlock()
	return d.take(seq, entries, batch)
}

// progress shows other goroutines where the engine stands.
func (d *district) progress(e *rules.Engine) {
	if list, focus := e.Called(); len(list) > 0 || len(focus) > 0 {
		d.called(d.id, list, focus)
		d.asked.add(list)
	}
	if n := e.Edits(); n != d.edits {
		if d.edits = n; n > 0 {
			d.amended(d.id)
		}
	}
	hash := e.RosterHash()
	d.roster.Store(&hash)
	version := e.RulesVersion()
	d.ruled.Store(&version)
	counts := e.Counts()
	d.counts.Store(&counts)
	d.next.Store(int64(e.Next()))
	d.clock.Store(int64(e.Clock()))
}

// take runs the entries through the desk and collects what they change.
func (d *district) take(seq uint64, entries []event.Entry, batch *store.Batch) []result {
	defer d.desk.clear()
	var results []result
	for i := range entries {
		entry := &entries[i]
		if seq <= d.cursor {
			d.catchUp(entry)
			continue
		}
		err := d.judge(entry, batch)
		if entry.Rejection != nil {
			batch.DeadLetters = append(batch.DeadLetters, store.DeadLetter{Nth: i, Rejection: *entry.Rejection})
		}
		switch {
		case entry.Act != nil && (entry.Act.Alert != "" || entry.Act.Token != ""):
			results = append(results, d.result(entry.Act, err))
			if err == nil {
				d.accept(entry, batch)
			}
		case err != nil && !errors.Is(err, context.Canceled): // stopped: the batch is not committed
			d.logger.Error("entry is not applied", "district", d.id, "seq", seq, "nth", i, "err", err)
		}
	}
	for _, c := range d.desk.changed {
		batch.Alerts = append(batch.Alerts, store.AlertChange{
			Alert: c.next, What: alerts.Difference(c.prev, &c.next), At: d.desk.engine.Clock(),
		})
		d.metrics.alert(&c)
	}
	if d.desk.climb != nil {
		batch.At = d.desk.engine.Clock()
		batch.Notices = d.desk.climb.notices(d.id, d.desk, batch.At)
	}
	return results
}

// accept collects what an act that was accepted changes beside its alert.
func (d *district) accept(entry *event.Entry, batch *store.Batch) {
	batch.Audit = append(batch.Audit, d.audited(entry))
	if token := entry.Act.Token; token != "" {
		batch.Taken = append(batch.Taken, token)
	}
	if draft := d.draft(entry); draft != nil {
		batch.Drafts = append(batch.Drafts, *draft)
	}
}

// catchUp brings the engine alone to where the stored alerts are. Of what was done
// with an alert only its log tells whether it was accepted.
func (d *district) catchUp(entry *event.Entry) {
	if a := entry.Act; a != nil && a.Alert != "" && a.Type != event.ActIncident && !d.accepted(a, max(entry.At, d.desk.engine.Clock())) {
		entry = &event.Entry{At: entry.At}
	}
	if _, err := d.desk.engine.Apply(entry); err != nil {
		d.logger.Debug("entry is not applied", "district", d.id, "err", err)
	}
}

func (d *district) accepted(a *event.Act, at roster.Instant) bool {
	found, err := d.desk.find(a.Alert)
	return err == nil && found != nil && found.Did(actionType(a), a.By, at)
}

// audited is the audit record of what was done with an alert.
func (d *district) audited(entry *event.Entry) audit.Record {
	a := entry.Act
	r := audit.Record{At: entry.At, Actor: a.By, Action: "alert." + string(actionType(a)), Object: a.Alert, Reason: a.Reason, Subject: a.Subject}
	if a.Alert == "" {
		r.Action, r.Object = "subject."+string(a.Type), string(a.Subject)+string(a.Device)
		r.Subject = cmp.Or(r.Subject, d.wearer(a.Device, entry.At))
	}
	switch {
	case a.File != nil:
		r.Detail = a.File.SHA256
	case a.Until != nil:
		r.Detail = strconv.FormatInt(int64(a.Until.At), 10)
	case a.From != nil:
		r.Detail = a.From.String()
	default:
		r.Detail = cmp.Or(a.Outcome, string(a.Officer))
	}
	return r
}

// wearer is whom a device is bound to; empty for nobody.
func (d *district) wearer(id roster.DeviceID, at roster.Instant) roster.SubjectID {
	if dir := d.desk.engine.Directory(); id != "" && dir != nil && dir.Device(id) != nil {
		if b := dir.Device(id).BoundTo(at); b != nil {
			return b.SubjectID
		}
	}
	return ""
}

func (d *district) result(a *event.Act, err error) result {
	r := result{token: a.Token, err: err}
	if a.Alert == "" {
		return r
	}
	if found, findErr := d.desk.alert(a.Alert); findErr == nil && found != nil {
		r.alert = *found
	}
	return r
}

// tick appends a tick whenever a timer is due and nothing else shows the engine
// that its instant has passed.
func (d *district) tick(ctx context.Context) error {
	const look = 200 * time.Millisecond
	return repeat(ctx, look, func() {
		d.settle(ctx)
		now := nowInstant()
		next := roster.Instant(d.next.Load())
		if next == 0 || next >= now || d.behind(ctx) {
			return
		}
		_, err := d.log.Append(ctx, []event.Entry{{At: now}})
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, journal.ErrFull):
			d.logger.Error("no tick: the journal is full", "district", d.id)
		default:
			d.logger.Error("no tick", "district", d.id, "err", err)
		}
	})
}

// behind reports whether entries wait to be applied; they move the clock too.
func (d *district) behind(ctx context.Context) bool {
	_, last, err := d.log.Bounds(ctx)
	return err != nil || d.applied.Load() < last
}

// append journals entries of this district.
func (d *district) append(ctx context.Context, entries []event.Entry) error {
	if _, err := d.log.Append(ctx, entries); err != nil {
		return fmt.Errorf("journal of %s: %w", d.id, err)
	}
	return nil
}
