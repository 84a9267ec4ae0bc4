package store

import (
	"context"
	"fmt"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/store/database"
)

// DueStep is a step that an alert waits for, as it was when the alert was read.
type DueStep struct {
	District roster.DistrictID
	Alert    string
	Version  int
	alerts.Step
}

// DueSteps lists the steps due at or before the instant, the oldest first, at
// most limit; of some districts, or of all.
func (s *State) DueSteps(ctx context.Context, at roster.Instant, limit int, of ...roster.DistrictID) ([]DueStep, error) {
	var due []DueStep
	query, args := dueSteps(at, limit, of)
	err := s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var (
			d    DueStep
			body []byte
		)
		if err := scan(&d.District, &d.Alert, &body); err != nil {
			return err
		}
		a, err := s.openAlert(d.Alert, body)
		d.Alert, d.Version, d.Step = a.Episode.ID, a.Version, a.Next()
		due = append(due, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read due steps: %w", err)
	}
	return due, nil
}

func dueSteps(at roster.Instant, limit int, of []roster.DistrictID) (query string, args []any) {
	w := &database.Where{}
	w.Add("next_step_at > 0 AND next_step_at <= ?", at)
	database.OneOf(w, "district", of)
	return "SELECT district, id, body FROM alerts" + w.SQL() + " ORDER BY next_step_at, id LIMIT ?", append(w.Args, limit)
}

// OverdueSteps counts the steps due before the instant that nobody has carried
// out.
func (s *State) OverdueSteps(ctx context.Context, before roster.Instant) (int, error) {
	const query = "SELECT count(*) FROM alerts WHERE next_step_at > 0 AND next_step_at < ?"
	var n int
	if err := s.db.Read.QueryRowContext(ctx, query, before).Scan(&n); err != nil {
		return 0, fmt.Errorf("count overdue steps: %w", database.Explain(err))
	}
	return n, nil
}
