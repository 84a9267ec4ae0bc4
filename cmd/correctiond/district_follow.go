package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/rules"
	"correctiond/store"
)

// Bounds of what is under way between the journal and the state database: batches
// that are decoded, batches that are judged, and alerts of one transaction.
const (
	decodedAhead = 64
	judgedAhead  = 64
	commitAlerts = 512
)

// lastCommit is how long a stop waits for the alerts that are judged already.
const lastCommit = 5 * time.Second

// decoded is a batch of the journal.
type decoded struct {
	seq     uint64
	entries []event.Entry
}

// judged is what the engine has made of a batch.
type judged struct {
	batch   store.Batch
	entries int
	began   time.Time
	results []result
	notices []rules.Notice
	stored  chan<- struct{} // not nil: no batch; it is closed when all before is stored
}

// follow applies the journal from the snapshot on until ctx ends. While one batch is
// stored the engine takes the next, and the one after it is decoded; batches that
// wait to be stored share a transaction. Nobody hears of a batch before it is stored.
func (d *district) follow(ctx context.Context) error {
	d.judged.Store(d.applied.Load())
	parts := newGroup(ctx)
	read, done := make(chan decoded, decodedAhead), make(chan judged, judgedAhead)
	parts.add("read", func(ctx context.Context) error { return d.read(ctx, read) })
	parts.add("judge", func(ctx context.Context) error {
		defer close(done)
		return d.judgeRead(ctx, read, done)
	})
	parts.add("store", func(ctx context.Context) error { return d.storeJudged(ctx, done) })
	return parts.wait()
}

