package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/tracks"
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
	d.prunePlans(ctx, now)
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
		did, err := d.uploads.removeOld(hash, now-roster.Length(fileRest))
		d.pruned("files", count(did), err)
	}
	if n > 0 {
		err := d.state.AppendAudit(ctx, audit.Record{At: now, Actor: "daemon", Action: "alerts.prune", Detail: fmt.Sprintf("%d alerts", n)})
		d.pruned("alerts", 0, err)
	}
}

func count(did bool) int {
	if did {
		return 1
	}
	return 0
}

// prunePlans deletes the plans of people whose term, and the plan's newest version, lie
// back as far as alerts are kept. A legal hold on an alert about them keeps them.
func (d *daemon) prunePlans(ctx context.Context, now roster.Instant) {
	keep := d.cfg.Store.Retention.Alerts
	if keep <= 0 {
		return
	}
	held, err := d.state.Holds(ctx)
	if err != nil {
		d.pruned("plans", 0, err)
		return // without knowing what is held nothing is deleted
	}
	for _, l := range d.lanes() {
		n, err := d.prunePlansOf(ctx, l.district, now, held)
		d.pruned("plans", n, err)
	}
}

func (d *daemon) prunePlansOf(ctx context.Context, x *district, now roster.Instant, held []tracks.Kept) (n int, err error) {
	before := now - roster.Length(d.cfg.Store.Retention.Alerts)
	ids, err := d.state.PlansBefore(ctx, x.id, before)
	dir := d.registry.district(x.id)
	if err != nil || dir == nil {
		return 0, err
	}
	for _, id := range ids {
		entry := dir.Subject(id)
		running := entry != nil && (entry.Term.End == 0 || entry.Term.End >= before)
		if running || slices.ContainsFunc(held, func(k tracks.Kept) bool { return k.Subject == id }) {
			continue
		}
		if err := d.state.DeletePlans(ctx, x.id, id, now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// removeOld deletes a file unless it was written after an instant.
func removeOld(name string, after roster.Instant) (did bool, err error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && roster.InstantOf(info.ModTime()) > after {
		return false, nil
	}
	if err == nil {
		err = os.Remove(name)
	}
	return err == nil, err
}
