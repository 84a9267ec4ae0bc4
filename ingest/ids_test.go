package ingest_test

import (
	"fmt"
	"testing"

	"correctiond/ingest"
	"correctiond/roster"

	"pgregory.net/rapid"
)

// history is a track history in memory.
type history struct {
	newest map[roster.DeviceID]roster.Instant
	ids    map[string]bool
	asked  int
}

func (h *history) Newest(d roster.DeviceID) roster.Instant { return h.newest[d] }

func (h *history) Accepted(d roster.DeviceID, id string) bool {
	h.asked++
	return h.ids[string(d)+"/"+id]
}

var _ ingest.History = (*history)(nil)

func TestRecentIDsKnowsTheLast64(t *testing.T) {
	x := ingest.NewRecentIDs(nil)
	for i := range 100 {
		x.Remember("W1", fmt.Sprint(i), roster.Instant(1000+i))
	}
	for i := range 100 {
		if got, want := x.Seen("W1", fmt.Sprint(i), roster.Instant(1000+i)), i >= 100-64; got != want {
			t.Errorf("id %d of 100: seen %v", i, got)
		}
	}
	if x.Seen("W2", "99", 1099) {
		t.Error("an id of another device counts")
	}
}

func TestRecentIDsAsksForOlderEventsOnly(t *testing.T) {
	h := &history{newest: map[roster.DeviceID]roster.Instant{"W1": 500}, ids: map[string]bool{"W1/old": true}}
	x := ingest.NewRecentIDs(h)
	steps := []struct {
		name        string
		id          string
		at          roster.Instant
		seen, asked bool
	}{
		{"redelivered after a restart", "old", 500, true, true},
		{"an old one that is new", "gap", 400, false, true},
		{"newer than all", "new", 600, false, false},
	}
	for _, s := range steps {
		h.asked = 0
		if got := x.Seen("W1", s.id, s.at); got != s.seen || (h.asked > 0) != s.asked {
			t.Errorf("%s: seen %v, asked %d times", s.name, got, h.asked)
		}
	}
	// The first id remembered does not hide that the history has newer ones.
	x.Remember("W1", "gap", 400)
	if !x.Seen("W1", "old", 500) {
		t.Error("an id of the history was forgotten")
	}
	x.Remember("W1", "new", 600)
	if h.asked = 0; x.Seen("W1", "newer", 601) || h.asked > 0 {
		t.Error("the history was asked for the newest event")
	}
}

// RecentIDs and ExactIDs agree as long as the history knows what was accepted.
func TestRecentIDsIsExactWithAHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{newest: make(map[roster.DeviceID]roster.Instant), ids: make(map[string]bool)}
		recent, exact := ingest.NewRecentIDs(h), ingest.NewExactIDs()
		for range rapid.IntRange(1, 300).Draw(t, "messages") {
			n := rapid.IntRange(0, 150).Draw(t, "event")
			id, at := fmt.Sprint(n), roster.Instant(1000+n)
			seen := recent.Seen("W1", id, at)
			if want := exact.Seen("W1", id, at); seen != want {
				t.Fatalf("id %s: seen %v, want %v", id, seen, want)
			}
			if seen {
				continue
			}
			recent.Remember("W1", id, at)
			exact.Remember("W1", id, at)
			h.ids["W1/"+id], h.newest["W1"] = true, max(h.newest["W1"], at)
			if rapid.IntRange(0, 50).Draw(t, "restart") == 0 {
				recent = ingest.NewRecentIDs(h)
			}
		}
	})
}
