package main

import (
	"context"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

// upkeepEvery is how often old data is looked for.
const upkeepEvery = time.Hour

// upkeep deletes track history past its retention and journal batches that
// everybody has read, until ctx ends.
func (d *daemon) upkeep(ctx context.Context) error {
	t := time.NewTicker(upkeepEvery)
	defer t.Stop()
	for {
		d.pruneHistory(ctx)
		d.pruneDeadLetters(ctx)
		for _, l := range d.lanes() {
			d.purgeJournal(ctx, l)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (d *daemon) pruneHistory(ctx context.Context) {
	keep := d.cfg.Store.Retention
	for kind, age := range map[event.Kind]time.Duration{
		event.Location: keep.Location, event.Checkin: keep.Checkin, event.Status: keep.Status,
	} {
		if age <= 0 {
			continue
		}
		n, err := d.history.Prune(ctx, kind, nowInstant()-roster.Length(age))
		if err != nil {
			d.log.Error("old track history is not deleted", "err", err)
		} else if n > 0 {
			d.log.Info("old track history deleted", "events", n)
		}
	}
}

// purgeJournal drops what the snapshot and the track history no longer need, so
// that a journal bounded by size never fills up with what is done.
func (d *daemon) purgeJournal(ctx context.Context, l *lane) {
	done := min(l.district.saved.Load(), l.recorder.written.Load())
	if done == 0 {
		return
	}
	first, _, err := l.district.log.Bounds(ctx)
	if err == nil && first <= done && d.journalCrowded() {
		err = l.district.log.Purge(ctx, done)
	}
	if err != nil {
		d.log.Error("read journal batches are not deleted", "district", l.district.id, "err", err)
	}
}

// journalCrowded reports whether the logs take more than half of what one may.
func (d *daemon) journalCrowded() bool {
	return d.journal.Bytes() > uint64(d.cfg.Journal.MaxBytes)/2
}
