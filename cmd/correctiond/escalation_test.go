package main

import (
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// staff gives a ward people to tell, and the chains of a daemon without files.
func (w *ward) staff() {
	w.t.Helper()
	who := func(id roster.OfficerID, office roster.OfficeID, role string) roster.Officer {
		return roster.Officer{ID: id, Office: office, Role: role, Notify: []roster.Notify{{Channel: "app", To: "x"}}}
	}
	r := w.desk.engine.Directory().Roster()
	r.Officers = []roster.Officer{who("F1", "O1", "officer"), who("H1", "O1", "office_head"), who("D1", "", "district")}
	r.Subjects[0].Name, r.Subjects[0].Officer = "李四", "F1"
	w.desk.climb = newClimber(w.escalation)
}

// newEscalationOf is what the daemon makes, for a state of the test's own.
func newEscalationOf(t *testing.T, st dutyBook, m *pipelineMetrics) *escalation {
	t.Helper()
	e := &escalation{
		duty: st, channels: []alerts.Channel{{Name: "app"}}, url: "https://jz", lang: "zh",
		metrics: m, logger: slog.New(slog.DiscardHandler),
	}
	p, err := defaultConfig().readPlan(roster.NewCalendar(nil))
	if err != nil {
		t.Fatal(err)
	}
	e.plan.Store(p)
	return e
}

// rows reads the notices of an alert that are not cancelled, in order, as
// "why officer due", due in minutes from the morning.
func (w *ward) rows(id string) (list []string) {
	w.t.Helper()
	conn, err := sql.Open("sqlite3", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	found, err := conn.Query(`SELECT why || ' ' || officer || ' ' || ((due - ?) / 60000) FROM notices
		WHERE alert = ? AND state <> 'cancelled' ORDER BY id`, morning, id)
	if err != nil {
		w.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			w.t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

func (w *ward) wantRows(id string, want ...string) {
	w.t.Helper()
	if got := w.rows(id); !slices.Equal(got, want) {
		w.t.Errorf("told %q, want %q", got, want)
	}
}

// The first notices stand in the transaction that opens the alert, the next ones
// in that of their rung; a restart loses neither, and an acknowledgement ends it.
func TestNoticesComeWithTheAlert(t *testing.T) {
	w := newWard(t)
	w.staff()
	id := w.lost(morning)
	w.wantRows(id, "opened F1 0", "opened H1 0")
	w.look(morning + 15*roster.Minute - 1)
	w.wantRows(id, "opened F1 0", "opened H1 0")
	w.restart(uint64(len(w.journal)))
	w.staff()
	for seq := range w.journal {
		w.take(seq + 1)
	}
	w.look(morning + 15*roster.Minute)
	w.look(morning + 15*roster.Minute)
	w.wantRows(id, "opened F1 0", "opened H1 0", "escalated H1 15", "escalated D1 15")
	w.act(morning+20*roster.Minute, event.Act{Type: event.ActAck, Alert: id, By: "F1"})
	w.look(morning + roster.Hour)
	w.wantRows(id) // nothing was sent yet, so all of it is taken back
	if a := w.alert(id); a.Escalation.Rung != 2 || a.Escalation.Next != 0 {
		t.Errorf("got %+v", a.Escalation)
	}
	if got := w.audited(); !slices.Contains(got, "system alert.next_rung") || !slices.Contains(got, "F1 alert.ack") {
		t.Errorf("audit %q", got)
	}
}

// Opened and acknowledged within one batch, nobody is asked.
func TestNoticesOfOneBatch(t *testing.T) {
	w := newWard(t)
	w.staff()
	w.apply(event.Entry{At: morning - 1})
	id := w.lost(morning)
	entries := []event.Entry{
		{At: morning + 1, Act: &event.Act{Type: event.ActClose, Alert: id, By: "F1", Outcome: "unfounded", Reason: "checked"}},
		{At: morning + 2, Act: &event.Act{Type: event.ActReopen, Alert: id, By: "H1", Reason: "not so"}},
		{At: morning + 3, Act: &event.Act{Type: event.ActAck, Alert: id, By: "F1"}},
	}
	w.journal = append(w.journal, entries...)
	batch := store.Batch{District: "D1", Seq: uint64(len(w.journal))}
	w.district.take(batch.Seq, entries, &batch)
	if err := w.commit(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	w.wantRows(id)
}

// What is planned of many alerts in one batch takes time that grows as they do, not as
// their square, also when what was planned has become pointless; and it keeps its order.
func TestPlanningOfManyAlerts(t *testing.T) {
	w := newWard(t)
	w.staff()
	plan := func(n int) float64 {
		list := make([]alerts.Alert, n)
		best := math.Inf(1)
		for range 5 { // the least: others use the machine, too
			began := measure(t).cpu
			w.desk.planFor(list)
			best = min(best, float64(measure(t).cpu-began))
			w.desk.climb.notices("D1", w.desk, morning)
			w.desk.clear()
		}
		return best
	}
	const few, times = 1000, 16
	if small, large := plan(few), plan(few*times); large > 3*times*small {
		t.Errorf("%d times as many alerts take %.0f times as long", times, large/small)
	}
	w.desk.planFor(make([]alerts.Alert, 50))
	got := w.desk.climb.notices("D1", w.desk, morning)
	for i, n := range got {
		if want := fmt.Sprintf("e%06d", i/2*2); n.Alert != want { // officer and head of every other one
			t.Fatalf("notice %d of %d is of %s, want %s", i, len(got), n.Alert, want)
		}
	}
	if len(got) != 50 {
		t.Errorf("%d notices", len(got))
	}
}

// planFor opens alerts in one batch; somebody takes every other one on in the same.
func (d *desk) planFor(list []alerts.Alert) {
	for i := range list {
		list[i] = alerts.Alert{Version: 1, State: alerts.Open, Episode: rules.Episode{
			ID: fmt.Sprintf("e%06d", i), Kind: rules.ContactLost, Severity: rules.P1, District: "D1", Subject: "S1", Office: "O1", Officer: "F1",
			Opened: morning, History: []rules.SeverityStep{{At: morning, Severity: rules.P1}},
		}}
		d.put(nil, list[i])
	}
	for i := range list {
		if i%2 == 0 {
			continue
		}
		prev, next := list[i], list[i]
		next.Version, next.State, next.Acknowledged = 2, alerts.Acknowledged, &duty.Stamp{By: "F1", At: morning}
		d.put(&prev, next)
	}
}

// Chains that are read again hold for alerts that open from then on.
func TestAChainIsACopy(t *testing.T) {
	w := newWard(t)
	w.staff()
	id := w.lost(morning)
	p := *w.escalation.plan.Load()
	p.chains.P1.Rungs = p.chains.P1.Rungs[:1]
	w.escalation.plan.Store(&p)
	w.look(morning + 15*roster.Minute)
	if a := w.alert(id); len(a.Escalation.Chain.Rungs) != 3 || a.Escalation.Rung != 2 {
		t.Errorf("got %+v", a.Escalation)
	}
}

// What a silence holds back goes when it ends, also before its time.
func TestASilenceEndedEarlyLetsTheChainBegin(t *testing.T) {
	w := newWard(t)
	w.staff()
	one, err := w.state.PutSilence(t.Context(), alerts.Silence{
		District: "D1", Subject: "S1", Reason: "drill", Made: duty.Stamp{By: "H1", At: morning - 1}, Until: morning + roster.Day,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.apply(event.Entry{At: morning})
	id := w.observed("area-exit")
	w.wantRows(id)
	w.look(morning + roster.Hour)
	w.wantRows(id)
	if _, err := w.state.EndSilence(t.Context(), "D1", one.ID, duty.Stamp{By: "H1", At: morning + roster.Hour}); err != nil {
		t.Fatal(err)
	}
	w.look(morning + roster.Hour)
	w.wantRows(id, "opened F1 60")
	w.look(morning + 2*roster.Hour)
	w.wantRows(id, "opened F1 60", "escalated H1 120")
}

// A step that reached nobody lets the next one be taken at once; one of which
// somebody got a notice, or that was overtaken, does not.
func TestAStepThatReachedNobody(t *testing.T) {
	w := newWard(t)
	w.staff()
	id := w.lost(morning)
	d := &daemon{openState: &openState{state: w.state}}
	u := d.newUnreached()
	u.append, u.now = w.stepper.append, func() roster.Instant { return morning + roster.Minute }
	fail := func(step int) {
		t.Helper()
		if err := u.Failed(t.Context(), "D1", id, step); err != nil {
			t.Fatal(err)
		}
	}
	fail(0)
	fail(0) // overtaken
	told := []string{"opened F1 0", "opened H1 0", "escalated H1 1", "escalated D1 1"}
	w.wantRows(id, told...)
	w.sent(id, 1)
	fail(1)
	w.wantRows(id, told...)
	if err := u.Failed(t.Context(), "D1", "nothing", 0); err != nil {
		t.Errorf("an alert that is gone: %v", err)
	}
}

// Without anybody to tell, that is counted.
func TestNobodyToTellIsCounted(t *testing.T) {
	w := newWard(t)
	w.staff()
	w.desk.engine.Directory().Roster().Officers = nil
	id := w.lost(morning)
	w.wantRows(id)
	if n := gathered(t, w.registry, "correctiond_notify_unaddressed_total"); n != 4 {
		t.Errorf("%v targets of two alerts are counted", n)
	}
}

// When neither rota nor silences can be read, those above are told.
func TestNotifyingDoesNotDependOnTheRota(t *testing.T) {
	w := newWard(t)
	w.staff()
	closed, err := store.OpenState(t.TempDir() + "/closed.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	w.escalation.duty = closed
	w.wantRows(w.lost(morning), "opened F1 0", "opened H1 0")
}

// Case 34: when nobody carries steps out, the watchdog tells.
func TestCase34OverdueStepsAreExported(t *testing.T) {
	w := newWard(t)
	w.staff()
	began := nowInstant() - 20*roster.Minute
	id := w.lost(began)
	d := &daemon{openState: &openState{state: w.state}, registry: newRegistry(), prom: prometheus.NewRegistry()}
	d.registerGauges()
	if n := gathered(t, d.prom, "correctiond_escalation_overdue"); n != 2 {
		t.Errorf("stopped for %s: %v are overdue", 5*time.Minute, n)
	}
	w.look(nowInstant())
	if n := gathered(t, d.prom, "correctiond_escalation_overdue"); n != 0 || w.lateSteps() != 2 {
		t.Errorf("carried out: %v are overdue, %v were late", n, w.lateSteps())
	}
	if a := w.alert(id); a.Escalation.Rung != 2 {
		t.Errorf("got %+v", a.Escalation)
	}
}

// The worker looks once a second: a rung is never later than that.
func TestTheStepperLooksEverySecond(t *testing.T) {
	w := newWard(t)
	w.staff()
	w.lost(morning)
	due, err := w.state.DueSteps(t.Context(), morning+roster.Hour, 1)
	if err != nil || len(due) != 1 {
		t.Fatal(due, err)
	}
	synctest.Test(t, func(t *testing.T) { looksOnTime(t, due[0]) })
}

// gathered adds up a counter or gauge.
func gathered(t *testing.T, r prometheus.Gatherer, name string) (sum float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// check prints whom alerts are brought to, and refuses chains that are none.
func TestCheckPrintsTheChains(t *testing.T) {
	dir := t.TempDir()
	chains, calendar := dir+"/chains.yaml", dir+"/calendar.yaml"
	writeRules(t, chains, "version: 1\nP2: {rungs: [{to: [officer]}, {after: 30m, to: [office_head], working_hours: true}], repeat: 2h}\n")
	writeRules(t, calendar, "version: 1\nholidays: [2026-10-01/2026-10-07]\nworkdays: [2026-10-10]\n")
	text := "alerts: {chains_file: " + chains + "}\nrules: {calendar_file: " + calendar + "}\n"
	got := checkWith(t, text, "--offline")
	for _, want := range []string{
		"# chains:  " + chains, "#   P2: at once officer; +30m office_head in working hours; the last again every 2h\n",
		"#   P4: at once officer daily at 08:30; the last again every 24h\n", "# calendar: " + calendar + ", 7 holidays, 1 extra working days\n",
	} {
		if got.code != 0 || !strings.Contains(got.out, want) {
			t.Errorf("%q is not in %+v", want, got)
		}
	}
	writeRules(t, chains, "version: 1\nP2: {rungs: []}\n")
	if got := checkWith(t, text, "--offline"); got.code != 2 || !strings.Contains(got.err, chains+": P2.rungs: has 0") {
		t.Errorf("got %+v", got)
	}
	writeRules(t, calendar, "version: 1\nholidays: [summer]\n")
	writeRules(t, chains, "version: 1\n")
	if got := checkWith(t, text, "--offline"); got.code != 2 || !strings.Contains(got.err, `"summer" is neither a day`) {
		t.Errorf("got %+v", got)
	}
}
