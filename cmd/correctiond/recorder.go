package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// Bounds of what a recorder holds: units of events of the journal read ahead, and
// events of one transaction. A batch takes a unit at least: many small ones, as
// they arrive all day, must make up a transaction, too, when the history is slow.
const (
	recorderUnit   = 16
	recorderAhead  = 2048
	recorderEvents = 4096
)

// recorder copies the accepted events of a district's journal into the track
// history, with a cursor of its own: the rules do not wait for it. What arrives
// while one transaction runs makes up the next.
type recorder struct {
	id      roster.DistrictID
	log     *journal.Log
	history trackHistory
	written atomic.Uint64
	waiting *unwritten
	metrics *pipelineMetrics
	logger  *slog.Logger
}

// portion is what one batch of the journal has for the history.
type portion struct {
	seq    uint64
	events []event.Event
	units  int // of what is read ahead
}

// follow records until ctx ends.
func (r *recorder) follow(ctx context.Context) error {
	parts := newGroup(ctx)
	ahead, room := make(chan portion, recorderAhead), make(chan struct{}, recorderAhead)
	parts.add("read", func(ctx context.Context) error { return r.read(ctx, ahead, room) })
	parts.add("write", func(ctx context.Context) error { return r.record(ctx, ahead, room) })
	return parts.wait()
}

func (r *recorder) read(ctx context.Context, ahead chan<- portion, room chan<- struct{}) error {
	return followAll(ctx, r.log, r.written.Load()+1, r.logger, func(seq uint64, entries []event.Entry) error {
		p := portion{seq: seq}
		for i := range entries {
			if ev := entries[i].Event; ev != nil {
				p.events = append(p.events, *ev)
			}
		}
		p.units = len(p.events)/recorderUnit + 1
		for range p.units {
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		ahead <- p // has room: a portion takes a unit at least
		return nil
	})
}

func (r *recorder) record(ctx context.Context, ahead <-chan portion, room <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-ahead:
			p = join(p, ahead)
			for range p.units {
				<-room
			}
			if err := r.write(ctx, p); err != nil {
				return err
			}
		}
	}
}

// join adds what waits already.
func join(p portion, ahead <-chan portion) portion {
	for len(p.events) < recorderEvents {
		select {
		case next := <-ahead:
			p.seq, p.events, p.units = next.seq, append(p.events, next.events...), p.units+next.units
		default:
			return p
		}
	}
	return p
}

// write stores a portion; an outage of the history is waited for.
func (r *recorder) write(ctx context.Context, p portion) error {
	if len(p.events) == 0 {
		r.written.Store(p.seq)
		return nil
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := r.history.Write(ctx, r.id, p.seq, p.events)
		if err == nil {
			r.written.Store(p.seq)
			r.waiting.written(p.events)
			r.metrics.stored(len(p.events))
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.metrics.storeFailed()
		r.logger.Error("track history is not written yet", "district", r.id, "seq", p.seq, "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
