package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
)

// quiet is a silence of area exits for a day.
func quiet() alerts.Silence {
	return alerts.Silence{
		District: "D1", Kind: "area-exit", Reason: "drill", Made: duty.Stamp{By: "F1", At: morning}, Until: morning + roster.Day,
	}
}

// silencesEnd: a silence lasts until its end, or until somebody ends it.
func silencesEnd(t *testing.T, s stateStore) {
	first := must[alerts.Silence](t)(s.PutSilence(t.Context(), quiet()))
	second := must[alerts.Silence](t)(s.PutSilence(t.Context(), quiet()))
	if first.ID == 0 || second.ID <= first.ID {
		t.Fatalf("ids %d and %d", first.ID, second.ID)
	}
	list := must[[]alerts.Silence](t)(s.Silences(t.Context(), morning+1))
	if len(list) != 2 || list[0] != first {
		t.Errorf("got %+v", list)
	}
	ended := must[alerts.Silence](t)(s.EndSilence(t.Context(), "D1", first.ID, duty.Stamp{By: "H1", At: morning + roster.Hour}))
	if ended.End() != morning+roster.Hour || ended.Ended.By != "H1" {
		t.Errorf("ended %+v", ended)
	}
	for at, want := range map[roster.Instant]int{morning: 2, morning + roster.Hour: 1, morning + roster.Day: 0} {
		if list := must[[]alerts.Silence](t)(s.Silences(t.Context(), at)); len(list) != want {
			t.Errorf("at %d: %d silences, want %d", at-morning, len(list), want)
		}
	}
	for _, c := range []struct {
		district roster.DistrictID
		id       int64
	}{{"D1", first.ID}, {"D2", second.ID}, {"D1", 99}} {
		_, err := s.EndSilence(t.Context(), c.district, c.id, duty.Stamp{By: "H1", At: morning + 2*roster.Hour})
		if !errors.Is(err, database.ErrNotFound) {
			t.Errorf("%s %d: %v", c.district, c.id, err)
		}
	}
	var wrong *duty.FieldError
	if _, err := s.PutSilence(t.Context(), alerts.Silence{District: "D1"}); !errors.As(err, &wrong) {
		t.Errorf("nothing named: %v", err)
	}
}

// silencesHoldBack: a notice that waits already waits for the end of a silence.
func silencesHoldBack(t *testing.T, s stateStore) {
	a, loud := raised("a1", rules.P3, morning), raised("a2", rules.P1, morning)
	asked := func(id string) notice.Notice {
		return notice.Notice{Alert: id, District: "D1", Why: notice.ToOpen, Channel: "c", Officer: "F1", Due: morning + 5}
	}
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), opening(loud)}, Notices: []notice.Notice{asked("a1"), asked("a2")}})
	one := must[alerts.Silence](t)(s.PutSilence(t.Context(), quiet()))
	if got, want := dues(t, s), []roster.Instant{one.Until, morning + 5}; !slices.Equal(got, want) {
		t.Errorf("silent: due %v, want %v", got, want)
	}
	_ = must[alerts.Silence](t)(s.EndSilence(t.Context(), "D1", one.ID, duty.Stamp{By: "H1", At: morning + roster.Hour}))
	if got, want := dues(t, s), []roster.Instant{morning + roster.Hour, morning + 5}; !slices.Equal(got, want) {
		t.Errorf("ended: due %v, want %v", got, want)
	}
}

// rotasHaveVersions: the newest holds, the earlier ones are kept.
func rotasHaveVersions(t *testing.T, s stateStore) {
	empty := must[duty.Rota](t)(s.Rota(t.Context(), "D1"))
	if empty.Version != 0 || len(empty.Shifts) != 0 || empty.District != "D1" {
		t.Errorf("before any: %+v", empty)
	}
	rota := duty.Rota{District: "D1", Made: duty.Stamp{By: "H1", At: morning}, Shifts: []duty.Shift{{
		Post: duty.Duty, Office: "O1", From: roster.Date{At: morning}, Until: roster.Date{Day: "2026-03-03"}, Officers: []roster.OfficerID{"F1"},
	}}}
	first := must[duty.Rota](t)(s.PutRota(t.Context(), rota))
	rota.Version, rota.Shifts = first.Version, nil
	second := must[duty.Rota](t)(s.PutRota(t.Context(), rota))
	if first.Version != 1 || second.Version != 2 {
		t.Errorf("versions %d, %d", first.Version, second.Version)
	}
	if _, err := s.PutRota(t.Context(), rota); !errors.Is(err, database.ErrTaken) {
		t.Errorf("a version that is not current: %v", err)
	}
	if got := must[duty.Rota](t)(s.Rota(t.Context(), "D1")); got.Version != 2 || len(got.Shifts) != 0 {
		t.Errorf("current %+v", got)
	}
	old := must[duty.Rota](t)(s.RotaVersion(t.Context(), "D1", 1))
	if len(old.Shifts) != 1 || old.Shifts[0].Until.Day != "2026-03-03" || old.Made.By != "H1" {
		t.Errorf("first %+v", old)
	}
	if _, err := s.RotaVersion(t.Context(), "D1", 9); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("no such version: %v", err)
	}
}

