package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
)

// did applies an action that has to succeed.
func did(t *testing.T, a alerts.Alert, act alerts.Action) store.AlertChange {
	t.Helper()
	next, err := alerts.Act(a, rules.ByEvent, act)
	if err != nil {
		t.Fatal(err)
	}
	return store.AlertChange{Alert: next, What: alerts.Difference(&a, &next), At: act.At}
}

func ack(t *testing.T, a alerts.Alert, at roster.Instant) store.AlertChange {
	return did(t, a, alerts.Action{Type: alerts.Ack, By: "F1", At: at})
}

// stepsDue: a step stands in the database until it is carried out or overtaken.
func stepsDue(t *testing.T, s stateStore) {
	a1, a2, a3 := raised("a1", rules.P1, morning), raised("a2", rules.P2, morning), raised("a3", rules.P3, morning)
	asleep := did(t, a3, alerts.Action{Type: alerts.PutOff, By: "F1", At: morning, Until: morning + 3*roster.Hour})
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a1), opening(a2), opening(a3)}})
	if due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning+roster.Day, 10)); len(due) != 0 {
		t.Fatalf("open alerts wait for %+v", due)
	}
	first := ack(t, a1, morning)
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{first, ack(t, a2, morning+1), asleep}})
	for _, c := range []struct {
		at   roster.Instant
		want []string
	}{
		{morning + 2*roster.Hour - 1, nil},
		{morning + 2*roster.Hour, []string{"a1"}},
		{morning + 3*roster.Hour, []string{"a1", "a3"}},
		{morning + roster.Day, []string{"a1", "a3", "a2"}},
	} {
		due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), c.at, 10))
		var got []string
		for _, d := range due {
			got = append(got, d.Alert)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d: got %v, want %v", c.at-morning, got, c.want)
		}
	}
	due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning+roster.Day, 1))
	want := store.DueStep{District: "D1", Alert: "a1", Version: 2, Step: alerts.Step{Do: alerts.AckTimeout, At: morning + 2*roster.Hour}}
	if len(due) != 1 || due[0] != want {
		t.Errorf("got %+v, want %+v", due, want)
	}
	if n := must[int](t)(s.OverdueSteps(t.Context(), morning+2*roster.Hour+1)); n != 1 {
		t.Errorf("%d are overdue", n)
	}
	note := did(t, first.Alert, alerts.Action{Type: alerts.AddNote, By: "F1", At: morning + 5, Text: "x"})
	commit(t, s, store.Batch{Seq: 3, Alerts: []store.AlertChange{note}})
	if due = must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning+2*roster.Hour, 10)); len(due) != 0 {
		t.Errorf("overtaken by a note: %+v", due)
	}
}

// They are looked for every second: that must not cost more the more alerts there are.
func TestStepsOfADistrictAreFoundByTheirIndex(t *testing.T) {
	s := openState(t)
	for _, of := range [][]roster.DistrictID{nil, {"D1"}, {"D1", "D2"}} {
		if plan := must[string](t)(s.StepsPlan(t.Context(), of...)); !strings.Contains(plan, "INDEX alerts_steps") {
			t.Errorf("of %v: %s", of, plan)
		}
	}
}

// groupsByPerson: whoever has the newest alert comes first.
func groupsByPerson(t *testing.T, s stateStore) {
	threeAlerts(t, s)
	more := raised("e", rules.P2, morning+9)
	more.Episode.Subject = ""
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{opening(more)}})
	page := must[alerts.GroupPage](t)(s.Groups(t.Context(), alerts.Filter{District: "D1"}))
	var got []string
	for _, g := range page.Items {
		got = append(got, string(g.Subject)+":"+g.Severity.String())
		if g.Count != len(g.Alerts) || g.Newest != g.Alerts[0].Episode.Opened {
			t.Errorf("group %+v", g)
		}
	}
	if want := []string{":P2", "S0001:P1", "S0002:P3"}; !slices.Equal(got, want) || page.Next != "" {
		t.Errorf("got %v and %q, want %v", got, page.Next, want)
	}
	if g := page.Items[1]; g.Count != 2 || g.Open != 1 || g.Acknowledged != 0 || g.Alerts[0].Episode.ID != "c" {
		t.Errorf("group %+v", g)
	}
	open := must[alerts.GroupPage](t)(s.Groups(t.Context(), alerts.Filter{District: "D1", States: []alerts.State{alerts.Acknowledged}}))
	if len(open.Items) != 1 || open.Items[0].Subject != "S0002" || open.Items[0].Acknowledged != 1 {
		t.Errorf("filtered: %+v", open.Items)
	}
	groupPages(t, s)
}

