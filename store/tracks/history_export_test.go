package tracks_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/roster"
)

// scattered are events of which some come weeks late and some in one millisecond.
func scattered(n int) []event.Event {
	random := rand.New(rand.NewPCG(1, 2))
	events := make([]event.Event, n)
	for i := range events {
		e := fix(i%100, i)
		e.Time = morning + roster.Instant(i)*5*roster.Minute
		e.Received = e.Time + roster.Instant(random.IntN(2000))
		if i%50 == 0 {
			e.Received = e.Time + roster.Instant(random.Int64N(int64(29*roster.Day)))
		}
		if i%7 == 0 && i > 0 {
			e.Received = events[i-1].Received
		}
		events[i] = e
	}
	return events
}

// exports reads a span and fails where it is not in the order of receipt.
func exports(t *testing.T, h historyStore, from, until roster.Instant) (ids []string) {
	t.Helper()
	last := from
	for e, err := range h.Export(t.Context(), from, until) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Received < last {
			t.Fatalf("received %d after %d", e.Received, last)
		}
		last = e.Received
		ids = append(ids, e.ID)
	}
	return ids
}

// exportsInOrder exports what came in any order, more than one page of it.
func exportsInOrder(t *testing.T, h historyStore) {
	events := scattered(12_000)
	write(t, h, 1, events...)
	from, until := morning+roster.Day, morning+40*roster.Day
	var want []string
	for i := range events {
		if at := events[i].Received; at >= from && at < until {
			want = append(want, events[i].ID)
		}
	}
	got := exports(t, h, from, until)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) < 6000 || !slices.Equal(got, want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	for range 9 { // a reader that stops holds nothing
		for range h.Export(t.Context(), from, until) {
			break
		}
	}
}

// exportsWhole gives every field back, those of a last will and a check-in too.
func exportsWhole(t *testing.T, h historyStore) {
	want := []event.Event{fix(1, 0), checkin(1, 1), bare(1, 2), lastWill(1, 3)}
	write(t, h, 1, want...)
	i := 0
	for e, err := range h.Export(t.Context(), morning, morning+roster.Hour) {
		if err != nil || i == len(want) {
			t.Fatalf("event %d: %v", i, err)
		}
		if plain(e) != plain(want[i]) {
			t.Errorf("got  %s\nwant %s", plain(e), plain(want[i]))
		}
		i++
	}
	if i != len(want) {
		t.Errorf("%d events, want %d", i, len(want))
	}
	if got := exports(t, h, want[0].Received, want[1].Received); len(got) != 1 {
		t.Errorf("[from, until) holds %d events", len(got))
	}
}
