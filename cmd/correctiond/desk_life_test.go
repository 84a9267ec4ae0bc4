package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
)

// ward is a district on a state database of its own: what the stepper journals
// is applied at once, and kept as the journal would.
type ward struct {
	*district
	t       *testing.T
	journal []event.Entry
	stepper *stepper
	busy    bool // entries wait to be applied

	path       string
	escalation *escalation

	registry *prometheus.Registry
}

func newWard(t *testing.T) *ward {
	t.Helper()
	path := t.TempDir() + "/state.db"
	st, err := store.OpenState(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	w := &ward{t: t, path: path}
	w.registry = prometheus.NewRegistry()
	metrics := newPipelineMetrics(w.registry)
	logger := slog.New(slog.DiscardHandler)
	w.escalation = newEscalationOf(t, st, metrics)
	w.district = &district{
		id: "D1", state: st, metrics: metrics, logger: logger,
		called: func(roster.DistrictID, []rules.Calls, []roster.Interval) {},
	}
	w.stepper = &stepper{
		due: st.DueSteps, metrics: metrics, logger: logger,
		ready: func(context.Context, roster.DistrictID) (roster.Instant, bool) { return w.desk.engine.Clock(), !w.busy },
		append: func(_ context.Context, id roster.DistrictID, entries []event.Entry) error {
			if id != "D1" {
				return errors.New("another district")
			}
			w.apply(entries...)
			return nil
		},
	}
	w.restart(0)
	return w
}

// restart begins with an engine that knows nothing, and an alert database that
// holds everything up to the cursor.
func (w *ward) restart(cursor uint64) {
	dir := phoneDirectory(w.t)
	dir.Roster().Officers = []roster.Officer{{ID: "F2"}}
	w.cursor = cursor
	w.desk = newDesk(rules.New(rules.DefaultConfig(), dir.Calendar(), dir), func(id string) (*alerts.Alert, error) {
		a, err := w.state.Alert(w.t.Context(), id)
		if errors.Is(err, database.ErrNotFound) {
			return nil, nil
		}
		return &a, err
	})
}

// apply journals entries and takes them.
func (w *ward) apply(entries ...event.Entry) {
	w.t.Helper()
	for _, e := range entries {
		w.journal = append(w.journal, e)
		w.take(len(w.journal))
	}
}

func (w *ward) take(seq int) {
	w.t.Helper()
	batch := store.Batch{District: "D1", Seq: uint64(seq)}
	w.district.take(uint64(seq), w.journal[seq-1:seq], &batch)
	if err := w.commit(w.t.Context(), &batch); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) act(at roster.Instant, a event.Act) { w.apply(event.Entry{At: at, Act: &a}) }

// lost raises a P1 about S1 and gives its id.
func (w *ward) lost(at roster.Instant) string {
	w.t.Helper()
	w.apply(event.Entry{At: at - 1})
	w.act(at, event.Act{Type: event.ActDeclareLost, Subject: "S1"})
	page, err := w.state.Alerts(w.t.Context(), alerts.Filter{Kind: rules.ContactLost})
	if err != nil || len(page.Items) != 1 {
		w.t.Fatalf("%d alerts, %v", len(page.Items), err)
	}
	return page.Items[0].Episode.ID
}

func (w *ward) alert(id string) alerts.Alert {
	w.t.Helper()
	a, err := w.state.Alert(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *ward) look(now roster.Instant) {
	w.t.Helper()
	if err := w.stepper.look(w.t.Context(), now); err != nil {
		w.t.Fatal(err)
	}
}

// lateSteps reads the counter of steps that came late.
func (w *ward) lateSteps() float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "correctiond_escalation_late_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	w.t.Fatal("there is no such counter")
	return 0
}

func (w *ward) audited() (actions []string) {
	w.t.Helper()
	for r, err := range w.state.Audit(w.t.Context(), 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		actions = append(actions, r.Actor+" "+r.Action)
	}
	return actions
}

// A step stands in the database: it comes at its time, once, with its audit
// record, and the engine sees it too.
func TestAnAcknowledgementTimesOut(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning+roster.Minute, event.Act{Type: event.ActAck, Alert: id, By: "F1", Version: 1})
	due := morning + roster.Minute + 2*roster.Hour
	w.look(due - 1)
	if a := w.alert(id); a.State != alerts.Acknowledged {
		t.Fatalf("too early: %s", a.State)
	}
	w.look(due)
	w.look(due + 1)
	a := w.alert(id)
	if a.State != alerts.Open || *a.Escalated != (duty.Stamp{By: alerts.System, At: due}) || a.Returned != due {
		t.Errorf("got %+v", a)
	}
	if h, _ := w.desk.engine.Handling(id); h.Acked != 0 {
		t.Errorf("the engine takes it for acknowledged at %d", h.Acked)
	}
	if got, want := w.audited(), []string{"F1 alert.ack", "system alert.ack_timeout"}; !slices.Equal(got, want) {
		t.Errorf("audit %q, want %q", got, want)
	}
	if n := w.lateSteps(); n != 0 {
		t.Errorf("%v steps were late", n)
	}
}

