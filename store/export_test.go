package store

import (
	"context"
	"fmt"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/store/database"
)

// Pragma sets something on the writer's connection, for tests of faults.
func (s *State) Pragma(text string) error {
	_, err := s.db.Write.Exec("PRAGMA " + text)
	return err
}

// WaitingNotice is a notice as the database has it, for tests of when it goes.
type WaitingNotice struct {
	Key, State string
	Due        roster.Instant
}

// AllNotices lists every notice by its key.
func (s *State) AllNotices(ctx context.Context) (all []WaitingNotice, err error) {
	err = s.db.Each(ctx, "SELECT key, state, due FROM notices ORDER BY key", nil, func(scan func(...any) error) error {
		var n WaitingNotice
		err := scan(&n.Key, &n.State, &n.Due)
		all = append(all, n)
		return err
	})
	return all, err
}

// Summary counts the alerts of a district and an office; empty means all.
func (s *State) Summary(ctx context.Context, district roster.DistrictID, office roster.OfficeID) (alerts.Summary, error) {
	return s.SummaryOf(ctx, alerts.Filter{District: district, Office: office})
}

// RotaVersion reads an earlier rota of a district; ErrNotFound without it.
func (s *State) RotaVersion(ctx context.Context, district roster.DistrictID, version int) (duty.Rota, error) {
	row := s.db.Read.QueryRowContext(ctx, "SELECT body FROM rotas WHERE district = ? AND version = ?", district, version)
	r, err := scanRota(row, district)
	if err == nil && r.Version == 0 {
		err = database.ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("read rota of %s: %w", district, database.Explain(err))
	}
	return r, nil
}

// StepsPlan is how SQLite looks for steps that are due.
func (s *State) StepsPlan(ctx context.Context, of ...roster.DistrictID) (by string, err error) {
	query, args := dueSteps(1, 1000, of)
	err = s.db.Each(ctx, "EXPLAIN QUERY PLAN "+query, args, func(scan func(...any) error) error {
		var id, parent, unused int
		var does string
		err := scan(&id, &parent, &unused, &does)
		by += does + "; "
		return err
	})
	return by, err
}
