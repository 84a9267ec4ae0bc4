package store_test

import (
	"maps"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
)

// received makes n dead letters of a reason, received at an instant.
func received(from, n int, reason event.Reason, at roster.Instant) []store.DeadLetter {
	list := make([]store.DeadLetter, n)
	for i := range list {
		list[i] = letter(from+i, reason)
		list[i].Received = at
	}
	return list
}

func prunesDeadLetters(t *testing.T, s stateStore) {
	old := received(0, 5500, event.DatumReason, morning-1)
	kept := received(5500, 3, event.BadJSON, morning)
	commit(t, s, store.Batch{Seq: 1, DeadLetters: append(old, kept...)})

	if n := must[int64](t)(s.PruneDeadLetters(t.Context(), morning)); n != 5500 {
		t.Errorf("%d deleted, want those received before the instant: 5500", n)
	}
	if n := must[int64](t)(s.PruneDeadLetters(t.Context(), morning)); n != 0 {
		t.Errorf("%d deleted the second time", n)
	}
	left := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{}))
	if len(left) != 3 || left[0].Reason != event.BadJSON {
		t.Errorf("left %d: %+v", len(left), left)
	}
}

// prunedStayAway: what was deleted does not come back when the journal is read again.
func prunedStayAway(t *testing.T, s stateStore) {
	batch := store.Batch{Seq: 1, DeadLetters: received(0, 1, event.BadJSON, morning)}
	commit(t, s, batch)
	must[int64](t)(s.PruneDeadLetters(t.Context(), morning+1))
	commit(t, s, batch)
	if left := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{})); len(left) != 0 {
		t.Errorf("it is back: %+v", left)
	}
}

func countsDeadLetters(t *testing.T, s stateStore) {
	if got := must[map[event.Reason]int](t)(s.DeadLetterCounts(t.Context())); len(got) != 0 {
		t.Errorf("an empty database counts %v", got)
	}
	list := append(received(0, 2, event.DatumReason, morning), received(2, 3, event.BadJSON, morning)...)
	commit(t, s, store.Batch{Seq: 1, DeadLetters: list})
	newest := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{Limit: 1}))[0]
	if err := s.MarkReplayed(t.Context(), newest.ID, "ops", morning); err != nil {
		t.Fatal(err)
	}
	want := map[event.Reason]int{event.DatumReason: 2, event.BadJSON: 2}
	if got := must[map[event.Reason]int](t)(s.DeadLetterCounts(t.Context())); !maps.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
}