// While a district has entries to apply its steps are journaled all the same, and
// once: what stands before them may overtake them.
func TestStepsDoNotWaitForABusyDistrict(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	due := morning + 2*roster.Hour
	var waiting []event.Entry
	w.stepper.append = func(_ context.Context, _ roster.DistrictID, entries []event.Entry) error {
		waiting = append(waiting, entries...)
		return nil
	}
	w.busy = true
	note := event.Entry{At: due, Act: &event.Act{Type: event.ActNote, Alert: id, By: "F1", Note: "on the way"}}
	w.look(due)
	w.look(due + roster.Second)
	if len(waiting) != 1 {
		t.Fatalf("%d entries are journaled", len(waiting))
	}
	w.apply(note)
	w.apply(waiting...)
	w.busy = false
	w.look(due + roster.Minute)
	if a := w.alert(id); a.State != alerts.Acknowledged || len(waiting) != 1 {
		t.Errorf("overtaken by a note: %s, %d entries", a.State, len(waiting))
	}
	broken := errors.New("full")
	w.act(due+roster.Minute, event.Act{Type: event.ActReopen, Alert: id, By: "F1", Reason: "x"}) // refused
	w.stepper.append = func(context.Context, roster.DistrictID, []event.Entry) error { return broken }
	w.act(due+roster.Minute, event.Act{Type: event.ActClose, Alert: id, By: "F1", Outcome: "unfounded", Reason: "checked"})
	w.act(due+roster.Minute, event.Act{Type: event.ActReopen, Alert: id, By: "F1", Reason: "not so"})
	w.act(due+roster.Minute, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	for range 2 {
		if err := w.stepper.look(t.Context(), due+3*roster.Hour); !errors.Is(err, broken) {
			t.Errorf("a journal that takes nothing: %v", err)
		}
	}
}

// Stopped for hours: the step is found again, carried out, counted as late.
func TestAStepThatNobodySawIsCarriedOutLate(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	late := morning + 5*roster.Hour
	if n, err := w.state.OverdueSteps(t.Context(), late-stepLate); n != 1 || err != nil {
		t.Errorf("%d steps are overdue, %v", n, err)
	}
	w.look(late)
	if a := w.alert(id); a.State != alerts.Open || a.Returned != late {
		t.Errorf("got %+v", a)
	}
	if n := w.lateSteps(); n != 1 {
		t.Errorf("%v steps were late", n)
	}
	if n, err := w.state.OverdueSteps(t.Context(), late); n != 0 || err != nil {
		t.Errorf("%d steps are overdue, %v", n, err)
	}
}

// The wall clock was set back: the district's own clock goes on from where it was.
func TestAStepAfterTheClockWasSetBack(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	w.apply(event.Entry{At: morning + 3*roster.Hour})
	w.look(morning + 2*roster.Hour)
	if a := w.alert(id); a.State != alerts.Open || a.Returned != morning+3*roster.Hour {
		t.Errorf("got %+v", a)
	}
}

// An act that was overtaken, or that the engine refuses, leaves no trace.
func TestRefusedActsChangeNeitherAlertNorEngine(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning+1, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	w.act(morning+2, event.Act{Type: event.ActNote, Alert: id, By: "F1", Note: "x", About: "contact"})
	before := w.alert(id)
	for i, a := range []event.Act{
		{Type: event.ActAckTimeout, Alert: id, By: alerts.System, Version: 2},
		{Type: event.ActAckTimeout, Alert: id, By: alerts.System},
		{Type: event.ActAssign, Alert: id, By: "H1", Officer: "F9"},
		{Type: event.ActDeclareLost, Alert: id, By: "F1", Subject: "S2"},
		{Type: event.ActReopen, Alert: id, By: "F1", Reason: "x"},
		{Type: event.ActFound, Alert: id, By: "F1", Subject: "S1"},
	} {
		w.act(morning+3*roster.Hour+roster.Instant(i), a)
		if after := w.alert(id); after.Version != before.Version || after.State != alerts.Acknowledged {
			t.Errorf("%s: %+v", a.Type, after)
		}
	}
	if h, _ := w.desk.engine.Handling(id); h.Acked != morning+1 || h.Closed != 0 {
		t.Errorf("the engine has %+v", h)
	}
	w.act(morning+4*roster.Hour, event.Act{Type: event.ActAssign, Alert: id, By: "H1", Officer: "F2"})
	if a := w.alert(id); a.Officer() != "F2" || a.Notes()[0].About != alerts.Contact {
		t.Errorf("assigned to %s", a.Officer())
	}
}

// What is declared on an alert is declared of the person, in one entry.
func TestDeclaredOnAnAlert(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	a := w.alert(id)
	act := actOf(&alerts.Action{Type: alerts.DeclareAbsconding, By: "F1", From: &roster.Date{Day: "2026-03-02"}}, &a)
	w.act(morning+roster.Hour, *act)
	if a := w.alert(id); !a.Did(alerts.DeclareAbsconding, "F1", morning+roster.Hour) {
		t.Errorf("log %+v", a.Log)
	}
	page, err := w.state.Alerts(t.Context(), alerts.Filter{Kind: rules.AbscondingLadder, Subject: "S1"})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d ladders, %v", len(page.Items), err)
	}
}

