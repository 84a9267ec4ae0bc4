package store

import (
	"context"
	"fmt"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/database"
)

// Raised is how many alerts of a kind and severity came to the same state and
// outcome.
type Raised struct {
	Kind     rules.Kind
	Severity rules.Severity
	State    alerts.State
	Outcome  alerts.Outcome
	N        int
}

// Raised counts the alerts that f selects; it opens none of them.
func (s *State) Raised(ctx context.Context, f alerts.Filter) (list []Raised, err error) {
	w, err := alertsWhere(&f)
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	query := "SELECT kind, severity, state, outcome, count(*) FROM alerts" + w.SQL() + " GROUP BY kind, severity, state, outcome"
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var r Raised
		err := scan(&r.Kind, &r.Severity, &r.State, &r.Outcome, &r.N)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	return list, nil
}

// Ongoing counts the alerts whose condition still holds, by kind, of a district and
// an office; an empty office means all. Who closed an alert did not end that.
func (s *State) Ongoing(ctx context.Context, district roster.DistrictID, office roster.OfficeID) (map[rules.Kind]int, error) {
	w := &database.Where{}
	w.Add("active = 1 AND district = ?", district)
	database.Equal(w, "office", office)
	by := map[rules.Kind]int{}
	err := s.db.Each(ctx, "SELECT kind, count(*) FROM alerts"+w.SQL()+" GROUP BY kind", w.Args, func(scan func(...any) error) error {
		var kind rules.Kind
		var n int
		err := scan(&kind, &n)
		by[kind] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count what goes on: %w", err)
	}
	return by, nil
}