func groupPages(t *testing.T, s stateStore) {
	var got []string
	f := alerts.Filter{District: "D1", Limit: 1}
	for range 5 {
		page := must[alerts.GroupPage](t)(s.Groups(t.Context(), f))
		got = append(got, string(page.Items[0].Subject))
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	if want := []string{"", "S0001", "S0002"}; !slices.Equal(got, want) {
		t.Errorf("pages %q, want %q", got, want)
	}
	if _, err := s.Groups(t.Context(), alerts.Filter{Cursor: "x"}); !errors.Is(err, database.ErrCursor) {
		t.Errorf("foreign cursor: %v", err)
	}
	if _, err := s.Groups(t.Context(), alerts.Filter{Limit: 501}); err == nil {
		t.Error("a limit of 501 is accepted")
	}
}

// listsByAssignee: an alert is on the list of whom it was assigned to.
func listsByAssignee(t *testing.T, s stateStore) {
	a := raised("a1", rules.P3, morning)
	given := did(t, a, alerts.Action{Type: alerts.Assign, By: "H1", At: morning, Officer: "F2"})
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), given}})
	for officer, want := range map[roster.OfficerID]int{"F1": 0, "F2": 1} {
		if page := must[alerts.Page](t)(s.Alerts(t.Context(), alerts.Filter{Officer: officer})); len(page.Items) != want {
			t.Errorf("%s has %d alerts", officer, len(page.Items))
		}
	}
}

// A database of the version before keeps its alerts, and their deadlines appear.
func TestAlertsOfTheVersionBeforeGetTheirSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	conn := must[*sql.DB](t)(sql.Open("sqlite3", path))
	for _, name := range []string{"state/0001_state.sql", "state/0002_sinks.sql"} {
		if _, err := conn.Exec(string(must[[]byte](t)(os.ReadFile(name)))); err != nil {
			t.Fatal(err)
		}
	}
	const insert = `PRAGMA user_version = 2;
		INSERT INTO alerts (id, district, state, severity, kind, office, officer, subject, opened, version, body) VALUES
		('bare', 'D1', 'acknowledged', 1, 'sos', '', '', '', 5, 2,
			x'` + `7b22657069736f6465223a7b226964223a2262617265222c227365766572697479223a225031227d2c227374617465223a2261636b6e6f776c6564676564222c2261636b6e6f776c6564676564223a7b226279223a224631222c226174223a313030307d2c2276657273696f6e223a327d'),
		('noted', 'D1', 'acknowledged', 2, 'sos', '', '', '', 5, 3,
			CAST('{"episode":{"id":"noted","severity":"P2"},"state":"acknowledged","acknowledged":{"by":"F1","at":1000},
			"notes":[{"by":"F1","at":2000,"text":"x"}],"version":3}' AS BLOB))`
	if _, err := conn.Exec(insert); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s := must[*store.State](t)(store.OpenState(path))
	defer s.Close()
	due := must[[]store.DueStep](t)(s.DueSteps(t.Context(), morning, 10))
	if len(due) != 1 || due[0].Alert != "bare" || due[0].At != 1000+2*roster.Hour {
		t.Errorf("due %+v", due)
	}
	noted := must[alerts.Alert](t)(s.Alert(t.Context(), "noted"))
	if len(noted.Notes()) != 1 || !noted.Did(alerts.Ack, "F1", 1000) || noted.Next().At != 0 {
		t.Errorf("log %+v", noted.Log)
	}
}