// read decodes the journal, and tells ingest of what it had accepted before the start.
func (d *district) read(ctx context.Context, to chan<- decoded) error {
	from := d.applied.Load() + 1
	first := from
	if d.recall != nil {
		first = min(from, d.recallFrom)
	}
	return followAll(ctx, d.log, first, d.logger, func(seq uint64, entries []event.Entry) error {
		if d.recall != nil && seq >= d.recallFrom && seq <= d.recallUntil {
			d.recall(entries)
		}
		d.recalled.Store(seq)
		if seq < from {
			return nil
		}
		select {
		case to <- decoded{seq, slices.Clone(entries)}: // the slice is reused
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// judgeRead lets the engine take what was read.
func (d *district) judgeRead(ctx context.Context, from <-chan decoded, to chan<- judged) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case b := <-from:
			j, err := d.judgeBatch(ctx, &b)
			if err != nil {
				return err
			}
			to <- j // it is taken even after ctx has ended
			if d.unsaved += len(b.entries); d.snapshotDue() && flush(ctx, to) {
				d.snapshot(b.seq)
			}
		}
	}
}

// judgeBatch lets the engine take one batch. An error leaves the engine torn: with
// ctx ended, an alert may not have been found. The next start takes the batch again.
func (d *district) judgeBatch(ctx context.Context, b *decoded) (judged, error) {
	j := judged{batch: store.Batch{District: d.id, Seq: b.seq}, entries: len(b.entries), began: time.Now()}
	d.torn = true
	j.results = d.judgeAll(b.seq, b.entries, &j.batch)
	if err := ctx.Err(); err != nil {
		return j, err
	}
	d.uncommitted.put(j.batch.Alerts)
	d.torn = false
	d.judged.Store(b.seq)
	d.progress(d.desk.engine)
	j.notices = d.desk.engine.Notices()
	return j, nil
}

// flush waits until all that is judged is stored; false: ctx has ended.
func flush(ctx context.Context, to chan<- judged) bool {
	stored := make(chan struct{})
	to <- judged{stored: stored}
	select {
	case <-stored:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// storeJudged stores what was judged until from is closed, also after ctx has ended:
// then the engine can be saved as it is.
func (d *district) storeJudged(ctx context.Context, from <-chan judged) (err error) {
	for first := range from {
		if err == nil { // else what was judged before is missing
			err = d.storeAll(ctx, waitingJudged(first, from))
		}
	}
	return err
}

// waitingJudged adds to the first what waits already, as much as one transaction takes.
func waitingJudged(first judged, from <-chan judged) []judged {
	group, changes := []judged{first}, len(first.batch.Alerts)
	for changes < commitAlerts && len(group) < judgedAhead {
		select {
		case next, more := <-from:
			if !more {
				return group
			}
			group, changes = append(group, next), changes+len(next.batch.Alerts)
		default:
			return group
		}
	}
	return group
}

// storeAll stores batches and then tells of them.
func (d *district) storeAll(ctx context.Context, group []judged) error {
	batches := make([]*store.Batch, 0, len(group))
	for i := range group {
		batches = append(batches, &group[i].batch)
	}
	if err := d.commit(ctx, batches...); err != nil {
		return err
	}
	for i := range group {
		j := &group[i]
		if j.stored != nil {
			close(j.stored)
			continue
		}
		d.uncommitted.drop(j.batch.Alerts)
		d.applied.Store(j.batch.Seq)
		d.waiting.deliver(j.results)
		if len(j.batch.Drafts) > 0 {
			d.unsettled.Store(true)
		}
		d.notices.offer(j.notices)
		if len(j.batch.Alerts)+len(j.batch.Notices) > 0 {
			d.changed()
		}
		d.metrics.applied(j.entries, time.Since(j.began))
	}
	return nil
}

// commit stores the batches that changed something, in one transaction. While the
// database cannot take them, it is tried again: the journal keeps what follows.
func (d *district) commit(ctx context.Context, batches ...*store.Batch) error {
	var full []store.Batch
	for _, b := range batches {
		if len(b.Alerts)+len(b.DeadLetters)+len(b.Audit)+len(b.Notices) > 0 {
			full = append(full, *b)
		}
	}
	for wait := 50 * time.Millisecond; len(full) > 0; wait = min(2*wait, 5*time.Second) {
		err := d.state.Commit(ctx, full...)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return d.commitAtLast(ctx, full)
		}
		d.metrics.commitFailed()
		d.logger.Error("alerts are not stored yet", "district", d.id, "seq", full[len(full)-1].Seq, "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return nil
}

// commitAtLast tries once more when the daemon stops. If that fails, the next start
// judges these batches again.
func (d *district) commitAtLast(stopped context.Context, full []store.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stopped), lastCommit)
	defer cancel()
	if err := d.state.Commit(ctx, full...); err != nil {
		d.logger.Error("alerts are left to the next start", "district", d.id, "seq", full[0].Seq, "err", err)
		return stopped.Err()
	}
	return nil
}

// whole reports whether all that the engine has taken is stored, so that it may be
// saved. It is asked when nothing runs any more.
func (d *district) whole() bool { return !d.torn && d.judged.Load() == d.applied.Load() }

// uncommitted are the alerts that are judged but not stored yet, in the form in which
// they will be.
type uncommitted struct {
	mu      sync.Mutex
	changes map[string]*store.AlertChange
}

// put adds what a batch has changed. What cannot be encoded cannot be committed either.
func (u *uncommitted) put(changes []store.AlertChange) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.changes == nil {
		u.changes = map[string]*store.AlertChange{}
	}
	for i := range changes {
		if changes[i].Encode() == nil {
			u.changes[changes[i].Alert.Episode.ID] = &changes[i]
		}
	}
}

// drop forgets what is stored, but for what has been changed again.
func (u *uncommitted) drop(changes []store.AlertChange) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range changes {
		if id := changes[i].Alert.Episode.ID; u.changes[id] == &changes[i] {
			delete(u.changes, id)
		}
	}
}

// before looks here first.
func (u *uncommitted) before(find func(string) (*alerts.Alert, error)) func(string) (*alerts.Alert, error) {
	return func(id string) (*alerts.Alert, error) {
		u.mu.Lock()
		c := u.changes[id]
		u.mu.Unlock()
		if c == nil {
			return find(id)
		}
		a, err := c.Decoded()
		return &a, err
	}
}
