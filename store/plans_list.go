package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// PlanHead is what lists know of a version of a plan.
type PlanHead struct {
	Version int
	State   plans.State
	Digest  string // of what the templates gave
}

// PlanHeads lists the versions of everybody's plan in a district, the newest first.
func (s *State) PlanHeads(ctx context.Context, district roster.DistrictID) (map[roster.SubjectID][]PlanHead, error) {
	if err := s.fillPlans(ctx, district); err != nil {
		return nil, err
	}
	out := map[roster.SubjectID][]PlanHead{}
	const query = "SELECT subject, version, state, digest FROM plans WHERE district = ? ORDER BY subject, version DESC"
	err := s.db.Each(ctx, query, []any{district}, func(scan func(...any) error) error {
		var id roster.SubjectID
		var h PlanHead
		err := scan(&id, &h.Version, &h.State, &h.Digest)
		out[id] = append(out[id], h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list plans of %s: %w", district, err)
	}
	return out, nil
}

// fillPlans fills in what lists go by where versions are older than that.
func (s *State) fillPlans(ctx context.Context, district roster.DistrictID) error {
	var old []plans.Plan
	const query = "SELECT subject, version, body FROM plans WHERE district = ? AND state = ''"
	err := s.db.Each(ctx, query, []any{district}, func(scan func(...any) error) error {
		p := plans.Plan{District: district}
		var body []byte
		if err := scan(&p.Subject, &p.Version, &body); err != nil {
			return err
		}
		body, err := s.Decrypt(body, planPlace(district, p.Subject, p.Version))
		if err == nil {
			err = json.Unmarshal(body, &p)
		}
		old = append(old, p)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return s.db.Update(ctx, "fill in plans", func(tx *sql.Tx) error {
		for i := range old {
			p := &old[i]
			_, err := tx.Exec("UPDATE plans SET state = ?, digest = ? WHERE district = ? AND subject = ? AND version = ?",
				p.State(), plans.Digest(p.Matched), district, p.Subject, p.Version)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PlanLibraryVersion is that of the newest templates of a district, 0 without any.
func (s *State) PlanLibraryVersion(ctx context.Context, district roster.DistrictID) (n int, err error) {
	row := s.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM plan_libraries WHERE district = ?", district)
	if err := row.Scan(&n); err != nil {
		return 0, fmt.Errorf("read version of plan templates of %s: %w", district, database.Explain(err))
	}
	return n, nil
}

// PlansBefore lists the people of a district whose newest version is older than an
// instant.
func (s *State) PlansBefore(ctx context.Context, district roster.DistrictID, before roster.Instant) (ids []roster.SubjectID, err error) {
	const query = "SELECT subject FROM plans WHERE district = ? GROUP BY subject HAVING max(at) < ? ORDER BY subject"
	err = s.db.Each(ctx, query, []any{district, before}, func(scan func(...any) error) error {
		var id roster.SubjectID
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// DeletePlans deletes all versions of somebody's plan, and says so in the audit chain.
func (s *State) DeletePlans(ctx context.Context, district roster.DistrictID, subject roster.SubjectID, now roster.Instant) error {
	return s.db.Update(ctx, "delete plans", func(tx *sql.Tx) error {
		done, err := tx.Exec("DELETE FROM plans WHERE district = ? AND subject = ?", district, subject)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		return audit.Append(tx, []audit.Record{{
			At: now, Actor: "daemon", Action: "plans.prune", Object: string(subject), Detail: fmt.Sprintf("%d versions", n), District: district, Subject: subject,
		}})
	})
}
