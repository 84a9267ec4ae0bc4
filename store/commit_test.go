package store_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
)

func letter(nth int, reason event.Reason) store.DeadLetter {
	return store.DeadLetter{Nth: nth, Rejection: event.Rejection{
		Device: "W7", Topic: "jz/v1/W7/location", Received: morning, Index: 2, Reason: reason,
		Detail: "datum is missing", Payload: []byte(`{"id":"a1"}`),
	}}
}

func batchIsWhole(t *testing.T, s stateStore) {
	a := raised("a1", rules.P2, morning)
	a.Episode.Evidence["cell"] = uint64(0x8a309a5a4d37fff)
	commit(t, s, store.Batch{
		Seq: 7, Alerts: []store.AlertChange{opening(a)}, DeadLetters: []store.DeadLetter{letter(0, event.DatumReason)},
		Audit: []audit.Record{{At: morning, Actor: "F1", Action: "alert.ack", Object: "a1"}},
	})
	got := must[alerts.Alert](t)(s.Alert(t.Context(), "a1"))
	if want, have := asJSON(t, a), asJSON(t, got); want != have {
		t.Errorf("stored %s, want %s", have, want)
	}
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D1")); seq != 7 {
		t.Errorf("cursor %d", seq)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != 1 {
		t.Errorf("%d audit records", end.N)
	}
	if n := len(must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{}))); n != 1 {
		t.Errorf("%d dead letters", n)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func batchIsOnce(t *testing.T, s stateStore) {
	first := store.Batch{Seq: 7, Alerts: []store.AlertChange{opening(raised("a1", rules.P2, morning))}}
	commit(t, s, first)
	commit(t, s, first)
	commit(t, s, store.Batch{Seq: 6, Alerts: []store.AlertChange{opening(raised("a0", rules.P2, morning))}})
	commit(t, s, store.Batch{District: "D2", Seq: 1})
	if last := must[int64](t)(s.LastChange(t.Context())); last != 1 {
		t.Errorf("%d changes after the same batch twice and an older one", last)
	}
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D2")); seq != 1 {
		t.Errorf("cursor of the other district %d", seq)
	}
}

func batchRefused(t *testing.T, s stateStore) {
	a := raised("a1", rules.P2, morning)
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a)}})
	bad := a
	bad.Episode.Evidence = map[string]any{"no JSON": func() {}}
	bad.Version = 2
	for name, b := range map[string]store.Batch{
		"version not newer": {Seq: 2, Alerts: []store.AlertChange{opening(raised("a2", rules.P3, morning)), opening(a)}},
		"cannot be encoded": {Seq: 2, Alerts: []store.AlertChange{opening(raised("a2", rules.P3, morning)), opening(bad)}},
		"no sequence":       {Alerts: []store.AlertChange{opening(raised("a2", rules.P3, morning))}},
	} {
		b.District = "D1"
		if err := s.Commit(t.Context(), b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := s.Alert(t.Context(), "a2"); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("half a batch was written: %v", err)
	}
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D1")); seq != 1 {
		t.Errorf("cursor moved to %d", seq)
	}
}

func feedInOrder(t *testing.T, s stateStore) {
	a := raised("a1", rules.P3, morning)
	acked, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1", At: morning + roster.Minute})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), opening(raised("a2", rules.P1, morning))}})
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{{Alert: acked, What: alerts.WasAcknowledged, At: morning + roster.Minute}}})
	feed := must[[]alerts.Feed](t)(s.Changes(t.Context(), 1, 10))
	if len(feed) != 2 || feed[0].Alert.Episode.ID != "a2" || feed[1].What != alerts.WasAcknowledged ||
		feed[1].At != morning+roster.Minute || !reflect.DeepEqual(feed[1].Alert.Acknowledged, acked.Acknowledged) {
		t.Errorf("got %+v", feed)
	}
	if feed = must[[]alerts.Feed](t)(s.Changes(t.Context(), 0, 1)); len(feed) != 1 || feed[0].ID != 1 || feed[0].Alert.Version != 2 {
		t.Errorf("the first of the feed with the alert as it is now: %+v", feed)
	}
}

func deadLetters(t *testing.T, s stateStore) {
	empty := letter(2, event.BadJSON)
	empty.Payload = nil
	commit(t, s, store.Batch{Seq: 3, DeadLetters: []store.DeadLetter{letter(0, event.DatumReason), letter(1, event.NoBasis), empty, empty}})
	all := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{}))
	if len(all) != 3 || all[0].Reason != event.BadJSON || all[0].Seq != 3 || all[0].District != "D1" {
		t.Fatalf("got %+v", all)
	}
	want := letter(0, event.DatumReason)
	if got := must[store.DeadLetter](t)(s.DeadLetter(t.Context(), all[2].ID)); !reflect.DeepEqual(got.Rejection, want.Rejection) {
		t.Errorf("got %+v, want %+v", got.Rejection, want.Rejection)
	}
	for name, f := range map[string]store.DeadLetterFilter{
		"by reason": {Reason: event.DatumReason, Device: "W7", District: "D1"},
		"next page": {Before: all[1].ID, Limit: 1},
	} {
		if list := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), f)); len(list) != 1 || list[0].ID != all[2].ID {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if err := s.MarkReplayed(t.Context(), all[0].ID, "ops", morning+9); err != nil {
		t.Error(err)
	}
	if l := must[store.DeadLetter](t)(s.DeadLetter(t.Context(), all[0].ID)); l.Replayed != morning+9 {
		t.Errorf("replayed %d", l.Replayed)
	}
	if err := s.MarkReplayed(t.Context(), 99, "ops", morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("unknown dead letter: %v", err)
	}
	if _, err := s.DeadLetters(t.Context(), store.DeadLetterFilter{Limit: 501}); err == nil {
		t.Error("a limit of 501 is accepted")
	}
}
