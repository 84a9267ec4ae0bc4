package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
)

func ids(p alerts.Page) []string {
	var out []string
	for _, a := range p.Items {
		out = append(out, a.Episode.ID)
	}
	return out
}

func listPages(t *testing.T, s stateStore) {
	var b store.Batch
	for i := range 7 {
		// Two share each instant, so that a page can end between them.
		b.Alerts = append(b.Alerts, opening(raised(fmt.Sprintf("a%d", i), rules.P3, morning+roster.Instant(i/2))))
	}
	b.Seq = 1
	commit(t, s, b)
	var got []string
	f := alerts.Filter{Limit: 3}
	for pages := 1; ; pages++ {
		page := must[alerts.Page](t)(s.Alerts(t.Context(), f))
		got = append(got, ids(page)...)
		if f.Cursor = page.Next; f.Cursor == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if want := []string{"a6", "a4", "a5", "a2", "a3", "a0", "a1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, cursor := range []string{"x", ".", "!.a1"} {
		if _, err := s.Alerts(t.Context(), alerts.Filter{Cursor: cursor}); !errors.Is(err, database.ErrCursor) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	for _, limit := range []int{-1, 501} {
		if _, err := s.Alerts(t.Context(), alerts.Filter{Limit: limit}); err == nil {
			t.Errorf("limit %d is accepted", limit)
		}
	}
}

// threeAlerts stores a (P1, open, O1), b (P3, acknowledged, O2), c (P3, closed, O2).
func threeAlerts(t *testing.T, s stateStore) {
	a := raised("a", rules.P1, morning)
	b := raised("b", rules.P3, morning+1)
	b.Episode.Office, b.Episode.Officer, b.Episode.Subject, b.Episode.Kind = "O2", "F2", "S0002", "sos"
	b.State = alerts.Acknowledged
	c := raised("c", rules.P3, morning+2)
	c.Episode.Office, c.State = "O2", alerts.Closed
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), opening(b), opening(c)}})
	commit(t, s, store.Batch{District: "D2", Seq: 1, Alerts: []store.AlertChange{opening(raised("d", rules.P4, morning+3))}})
}

func listFilters(t *testing.T, s stateStore) {
	threeAlerts(t, s)
	for _, c := range []struct {
		f    alerts.Filter
		want []string
	}{
		{alerts.Filter{}, []string{"d", "c", "b", "a"}},
		{alerts.Filter{District: "D1"}, []string{"c", "b", "a"}},
		{alerts.Filter{States: []alerts.State{alerts.Open, alerts.Acknowledged}}, []string{"d", "b", "a"}},
		{alerts.Filter{Severities: []rules.Severity{rules.P1, rules.P4}}, []string{"d", "a"}},
		{alerts.Filter{Kind: "sos"}, []string{"b"}},
		{alerts.Filter{Office: "O2", States: []alerts.State{alerts.Closed}}, []string{"c"}},
		{alerts.Filter{Officer: "F2"}, []string{"b"}},
		{alerts.Filter{Subject: "S0002"}, []string{"b"}},
		{alerts.Filter{From: morning + 1, Until: morning + 3}, []string{"c", "b"}},
		{alerts.Filter{Subject: "x' OR 1=1 --"}, nil},
	} {
		if got := ids(must[alerts.Page](t)(s.Alerts(t.Context(), c.f))); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.f, got, c.want)
		}
	}
}

func overviewCounts(t *testing.T, s stateStore) {
	threeAlerts(t, s)
	sum := must[alerts.Summary](t)(s.Summary(t.Context(), "D1", ""))
	want := alerts.Tallies{{Open: 1, Oldest: morning}, {}, {Acknowledged: 1, Closed: 1}, {}}
	if sum.Total != want {
		t.Errorf("got %+v, want %+v", sum.Total, want)
	}
	if got := *sum.Offices["O2"]; got != (alerts.Tallies{{}, {}, {Acknowledged: 1, Closed: 1}, {}}) {
		t.Errorf("office O2: %+v", got)
	}
	waiting := alerts.Filter{District: "D1", States: []alerts.State{alerts.Open, alerts.Acknowledged}}
	sum = must[alerts.Summary](t)(s.SummaryOf(t.Context(), waiting))
	if sum.Total != (alerts.Tallies{{Open: 1, Oldest: morning}, {}, {Acknowledged: 1}, {}}) {
		t.Errorf("waiting: %+v", sum.Total)
	}
	sum = must[alerts.Summary](t)(s.Summary(t.Context(), "", "O1"))
	if sum.Total != (alerts.Tallies{{Open: 1, Oldest: morning}, {}, {}, {Open: 1, Oldest: morning + 3}}) || len(sum.Offices) != 1 {
		t.Errorf("office O1 of all districts: %+v", sum)
	}
}
