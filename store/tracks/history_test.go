package tracks_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// historyStore is what every track history must do alike.
type historyStore interface {
	Write(context.Context, roster.DistrictID, uint64, []event.Event) error
	Cursor(context.Context, roster.DistrictID) (uint64, error)
	Track(ctx context.Context, s roster.SubjectID, from, until roster.Instant) iter.Seq2[event.Event, error]
	Export(ctx context.Context, from, until roster.Instant) iter.Seq2[event.Event, error]
	Seen(context.Context, roster.DeviceID, string) (bool, error)
	Counts(context.Context) (map[event.Kind]int64, error)
	Prune(context.Context, event.Kind, roster.Instant) (int64, error)
}

var _ historyStore = (*tracks.History)(nil)

func TestHistorySQLite(t *testing.T) {
	historySuite(t, func(t *testing.T) historyStore { return openHistory(t) })
}

// historySuite holds a track history to its contract; open gives an empty one.
func historySuite(t *testing.T, open func(*testing.T) historyStore) {
	for name, test := range map[string]func(*testing.T, historyStore){
		"every field is kept, in order of time": keepsEveryField,
		"a reader may stop":                     trackStops,
		"an event is written once":              historyIsOnce,
		"seen":                                  seen,
		"retention is per kind":                 pruneIsPerKind,
		"export in order of receipt":            exportsInOrder,
		"export of every field":                 exportsWhole,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func write(t *testing.T, h historyStore, seq uint64, events ...event.Event) {
	t.Helper()
	if err := h.Write(t.Context(), "D1", seq, events); err != nil {
		t.Fatal(err)
	}
}

func track(t *testing.T, h historyStore, from, until roster.Instant) []event.Event {
	t.Helper()
	var out []event.Event
	for e, err := range h.Track(t.Context(), "S00001", from, until) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// plain writes an event with what its pointers point at; NaN equals NaN here.
func plain(e event.Event) string {
	s := ""
	if e.Position != nil {
		s += fmt.Sprintf("%+v ", *e.Position)
	}
	if e.Check != nil {
		s += fmt.Sprintf("%+v ", *e.Check)
	}
	e.Position, e.Check = nil, nil
	return s + fmt.Sprintf("%+v", e)
}

func keepsEveryField(t *testing.T, h historyStore) {
	want := []event.Event{fix(1, 0), checkin(1, 1), bare(1, 2), lastWill(1, 3), press(1, 4)}
	write(t, h, 1, want[2], want[0], fix(2, 1))
	write(t, h, 2, want[4], want[3], want[1])
	got := track(t, h, morning, morning+5)
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i := range want {
		if plain(got[i]) != plain(want[i]) {
			t.Errorf("got  %s\nwant %s", plain(got[i]), plain(want[i]))
		}
	}
	if part := track(t, h, morning+1, morning+2); len(part) != 1 {
		t.Errorf("[from, until) holds %d events", len(part))
	}
}

func trackStops(t *testing.T, h historyStore) {
	write(t, h, 1, fix(1, 0), fix(1, 1))
	for range h.Track(t.Context(), "S00001", morning, morning+9) {
		break
	}
	// The reader's connection is free again: as often as there are connections, and more.
	for range 9 {
		for range h.Track(t.Context(), "S00001", morning, morning+9) {
			break
		}
	}
}

func historyIsOnce(t *testing.T, h historyStore) {
	write(t, h, 5, fix(1, 0), lastWill(1, 1))
	write(t, h, 5, fix(1, 7))                 // the cursor has been there
	write(t, h, 4, fix(1, 8))                 // and is ahead of this
	write(t, h, 6, fix(1, 0), fix(1, 2))      // one of them again
	write(t, h, 7, lastWill(1, 1), fix(1, 2)) // both again, one without an id
	counts := must[map[event.Kind]int64](t)(h.Counts(t.Context()))
	if counts[event.Location] != 2 || counts[event.Status] != 1 {
		t.Errorf("counts %v", counts)
	}
	if seq := must[uint64](t)(h.Cursor(t.Context(), "D1")); seq != 7 {
		t.Errorf("cursor %d", seq)
	}
	if seq := must[uint64](t)(h.Cursor(t.Context(), "D2")); seq != 0 {
		t.Errorf("cursor of an unknown district %d", seq)
	}
}

func seen(t *testing.T, h historyStore) {
	e := fix(1, 0)
	write(t, h, 1, e)
	for _, c := range []struct {
		device roster.DeviceID
		id     string
		want   bool
	}{{e.Device, e.ID, true}, {e.Device, "other", false}, {"W99", e.ID, false}} {
		if got := must[bool](t)(h.Seen(t.Context(), c.device, c.id)); got != c.want {
			t.Errorf("%s %s: %v", c.device, c.id, got)
		}
	}
}

func pruneIsPerKind(t *testing.T, h historyStore) {
	many := make([]event.Event, 6000) // more than one transaction deletes
	for i := range many {
		many[i] = fix(1, i)
	}
	write(t, h, 1, append(many, checkin(2, 0))...)
	if n := must[int64](t)(h.Prune(t.Context(), event.Location, morning+5999)); n != 5999 {
		t.Errorf("pruned %d", n)
	}
	counts := must[map[event.Kind]int64](t)(h.Counts(t.Context()))
	if counts[event.Location] != 1 || counts[event.Checkin] != 1 {
		t.Errorf("left %v", counts)
	}
}
