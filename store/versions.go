package store

import (
	"context"
	"database/sql"

	"correctiond/roster"
	"correctiond/store/database"
)

// KeepRules keeps a version of the rules, to say later by which thresholds an alert
// was raised.
func (s *State) KeepRules(ctx context.Context, version string, at roster.Instant, body []byte) error {
	return s.db.Update(ctx, "keep rules", func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO rule_versions (version, at, body) VALUES (?, ?, ?) ON CONFLICT (version) DO NOTHING", version, at, body)
		return err
	})
}

// Rules reads a version of the rules; ErrNotFound without it.
func (s *State) Rules(ctx context.Context, version string) (body []byte, err error) {
	err = s.db.Read.QueryRowContext(ctx, "SELECT body FROM rule_versions WHERE version = ?", version).Scan(&body)
	return body, database.Explain(err)
}

// RosterAt reads the roster that a district had at an instant; ErrNotFound without.
func (s *State) RosterAt(ctx context.Context, district roster.DistrictID, at roster.Instant) (RosterVersion, error) {
	const query = `SELECT district, version, hash, body, actor, at FROM rosters
		WHERE district = ? AND at <= ? ORDER BY version DESC LIMIT 1`
	v, err := s.scanRoster(s.db.Read.QueryRowContext(ctx, query, district, at))
	return v, database.Explain(err)
}
