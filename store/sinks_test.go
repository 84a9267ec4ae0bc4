package store_test

import (
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
)

// The cursors and dead letters of a sink are in the state database.
func TestInfluxState(t *testing.T) {
	s := openState(t)
	save := func(sink string, d roster.DistrictID, seq uint64) {
		if err := s.SaveSinkCursor(t.Context(), sink, d, seq); err != nil {
			t.Fatal(err)
		}
	}
	save("a", "D1", 7)
	save("a", "D1", 5) // never back
	save("b", "D1", 3)
	for _, c := range []struct {
		sink string
		d    roster.DistrictID
		want uint64
	}{{"a", "D1", 7}, {"b", "D1", 3}, {"a", "D2", 0}, {"c", "D1", 0}} {
		if got := must[uint64](t)(s.SinkCursor(t.Context(), c.sink, c.d)); got != c.want {
			t.Errorf("cursor of %s in %s: %d, want %d", c.d, c.sink, got, c.want)
		}
	}
	l := store.DeadLetter{District: "D1", Seq: 4, Nth: -1, Rejection: event.Rejection{Device: "W1", Reason: "store_refused", Payload: []byte("line")}}
	for range 2 {
		if err := s.AddDeadLetter(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if list := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{})); len(list) != 1 || string(list[0].Payload) != "line" {
		t.Errorf("dead letters %+v", list)
	}
}
