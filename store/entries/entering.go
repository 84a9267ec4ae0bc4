package entries

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/registers"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Entering is an entry on its way into a register.
type Entering struct {
	registers.Entry
	// Once is what can be entered only once, empty for what may come again.
	Once string
	// Act is the token of the act that goes with it; empty: none does.
	Act string
}

// insert writes a row; what has been entered already is ErrTaken.
func (s *Shelf) insert(tx *sql.Tx, e *Entering, shown bool) (id int64, err error) {
	body, err := json.Marshal(e.Body)
	if err != nil {
		return 0, fmt.Errorf("encode register entry: %w", err)
	}
	ref := rand.Text()
	err = tx.QueryRow(`INSERT INTO registers (parent, ref, once, district, office, register, subject, at, by_whom, body, act, shown)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (district, register, once) WHERE once <> '' DO NOTHING RETURNING id`,
		e.Of, ref, e.Once, e.District, e.Office, e.Register, e.Subject, e.At, e.By, s.sealing.Encrypt(body, placeOf(ref)),
		e.Act, database.Flag(shown)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, database.ErrTaken
	}
	return id, err
}

// recorded says in the audit chain what was entered.
func recorded(tx *sql.Tx, e *registers.Entry) error {
	return audit.Append(tx, []audit.Record{{
		At: e.At, Actor: e.By, Action: "register." + e.Register, Object: fmt.Sprint(e.ID), Detail: e.Body.Text("step"),
		District: e.District, Subject: e.Subject,
	}})
}

// PrepareEntry writes an entry that is hidden until Shows has its act.
func (s *Shelf) PrepareEntry(ctx context.Context, e Entering) (id int64, err error) {
	err = s.db.Update(ctx, "prepare entry of "+e.Register, func(tx *sql.Tx) error {
		id, err = s.insert(tx, &e, false)
		return err
	})
	return id, err
}

// DropEntry takes back an entry whose act was refused.
func (s *Shelf) DropEntry(ctx context.Context, act string) error {
	return s.drop(ctx, "act = ?", act)
}

// DropHidden takes back the entries of a district from before an instant that are
// hidden still. It is for when all acts in the journal have been taken.
func (s *Shelf) DropHidden(ctx context.Context, district roster.DistrictID, before roster.Instant) error {
	return s.drop(ctx, "district = ? AND at < ?", district, before)
}

func (s *Shelf) drop(ctx context.Context, which string, args ...any) error {
	return s.db.Update(ctx, "take back hidden entries", func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM registers WHERE act <> '' AND shown = 0 AND "+which, args...)
		return err
	})
}

// Untold lists the drafts of a district whose act is not in the journal, as far as
// the database knows.
func (s *Shelf) Untold(ctx context.Context, district roster.DistrictID) (list []Entering, err error) {
	const query = "SELECT act, " + columns + " FROM registers WHERE act <> '' AND shown = 1 AND district = ? ORDER BY id"
	err = s.db.Each(ctx, query, []any{district}, func(scan func(...any) error) error {
		var e Entering
		e.Entry, err = s.scan(func(into ...any) error { return scan(append([]any{&e.Act}, into...)...) })
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	return list, nil
}

// Draft writes a draft in the transaction that is the reason for it. It is shown at
// once, and Untold until Shows has its act. What has been entered already stays.
func (s *Shelf) Draft(tx *sql.Tx, e *Entering) error {
	id, err := s.insert(tx, e, true)
	if errors.Is(err, database.ErrTaken) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write draft: %w", err)
	}
	e.ID = id
	return recorded(tx, &e.Entry)
}

// Shows lets the entry of an act be seen that the rules have taken, in the
// transaction of their batch. An act without one changes nothing.
func (s *Shelf) Shows(tx *sql.Tx, act string) error {
	var hidden int
	err := tx.QueryRow("SELECT count(*) FROM registers WHERE act = ? AND shown = 0", act).Scan(&hidden)
	if err != nil {
		return fmt.Errorf("find entry of an act: %w", err)
	}
	e, err := s.scan(tx.QueryRow("UPDATE registers SET act = '', shown = 1 WHERE act = ? RETURNING "+columns, act).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("show entry of an act: %w", err)
	case hidden == 0: // a draft, which the audit chain has already
		return nil
	}
	return recorded(tx, &e)
}
