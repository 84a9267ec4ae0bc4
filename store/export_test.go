package store

import (
	"context"

	"correctiond/roster"
)

// Pragma sets something on the writer's connection, for tests of faults.
func (s *State) Pragma(text string) error {
	_, err := s.db.write.Exec("PRAGMA " + text)
	return err
}

// TOTPCode is the code of a step, for tests.
func TOTPCode(secret string, step int64) (string, error) { return totpCode(secret, step) }

// WaitingNotice is a notice as the database has it, for tests of when it goes.
type WaitingNotice struct {
	Key, State string
	Due        roster.Instant
}

// AllNotices lists every notice by its key.
func (s *State) AllNotices(ctx context.Context) (all []WaitingNotice, err error) {
	err = s.db.each(ctx, "SELECT key, state, due FROM notices ORDER BY key", nil, func(scan func(...any) error) error {
		var n WaitingNotice
		err := scan(&n.Key, &n.State, &n.Due)
		all = append(all, n)
		return err
	})
	return all, err
}
