package sim

import (
	"testing"

	"correctiond/roster"
)

func TestCalendarKinds(t *testing.T) {
	day := func(s string) *roster.Date { return &roster.Date{Day: s} }
	days := func(s ...string) (list []roster.Date) {
		for _, d := range s {
			list = append(list, roster.Date{Day: d})
		}
		return list
	}
	// The period is 2 March to 6 March 2026, 00:00 both.
	for _, c := range []struct {
		name, kind     string
		change         func(*roster.Subject)
		started, ended string // "": no such episode; "-": open
	}{
		{"nine days after the judgment", "report-in-overdue", func(s *roster.Subject) {
			s.Effective, s.Reported = day("2026-02-22"), nil
		}, "2026-03-03", "-"},
		{"not yet", "report-in-overdue", func(s *roster.Subject) { s.Effective, s.Reported = day("2026-02-26"), nil }, "", ""},
		{"thirty days before the end", "term-ending", func(s *roster.Subject) { s.Term.Until = day("2026-04-01") }, "2026-03-03", "-"},
		{"term over in the period", "term-ending", func(s *roster.Subject) { s.Term.Until = day("2026-03-03") }, "2026-02-02", "2026-03-04"},
		{"weekly report", "periodic-report-due", func(s *roster.Subject) {
			s.Level, s.Reports.Periodic = roster.Strict, days("2026-02-20", "2026-02-24")
		}, "2026-03-04", "-"},
		{"monthly report", "periodic-report-due", func(s *roster.Subject) {
			s.Level, s.Reports.Periodic = roster.General, days("2026-01-31")
		}, "2026-03-01", "-"},
		{"quarterly report in time", "periodic-report-due", func(s *roster.Subject) {
			s.Level, s.Reports.Periodic = roster.Lenient, days("2026-01-31")
		}, "", ""},
		{"no health report last month", "health-report-due", func(s *roster.Subject) {
			s.Kind, s.Reports.Health = roster.Medical, days("2026-03-01")
		}, "2026-02-24", "-"},
		{"review three months old", "medical-review-due", func(s *roster.Subject) {
			s.Kind, s.ParoleMedical = roster.Medical, true
			s.Reports.MedicalReview, s.Reports.Health = days("2025-12-18"), days("2026-02-01", "2026-03-01")
		}, "2026-03-04", "-"},
		{"travel until 18 March", "travel-expiring", func(s *roster.Subject) {
			s.Travel = []roster.Travel{{ID: "T1", From: *day("2026-02-01"), Until: *day("2026-03-18"), Area: neighbour(0)}}
		}, "2026-03-04", "-"},
		{"reminder of a leave, back in time", "leave-overdue", func(s *roster.Subject) {
			s.Leaves = []roster.Leave{{ID: "L1", From: *day("2026-03-01"), Until: *day("2026-03-03"), Area: neighbour(0)}}
		}, "2026-03-03", "2026-03-04"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := prepare(t, 1, 4, func(cfg *Config) {
				cfg.Violations = -1
				one := &cfg.Roster.Subjects[0]
				one.Kind, one.ParoleMedical, one.Leaves, one.Travel = roster.Probation, false, nil, nil
				one.Term.From, one.Reported = *day("2025-11-30"), day("2025-12-01")
				one.Rollcall = "two-a-day"
				c.change(one)
			})
			started, ended := "", ""
			for _, e := range s.Truth() {
				if e.Kind != c.kind {
					continue
				}
				started, ended = s.cal.Day(e.Started), "-"
				if e.Ended != 0 {
					ended = s.cal.Day(e.Ended)
				}
			}
			if started != c.started || ended != c.ended {
				t.Errorf("from %q to %q, want %q to %q", started, ended, c.started, c.ended)
			}
		})
	}
}
