package main

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// The roster names where officers are reached.
func TestAddressesComeFromTheRoster(t *testing.T) {
	file := &roster.Roster{
		Version: 1, District: roster.District{ID: "D1"}, Offices: []roster.Office{{ID: "O1"}},
		Officers: []roster.Officer{{ID: "F1", Office: "O1", Notify: []roster.Notify{{Channel: "sms", To: "1"}, {Channel: "app", To: "zhang"}}}},
	}
	dir, err := roster.Compile(file, roster.NewCalendar(nil))
	if err != nil {
		t.Fatal(err)
	}
	a := addresses{newRegistry()}
	a.registry.put(dir)
	for _, c := range []struct {
		district roster.DistrictID
		officer  roster.OfficerID
		channel  string
		want     string
	}{{"D1", "F1", "app", "zhang"}, {"D1", "F1", "sms", "1"}, {"D1", "F1", "mail", ""}, {"D1", "F2", "app", ""}, {"D2", "F1", "app", ""}} {
		if got, err := a.Address(t.Context(), c.district, c.officer, c.channel); got != c.want || err != nil {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

// A scrape tells how much waits to be sent, and since when.
func TestWaitingNoticesAreExported(t *testing.T) {
	state, err := store.OpenState(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	d := &daemon{openState: &openState{state: state}, log: slog.New(slog.DiscardHandler)}
	r := prometheus.NewRegistry()
	r.MustRegister(newWaitingCollector(d))
	due := nowInstant() - roster.Hour
	a, _ := alerts.Observe(nil, rules.Episode{ID: "a1", Kind: "sos", Severity: rules.P1, District: "D1", Opened: due}, rules.ByEvent, due)
	err = state.Commit(t.Context(), store.Batch{
		District: "D1", Seq: 1, At: due, Alerts: []store.AlertChange{{Alert: a, What: alerts.WasOpened, At: due}},
		Notices: []notice.Notice{{Alert: "a1", District: "D1", Why: notice.ToOpen, Channel: "app", Officer: "F1", Due: due}},
	})
	if err != nil {
		t.Fatal(err)
	}
	values, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	oldest, pending := values[0].Metric[0].Gauge.GetValue(), values[1].Metric[0].Gauge.GetValue()
	if pending != 1 || oldest < 3600 || oldest > 3660 {
		t.Errorf("%v wait since %v s", pending, oldest)
	}
}
