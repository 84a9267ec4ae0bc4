package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Plans lists the newest versions of a person's plan, the newest first.
func (s *State) Plans(ctx context.Context, district roster.DistrictID, subject roster.SubjectID, limit int) ([]plans.Plan, error) {
	const query = "SELECT version, body FROM plans WHERE district = ? AND subject = ? ORDER BY version DESC LIMIT ?"
	list := []plans.Plan{}
	err := s.db.Each(ctx, query, []any{district, subject, limit}, func(scan func(...any) error) error {
		var (
			version int
			body    []byte
			p       plans.Plan
		)
		if err := scan(&version, &body); err != nil {
			return err
		}
		body, err := s.Decrypt(body, planPlace(district, subject, version))
		if err == nil {
			err = json.Unmarshal(body, &p)
		}
		if err != nil {
			return fmt.Errorf("version %d: %w", version, err)
		}
		p.District, p.Subject, p.Version = district, subject, version
		list = append(list, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read plans of %s: %w", subject, err)
	}
	return list, nil
}

func planPlace(district roster.DistrictID, subject roster.SubjectID, version int) string {
	return database.Place("plans.body", district, subject, version)
}

// AddPlan appends a version of a plan and says so in the audit chain. Its number is
// the one after the current version; when another has come before it is ErrTaken.
func (s *State) AddPlan(ctx context.Context, p *plans.Plan) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	kept, dropped := p.Measures()
	rec := audit.Record{
		At: p.Made.At, Actor: p.Made.By, Action: "plan.draft", Object: string(p.Subject),
		Detail: fmt.Sprintf("version %d, %d measures, %d dropped, templates %s", p.Version, len(kept), len(dropped), p.Library),
	}
	if p.Signed != nil {
		rec.At, rec.Actor, rec.Action = p.Signed.At, p.Signed.By, "plan.sign"
	}
	return s.db.Update(ctx, "write plan", func(tx *sql.Tx) error {
		var have int
		row := tx.QueryRow("SELECT coalesce(max(version), 0) FROM plans WHERE district = ? AND subject = ?", p.District, p.Subject)
		if err := row.Scan(&have); err != nil {
			return err
		}
		if p.Version != have+1 {
			return fmt.Errorf("version %d does not follow %d: %w", p.Version, have, database.ErrTaken)
		}
		_, err := tx.Exec("INSERT INTO plans (district, subject, version, at, body) VALUES (?, ?, ?, ?, ?)",
			p.District, p.Subject, p.Version, rec.At, s.Encrypt(body, planPlace(p.District, p.Subject, p.Version)))
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{rec})
	})
}

// PlanLibrary are the templates that a district holds in the state database.
type PlanLibrary struct {
	District roster.DistrictID
	Version  int    // given by the store: 1, 2, …; 0: the district never held any
	Body     []byte // in the form of a file; empty: those of the configuration hold
	By       string
	At       roster.Instant
}

const currentPlanLibrary = "SELECT version, at, by_whom, body FROM plan_libraries WHERE district = ? ORDER BY version DESC LIMIT 1"

// PlanLibrary reads the newest templates of a district; version 0 when it has none.
func (s *State) PlanLibrary(ctx context.Context, district roster.DistrictID) (PlanLibrary, error) {
	l, err := scanPlanLibrary(s.db.Read.QueryRowContext(ctx, currentPlanLibrary, district), district)
	if err != nil {
		return l, fmt.Errorf("read plan templates of %s: %w", district, database.Explain(err))
	}
	return l, nil
}

func scanPlanLibrary(row *sql.Row, district roster.DistrictID) (PlanLibrary, error) {
	l := PlanLibrary{District: district}
	err := row.Scan(&l.Version, &l.At, &l.By, &l.Body)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return l, err
}

// PutPlanLibrary makes l the templates of its district, as the version after the
// current one, and writes that to the audit chain with the words of detail. Version
// is the one that the person saw; another current one is ErrTaken.
func (s *State) PutPlanLibrary(ctx context.Context, l PlanLibrary, detail string) (PlanLibrary, error) {
	err := s.db.Update(ctx, "write plan templates", func(tx *sql.Tx) error {
		current, err := scanPlanLibrary(tx.QueryRow(currentPlanLibrary, l.District), l.District)
		if err != nil {
			return err
		}
		if l.Version != current.Version {
			return fmt.Errorf("version %d is not the current one, %d: %w", l.Version, current.Version, database.ErrTaken)
		}
		l.Version++
		if l.Body == nil {
			l.Body = []byte{}
		}
		_, err = tx.Exec("INSERT INTO plan_libraries (district, version, at, by_whom, body) VALUES (?, ?, ?, ?, ?)", l.District, l.Version, l.At, l.By, l.Body)
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{
			At: l.At, Actor: l.By, Action: "plans.changed", Object: string(l.District), Detail: fmt.Sprintf("version %d, %s", l.Version, detail),
		}})
	})
	return l, err
}
