package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// askedHistory is a history on another server that counts the questions.
type askedHistory struct {
	trackHistory
	newest map[roster.DeviceID]roster.Instant
	err    error
	status tracks.SinkStatus
	looked int
}

func (h *askedHistory) Newest(context.Context) (map[roster.DeviceID]roster.Instant, error) {
	return h.newest, h.err
}

func (h *askedHistory) Status() tracks.SinkStatus { return h.status }

func (h *askedHistory) Seen(context.Context, roster.DeviceID, string) (bool, error) {
	h.looked++
	return true, nil
}

// Only what can have been accepted before is looked up: one question for an event
// on the way of every message would stop it.
func TestHistoryIsAskedOnlyForOlderEvents(t *testing.T) {
	const at = 1_800_000_000_000
	newest := map[roster.DeviceID]roster.Instant{"W1": at}
	for _, c := range []struct {
		name    string
		history askedHistory
		device  roster.DeviceID
		time    roster.Instant
		looked  int
	}{
		{"newer than all of the device", askedHistory{newest: newest}, "W1", at + 1, 0},
		{"as new as the newest", askedHistory{newest: newest}, "W1", at, 1},
		{"older", askedHistory{newest: newest}, "W1", at - 1, 1},
		{"of a device without events", askedHistory{newest: newest}, "W2", at - 1, 0},
		{"of before the start, and the history does not tell", askedHistory{err: errors.New("no")}, "W1", at - 1, 1},
		{"and it is away", askedHistory{newest: newest, status: tracks.SinkStatus{Class: "network"}}, "W1", at - 1, 0},
	} {
		log := slog.New(slog.DiscardHandler)
		a := newAccepted(t.Context(), newUnwritten(10, log), &c.history, log)
		if a.newest == nil {
			a.started = at
		}
		seen := ingest.NewRecentIDs(a).Seen(c.device, "e1", c.time)
		if c.history.looked != c.looked || seen != (c.looked > 0) {
			t.Errorf("%s: looked up %d times, seen %v", c.name, c.history.looked, seen)
		}
	}
}
