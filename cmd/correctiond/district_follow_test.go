package main

import (
	"context"
	"testing"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// judge takes the entry as the judging goroutine does, and stores nothing.
func (w *ward) judge(entry event.Entry) judged {
	w.t.Helper()
	w.journal = append(w.journal, entry)
	j, err := w.judgeBatch(w.t.Context(), &decoded{uint64(len(w.journal)), []event.Entry{entry}})
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

func newBusyWard(t *testing.T) *ward {
	t.Helper()
	w := newWard(t)
	w.desk.find = w.uncommitted.before(w.desk.find)
	w.waiting, w.changed, w.amended = newWaiters(), func() {}, func(roster.DistrictID) {}
	return w
}

// An alert that is judged but not stored yet is found as it stands; both states are
// stored in one transaction, and as they were when they were judged.
func TestAnAlertIsFoundBeforeItIsStored(t *testing.T) {
	w := newBusyWard(t)
	first := w.judge(event.Entry{At: morning - 1})
	opened := w.judge(event.Entry{At: morning, Act: &event.Act{Type: event.ActDeclareLost, Subject: "S1"}})
	if len(opened.batch.Alerts) != 1 {
		t.Fatalf("%d alerts", len(opened.batch.Alerts))
	}
	ep := &opened.batch.Alerts[0].Alert.Episode
	acked := w.judge(event.Entry{At: morning + 1, Act: &event.Act{Type: event.ActAck, Alert: ep.ID, By: "F1"}})
	noted := w.judge(event.Entry{At: morning + 2, Act: &event.Act{Type: event.ActNote, Alert: ep.ID, By: "F1", Note: "on the way"}})
	ep.Evidence = map[string]any{"changed": "since"}
	if err := w.storeAll(t.Context(), []judged{first, opened, acked}); err != nil {
		t.Fatal(err)
	}
	if a := w.alert(ep.ID); a.State != alerts.Acknowledged || a.Version != 2 || a.Episode.Evidence["changed"] != nil {
		t.Errorf("%+v", a)
	}
	if a, err := w.desk.find(ep.ID); err != nil || len(a.Notes()) != 1 {
		t.Errorf("what is not stored yet is forgotten: %+v, %v", a, err)
	}
	if err := w.storeAll(t.Context(), []judged{noted}); err != nil {
		t.Fatal(err)
	}
	if a := w.alert(ep.ID); a.Version != 3 || len(w.uncommitted.changes) != 0 || w.applied.Load() != noted.batch.Seq {
		t.Errorf("version %d, %d not stored, applied %d", a.Version, len(w.uncommitted.changes), w.applied.Load())
	}
}

// What was judged before a stop is stored, so that the engine can be saved as it is.
func TestAStopStoresWhatIsJudged(t *testing.T) {
	w := newBusyWard(t)
	done := make(chan judged, 4)
	done <- w.judge(event.Entry{At: morning - 1})
	done <- w.judge(event.Entry{At: morning, Act: &event.Act{Type: event.ActDeclareLost, Subject: "S1"}})
	close(done)
	if w.whole() {
		t.Error("an engine with alerts that are not stored may be saved")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.storeJudged(ctx, done); err != nil {
		t.Fatal(err)
	}
	if page, err := w.state.Alerts(t.Context(), alerts.Filter{Kind: rules.ContactLost}); err != nil || len(page.Items) != 1 || !w.whole() {
		t.Errorf("%d alerts, whole %v, %v", len(page.Items), w.whole(), err)
	}
	if _, err := w.judgeBatch(ctx, &decoded{3, nil}); err == nil || w.whole() {
		t.Errorf("an engine that was stopped within a batch may be saved: %v", err)
	}
}

// A transaction takes what waits, and no more than its bound of alerts.
func TestWhatWaitsIsStoredTogether(t *testing.T) {
	done := make(chan judged, 8)
	batch := func(seq uint64, changes int) judged {
		return judged{batch: store.Batch{Seq: seq, Alerts: make([]store.AlertChange, changes)}}
	}
	for seq := uint64(2); seq <= 5; seq++ {
		done <- batch(seq, commitAlerts/2)
	}
	for _, want := range []int{2, 2} {
		if group := waitingJudged(batch(1, 1), done); len(group) != want+1 {
			t.Errorf("%d batches, want %d", len(group), want+1)
		}
	}
	if group := waitingJudged(batch(6, 0), done); len(group) != 1 {
		t.Errorf("%d batches where none waits", len(group))
	}
}
