package main

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"

	"correctiond/event"
	"correctiond/roster"
)

// unwrittenLimit bounds the ids of an unwritten set: about 100 MB, more than a
// day of a district with 5000 devices, or 15 minutes of the whole country.
const unwrittenLimit = 2_000_000

// unwritten is the set of accepted events that stand in a journal, or are on their
// way into one, but not yet in the track history, as hashes of device and id. With
// the ids that ingest remembers of each device and those in the history it knows
// every event that was accepted, also while the history lags or is away.
//
// Beyond its limit new ids are left out. A repeat of one of them that ingest has
// forgotten is then journaled again: it counts as accepted twice, the rules know
// the event by its id, and the history writes it over itself.
type unwritten struct {
	seed  maphash.Seed
	limit int
	log   *slog.Logger

	mu   sync.Mutex
	ids  map[uint64]struct{}
	peak int
}

func newUnwritten(limit int, log *slog.Logger) *unwritten {
	return &unwritten{seed: maphash.MakeSeed(), limit: limit, log: log, ids: map[uint64]struct{}{}}
}

func (u *unwritten) hash(device roster.DeviceID, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(u.seed)
	_, _ = h.WriteString(string(device)) // never fails
	_ = h.WriteByte(0)
	_, _ = h.WriteString(id)
	return h.Sum64()
}

// has tells whether an event waits for the history.
func (u *unwritten) has(device roster.DeviceID, id string) bool {
	hash := u.hash(device, id)
	u.mu.Lock()
	defer u.mu.Unlock()
	_, waits := u.ids[hash]
	return waits
}

// add enters the events among entries. It has to happen before they are journaled:
// afterwards they may be written, and removed, at any moment.
func (u *unwritten) add(entries []event.Entry) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := len(u.ids)
	for i := range entries {
		if ev := entries[i].Event; ev != nil && ev.ID != "" && len(u.ids) < u.limit {
			u.ids[u.hash(ev.Device, ev.ID)] = struct{}{}
		}
	}
	u.peak = max(u.peak, len(u.ids))
	if before < u.limit && len(u.ids) >= u.limit {
		u.log.Warn("so many events wait for the track history that repeated ones may be journaled again", "events", u.limit)
	}
}

// drop removes events that were not journaled after all.
func (u *unwritten) drop(entries []event.Entry) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range entries {
		if ev := entries[i].Event; ev != nil {
			delete(u.ids, u.hash(ev.Device, ev.ID))
		}
	}
}

// written removes events that the history has. A map never gives its room back,
// so the one of a long outage is replaced.
func (u *unwritten) written(events []event.Event) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range events {
		delete(u.ids, u.hash(events[i].Device, events[i].ID))
	}
	const worthwhile = 1 << 16
	if len(u.ids) == 0 && u.peak > worthwhile {
		u.ids, u.peak = map[uint64]struct{}{}, 0
	}
}

// append journals entries for a district, and lets ingest know of them until the
// history has them.
func (u *unwritten) append(ctx context.Context, to *district, entries []event.Entry) error {
	u.add(entries)
	err := to.append(ctx, entries)
	if err != nil {
		u.drop(entries)
	}
	return err
}
