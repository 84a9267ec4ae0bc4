package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/store"
)

// recorder copies the accepted events of a district's journal into the track
// history, with a cursor of its own: the rules do not wait for it.
type recorder struct {
	id      roster.DistrictID
	log     *journal.Log
	history *store.History
	written atomic.Uint64
	metrics *pipelineMetrics
	logger  *slog.Logger
	events  []event.Event
}

func (r *recorder) follow(ctx context.Context) error {
	return r.log.Follow(ctx, r.written.Load()+1, func(seq uint64, entries []event.Entry) error {
		r.events = r.events[:0]
		for i := range entries {
			if ev := entries[i].Event; ev != nil {
				r.events = append(r.events, *ev)
			}
		}
		return r.write(ctx, seq)
	})
}

// write stores what it has; an outage of the history is waited for.
func (r *recorder) write(ctx context.Context, seq uint64) error {
	if len(r.events) == 0 {
		r.written.Store(seq)
		return nil
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := r.history.Write(ctx, r.id, seq, r.events)
		if err == nil {
			r.written.Store(seq)
			r.metrics.stored(len(r.events))
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.metrics.storeFailed()
		r.logger.Error("track history is not written yet", "district", r.id, "seq", seq, "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