// A step of the search is one act: the note stands with the alert and the rules know of
// the contact, or neither. An engine that starts anew finds the same.
func TestContactsNotedOnAnAlert(t *testing.T) {
	w := newWard(t)
	w.apply(event.Entry{At: morning})
	issued, expires := &roster.Date{At: morning + roster.Minute}, &roster.Date{At: morning + 10*roster.Minute}
	w.act(morning+roster.Minute, event.Act{Type: event.ActChallenge, Device: "P1", ID: "c1", Issued: issued, Expires: expires})
	w.apply(event.Entry{At: morning + roster.Hour})
	page, err := w.state.Alerts(t.Context(), alerts.Filter{Kind: rules.ChallengeUnanswered})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d alerts, %v", len(page.Items), err)
	}
	id := page.Items[0].Episode.ID
	contact := event.Act{Type: event.ActContact, Alert: id, Subject: "S1", By: "F1", Note: "电话联系：联系到本人", About: "contact", Result: "reached"}
	for name, spoil := range map[string]func(*event.Act){
		"overtaken":           func(a *event.Act) { a.Version = 9 },
		"of somebody else":    func(a *event.Act) { a.Subject = "S2" },
		"without what to say": func(a *event.Act) { a.Note = "" },
	} {
		spoilt := contact
		spoil(&spoilt)
		w.act(morning+roster.Hour+1, spoilt)
		if a := w.alert(id); a.Episode.Ended != 0 || len(a.Notes()) != 0 {
			t.Errorf("%s: ended %d, notes %+v", name, a.Episode.Ended, a.Notes())
		}
	}
	contact.Version = w.alert(id).Version
	w.act(morning+roster.Hour+2, contact)
	done := w.alert(id)
	if done.Episode.Ended == 0 || len(done.Notes()) != 1 || done.Notes()[0].About != alerts.Contact || done.Notes()[0].Text != contact.Note {
		t.Errorf("ended %d, notes %+v", done.Episode.Ended, done.Notes())
	}
	var before, after bytes.Buffer
	if err := w.desk.engine.Snapshot(&before); err != nil {
		t.Fatal(err)
	}
	w.restart(uint64(len(w.journal)))
	for seq := range w.journal {
		w.take(seq + 1)
	}
	if err := w.desk.engine.Snapshot(&after); err != nil || !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Errorf("an engine that starts anew has not taken the same: %v", err)
	}
}

// Whatever was done: an engine that lost its memory gets from the journal, and
// from the log of the alerts, where it was.
func TestRecoveryAgreesAfterALife(t *testing.T) {
	w := newWard(t)
	id := w.lost(morning)
	w.act(morning+1, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	w.act(morning+2, event.Act{Type: event.ActAck, Alert: id, By: "F2"}) // refused
	w.look(morning + 3*roster.Hour)
	w.act(morning+4*roster.Hour, event.Act{Type: event.ActAck, Alert: id, By: "F2"})
	w.act(morning+5*roster.Hour, event.Act{Type: event.ActClose, Alert: id, By: "F2", Outcome: "unfounded", Reason: "no"}) // refused
	w.act(morning+6*roster.Hour, event.Act{Type: event.ActClose, Alert: id, By: "F2", Outcome: "unfounded", Reason: "checked"})
	w.act(morning+7*roster.Hour, event.Act{Type: event.ActReopen, Alert: id, By: "H1", Reason: "not so"})
	want, _ := w.desk.engine.Handling(id)
	clock := w.desk.engine.Clock()
	w.restart(uint64(len(w.journal)))
	for seq := range w.journal {
		w.take(seq + 1)
	}
	got, _ := w.desk.engine.Handling(id)
	if got != want || w.desk.engine.Clock() != clock || fmt.Sprint(got) != "{0 0 }" {
		t.Errorf("recovered %+v, was %+v", got, want)
	}
}
