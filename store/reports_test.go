package store_test

import (
	"maps"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/rules"
	"correctiond/store"
)

// reportCounts: a report counts alerts by what became of them, within its span, and
// what goes on whether or not somebody closed it.
func reportCounts(t *testing.T, s stateStore) {
	closed := func(id string, ended bool, o alerts.Outcome) store.AlertChange {
		a := raised(id, rules.P2, morning)
		a.State, a.Outcome = alerts.Closed, o
		if ended {
			a.Episode.Ended = morning + 1
		}
		return opening(a)
	}
	late := raised("late", rules.P2, morning+10)
	other := raised("other", rules.P1, morning)
	other.Episode.Kind = "sos"
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{
		closed("a", true, alerts.Confirmed), closed("b", true, alerts.Confirmed), closed("c", false, alerts.Technical), opening(late), opening(other),
	}})
	kind := late.Episode.Kind
	got := must[[]store.Raised](t)(s.Raised(t.Context(), alerts.Filter{District: "D1", From: morning, Until: morning + 10}))
	want := []store.Raised{
		{kind, rules.P2, alerts.Closed, alerts.Confirmed, 2}, {kind, rules.P2, alerts.Closed, alerts.Technical, 1}, {"sos", rules.P1, alerts.Open, "", 1},
	}
	if len(got) != len(want) || !slices.Contains(got, want[0]) ||
		!slices.Contains(got, want[1]) || !slices.Contains(got, want[2]) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ongoing := must[map[rules.Kind]int](t)(s.Ongoing(t.Context(), "D1", ""))
	if !maps.Equal(ongoing, map[rules.Kind]int{kind: 2, "sos": 1}) {
		t.Errorf("ongoing %v", ongoing)
	}
	if none := must[map[rules.Kind]int](t)(s.Ongoing(t.Context(), "D1", "O9")); len(none) != 0 {
		t.Errorf("ongoing in another office %v", none)
	}
}

// What reports go by is filled in at the unlocking for alerts that were written
// before it was kept.
func TestOldAlertsAreReported(t *testing.T) {
	s, path := stateAt(t)
	a := raised("old", rules.P3, morning)
	a.State, a.Outcome, a.Episode.Ended = alerts.Closed, alerts.Excused, morning+1
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), opening(raised("open", rules.P3, morning))}})
	ring := keyring(t, "aes-gcm", "k")
	for range 2 { // not yet encrypted, and encrypted
		run(t, raw(t, path), "UPDATE alerts SET outcome = '', active = -1")
		if err := s.Unlock(t.Context(), ring); err != nil {
			t.Fatal(err)
		}
		got := must[[]store.Raised](t)(s.Raised(t.Context(), alerts.Filter{District: "D1"}))
		if len(got) != 2 || !slices.Contains(got, store.Raised{a.Episode.Kind, rules.P3, alerts.Closed, alerts.Excused, 1}) {
			t.Errorf("got %+v", got)
		}
		if ongoing := must[map[rules.Kind]int](t)(s.Ongoing(t.Context(), "D1", "")); ongoing[a.Episode.Kind] != 1 {
			t.Errorf("ongoing %v", ongoing)
		}
	}
}
