package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
)

// entriesOf makes an entry of each id of a device.
func entriesOf(device roster.DeviceID, ids ...string) (entries []event.Entry) {
	for _, id := range ids {
		entries = append(entries, event.Entry{Event: &event.Event{Device: device, ID: id}})
	}
	return entries
}

func eventsOf(entries []event.Entry) (events []event.Event) {
	for _, e := range entries {
		events = append(events, *e.Event)
	}
	return events
}

func TestUnwrittenHoldsWhatTheHistoryHasNot(t *testing.T) {
	u := newUnwritten(10, slog.New(slog.DiscardHandler))
	u.add(entriesOf("W1", "a", "b", ""))
	u.add([]event.Entry{{}, {Rejection: &event.Rejection{Device: "W1"}}})
	for _, tt := range []struct {
		device roster.DeviceID
		id     string
		want   bool
	}{{"W1", "a", true}, {"W1", "b", true}, {"W1", "c", false}, {"W2", "a", false}, {"W1a", "", false}, {"W1", "", false}} {
		if got := u.has(tt.device, tt.id); got != tt.want {
			t.Errorf("%s/%s: %v", tt.device, tt.id, got)
		}
	}
	u.drop(entriesOf("W1", "b"))
	u.written(eventsOf(entriesOf("W1", "a", "never-added")))
	if u.has("W1", "a") || u.has("W1", "b") || len(u.ids) != 0 {
		t.Errorf("%d ids are left", len(u.ids))
	}
}

// Beyond its limit it takes no more, says so once, and what it has stays right.
func TestUnwrittenIsBounded(t *testing.T) {
	var said bytes.Buffer
	u := newUnwritten(5, slog.New(slog.NewTextHandler(&said, nil)))
	for i := range 10 {
		u.add(entriesOf("W1", fmt.Sprint(i)))
	}
	if len(u.ids) != 5 || !u.has("W1", "4") || u.has("W1", "5") {
		t.Errorf("holds %d ids", len(u.ids))
	}
	if n := strings.Count(said.String(), "may be journaled again"); n != 1 {
		t.Errorf("said %d times:\n%s", n, said.String())
	}
	u.written(eventsOf(entriesOf("W1", "0")))
	u.add(entriesOf("W1", "again"))
	if !u.has("W1", "again") {
		t.Error("there was room")
	}
}

// A long outage does not keep its memory for ever.
func TestUnwrittenGivesItsRoomBack(t *testing.T) {
	u := newUnwritten(unwrittenLimit, slog.New(slog.DiscardHandler))
	var all []event.Entry
	for i := range 70000 {
		all = append(all, entriesOf("W1", fmt.Sprint(i))...)
	}
	u.add(all)
	u.written(eventsOf(all))
	if len(u.ids) != 0 || u.peak != 0 {
		t.Errorf("%d ids, peak %d", len(u.ids), u.peak)
	}
}

func BenchmarkUnwritten(b *testing.B) {
	u := newUnwritten(unwrittenLimit, slog.New(slog.DiscardHandler))
	entries := entriesOf("W1", "2026-03-02T08:00:00")
	events := eventsOf(entries)
	b.ReportAllocs()
	for b.Loop() {
		u.add(entries)
		u.written(events)
	}
}
