package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/audit"
)

// fileRest is how old an attached file must be to be deleted: one that is being
// attached to another alert again is younger.
const fileRest = 24 * time.Hour

// leastAudit is how long audit records are kept at least.
const leastAudit = 4380 * time.Hour

// prune deletes what is past its retention and not kept by a legal hold. What
// cannot be deleted now is tried again at the next round.
func (d *daemon) prune(ctx context.Context, now roster.Instant) {
	d.pruneHistory(ctx, now)
	d.pruneAlerts(ctx, now)
	d.pruneDeadLetters(ctx, now)
	if keep := d.cfg.Store.Retention.Audit; keep > 0 {
		n, err := d.state.PruneAudit(ctx, now-roster.Length(keep), now)
		d.pruned("audit records", int(n), err)
	}
}

func (d *daemon) pruned(what string, n int, err error) {
	if err != nil {
		d.log.Error("what is old is not deleted", "what", what, "err", err)
	} else if n > 0 {
		d.log.Info("past its retention, deleted", "what", what, "number", n)
	}
}

func (d *daemon) pruneHistory(ctx context.Context, now roster.Instant) {
	held, err := d.state.Holds(ctx)
	if err != nil {
		d.pruned("track history", 0, err)
		return // without knowing what is held nothing is deleted
	}
	keep := d.cfg.Store.Retention
	for _, class := range []struct {
		kind event.Kind
		age  time.Duration
	}{{event.Location, keep.Location}, {event.Checkin, keep.Checkin}, {event.Status, keep.Status}} {
		if class.age > 0 {
			n, err := d.history.PruneKeeping(ctx, class.kind, now-roster.Length(class.age), held)
			d.pruned("track history", int(n), err)
		}
	}
}

func (d *daemon) pruneAlerts(ctx context.Context, now roster.Instant) {
	keep := d.cfg.Store.Retention.Alerts
	if keep <= 0 {
		return
	}
	n, orphans, err := d.state.PruneAlerts(ctx, now-roster.Length(keep))
	d.pruned("alerts", n, err)
	for _, hash := range orphans {
		d.pruned("files", 1, removeOld(filepath.Join(d.dir.file("files"), hash), now-roster.Length(fileRest)))
	}
	if n > 0 {
		err := d.state.AppendAudit(ctx, audit.Record{At: now, Actor: "daemon", Action: "alerts.prune", Detail: fmt.Sprintf("%d alerts", n)})
		d.pruned("alerts", 0, err)
	}
}

// removeOld deletes a file unless it was written after an instant.
func removeOld(name string, after roster.Instant) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && roster.InstantOf(info.ModTime()) > after {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(name)
}
