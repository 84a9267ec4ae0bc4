package main

import (
	"context"
	"slices"
	"time"
)

// upkeepEvery is how often old data is looked for.
const upkeepEvery = time.Hour

// The sweep of files begins after a start and then daily, for what another daemon on
// the same PostgreSQL has pruned the alerts of; it is tried every sweepEvery until it
// is done.
const (
	sweepDaily = 24 * time.Hour
	sweepEvery = 5 * time.Second
)

// upkeep deletes what is past its retention and journal batches that everybody has
// read, until ctx ends. It waits while a backup copies.
func (d *daemon) upkeep(ctx context.Context) error {
	t, day, sweep := time.NewTicker(upkeepEvery), time.NewTicker(sweepDaily), time.NewTicker(sweepEvery)
	defer t.Stop()
	defer day.Stop()
	defer sweep.Stop()
	d.tend(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			d.tend(ctx)
		case <-day.C:
			sweep.Reset(sweepEvery)
		case <-sweep.C:
			if d.sweepFiles(ctx) {
				sweep.Stop()
			}
		}
	}
}

func (d *daemon) tend(ctx context.Context) {
	d.tending.Lock()
	defer d.tending.Unlock()
	d.prune(ctx, nowInstant())
	d.pruneAttempts(ctx)
	for _, l := range d.lanes() {
		d.purgeJournal(ctx, l)
	}
}

// purgeJournal drops what the snapshots and the track history no longer need, so
// that a journal bounded by size never fills up with what is done. When the newest
// snapshot turns out to be broken, the one before it still has what follows it.
func (d *daemon) purgeJournal(ctx context.Context, l *lane) {
	if l.district.saved.Load() == 0 {
		return
	}
	snapshots, err := l.district.snapshots.list()
	if err != nil || len(snapshots) == 0 {
		return
	}
	done := min(slices.Min(snapshots), l.recorder.written.Load())
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