// noticeReader is a state database that shows its notices.
type noticeReader interface {
	AllNotices(context.Context) ([]store.WaitingNotice, error)
}

func notices(t *testing.T, s stateStore) []store.WaitingNotice {
	t.Helper()
	return must[[]store.WaitingNotice](t)(s.(noticeReader).AllNotices(t.Context()))
}

func dues(t *testing.T, s stateStore) (due []roster.Instant) {
	t.Helper()
	for _, n := range notices(t, s) {
		due = append(due, n.Due)
	}
	return due
}

// climbing is a P2 that waits for its next rung, or for a silence.
func climbing(t *testing.T, until roster.Instant) alerts.Alert {
	t.Helper()
	hours := must[*duty.Hours](t)(duty.NewHours(roster.NewCalendar(nil), "08:30", "17:30", []string{"mon"}, duty.Workdays{}))
	policy := alerts.Policy{
		Chains: duty.DefaultChains(), Hours: hours,
		Silenced: func(*alerts.Alert, roster.Instant) roster.Instant { return until },
	}
	a := raised("a1", rules.P2, morning)
	policy.Follow(nil, &a, morning)
	return a
}

// heldAlerts: what a silence holds back is due at its end, or when it is ended.
func heldAlerts(t *testing.T, s stateStore) {
	one := must[alerts.Silence](t)(s.PutSilence(t.Context(), quiet()))
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(climbing(t, one.Until))}})
	if due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), one.Until-1, 9)); len(due) != 0 {
		t.Errorf("due while it is silent: %+v", due)
	}
	if due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), one.Until, 9)); len(due) != 1 || due[0].Do != alerts.NextRung {
		t.Errorf("due at the end: %+v", due)
	}
	_ = must[alerts.Silence](t)(s.EndSilence(t.Context(), "D1", one.ID, duty.Stamp{By: "H1", At: morning + 5}))
	if due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning+5, 9)); len(due) != 1 {
		t.Errorf("due when it is ended: %+v", due)
	}
}

// chainsAreKept: the place in the chain is stored with the alert.
func chainsAreKept(t *testing.T, s stateStore) {
	a := climbing(t, 0)
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a)}})
	due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning+roster.Hour, 9))
	want := store.DueStep{District: "D1", Alert: "a1", Version: 1, Step: alerts.Step{Do: alerts.NextRung, At: morning + roster.Hour}}
	if len(due) != 1 || due[0] != want {
		t.Errorf("got %+v, want %+v", due, want)
	}
	if got := must[alerts.Alert](t)(s.Alert(t.Context(), "a1")); len(got.Escalation.Chain.Rungs) != 3 || got.Escalation.Rung != 1 {
		t.Errorf("got %+v", got.Escalation)
	}
}

// noticesStop: who takes an alert on, puts it off or closes it stops what asks
// others; what the system closes is reported all the same.
func noticesStop(t *testing.T, s stateStore) {
	asks := func(id string, why notice.Why) notice.Notice {
		return notice.Notice{Alert: id, District: "D1", Why: why, Channel: string(why), Officer: "F1", Due: morning}
	}
	batch := store.Batch{Seq: 1}
	for _, id := range []string{"ack", "auto", "close", "snooze"} {
		a := raised(id, rules.P3, morning)
		batch.Alerts = append(batch.Alerts, opening(a))
		batch.Notices = append(batch.Notices, asks(id, notice.ToOpen), asks(id, notice.ToRepeat))
	}
	commit(t, s, batch)
	recovered := batch.Alerts[1].Alert
	ended := recovered.Episode
	ended.Ended = morning + 1
	recovered, _ = alerts.Observe(&recovered, ended, rules.Auto, morning+1)
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{
		ack(t, batch.Alerts[0].Alert, morning),
		{Alert: recovered, What: alerts.WasClosed, At: morning + 1},
		did(t, batch.Alerts[2].Alert, alerts.Action{Type: alerts.Close, By: "F1", At: morning, Outcome: alerts.Excused}),
		did(t, batch.Alerts[3].Alert, alerts.Action{Type: alerts.PutOff, By: "F1", At: morning, Until: morning + roster.Hour}),
	}})
	var left []string
	for _, n := range notices(t, s) {
		if n.State == "pending" {
			left = append(left, n.Key)
		}
	}
	if want := []string{"auto/0/opened/F1"}; !slices.Equal(left, want) {
		t.Errorf("left %q, want %q", left, want)
	}
	if got := must[bool](t)(s.StepReached(t.Context(), "auto", 0)); got {
		t.Error("a step that waits has reached somebody")
	}
}
