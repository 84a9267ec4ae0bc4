package store

import (
	"context"
	"fmt"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Opened counts the alerts that f selects, by the day since f.From on which they were
// opened, and by severity. Days are 24 hours long.
func (s *State) Opened(ctx context.Context, f alerts.Filter) (days map[int]map[rules.Severity]int, err error) {
	w, err := alertsWhere(&f)
	if err != nil {
		return nil, fmt.Errorf("count alerts by day: %w", err)
	}
	days = map[int]map[rules.Severity]int{}
	query := "SELECT (opened - ?) / ? AS day, severity, count(*) FROM alerts" + w.SQL() + " GROUP BY 1, 2"
	args := append([]any{f.From, int64(roster.Day)}, w.Args...)
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var day, n int
		var sev rules.Severity
		if err := scan(&day, &sev, &n); err != nil {
			return err
		}
		if days[day] == nil {
			days[day] = map[rules.Severity]int{}
		}
		days[day][sev] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count alerts by day: %w", err)
	}
	return days, nil
}

// Waiting counts the alerts that f selects by their officer.
func (s *State) Waiting(ctx context.Context, f alerts.Filter) (map[roster.OfficerID]int, error) {
	w, err := alertsWhere(&f)
	if err != nil {
		return nil, fmt.Errorf("count alerts by officer: %w", err)
	}
	of := map[roster.OfficerID]int{}
	// An expression, lest SQLite go through all alerts in the order of officers.
	query := "SELECT officer || '' AS who, count(*) FROM alerts" + w.SQL() + " GROUP BY 1"
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var id roster.OfficerID
		var n int
		err := scan(&id, &n)
		of[id] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count alerts by officer: %w", err)
	}
	return of, nil
}
