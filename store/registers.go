package store

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

// RegisterFilter selects records of a register, newest first; an empty field
// selects all.
type RegisterFilter struct {
	District    roster.DistrictID
	Office      roster.OfficeID
	Shared      bool   // those of no office, too
	Register    string // empty: of all
	Subject     roster.SubjectID
	Record      int64          // only this one
	From, Until roster.Instant // of the entry: [From, Until), 0 leaves a side open
	Before      int64          // only smaller ids: the cursor of a list
	Limit       int            // at least 1
}

const registerColumns = `SELECT id, ref, parent, district, office, register, subject, at, by_whom, body FROM registers`

// EnterRegister adds an entry, and says so in the audit chain. What can be entered
// only once (once is not empty) and has been is ErrTaken. It answers the id.
func (s *State) EnterRegister(ctx context.Context, e registers.Entry, once string) (id int64, err error) {
	body, err := json.Marshal(e.Body)
	if err != nil {
		return 0, fmt.Errorf("encode register entry: %w", err)
	}
	ref := rand.Text()
	body = s.Encrypt(body, registerPlace(ref))
	err = s.db.Update(ctx, "write register "+e.Register, func(tx *sql.Tx) error {
		err := tx.QueryRow(`INSERT INTO registers (parent, ref, once, district, office, register, subject, at, by_whom, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (district, register, once) WHERE once <> '' DO NOTHING RETURNING id`,
			e.Of, ref, once, e.District, e.Office, e.Register, e.Subject, e.At, e.By, body).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return database.ErrTaken
		}
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{
			At: e.At, Actor: e.By, Action: "register." + e.Register, Object: fmt.Sprint(id), Detail: e.Body.Text("step"),
			District: e.District, Subject: e.Subject,
		}})
	})
	return id, err
}

// RegisterRecords lists records with their steps.
func (s *State) RegisterRecords(ctx context.Context, f RegisterFilter) ([]registers.Record, error) {
	w := f.where()
	list := []registers.Record{}
	found, err := s.registerEntries(ctx, registerColumns+w.SQL()+" ORDER BY id DESC LIMIT ?", append(w.Args, f.Limit))
	for _, e := range found {
		list = append(list, registers.Record{Entry: e})
	}
	if err == nil {
		err = s.registerSteps(ctx, list)
	}
	if err != nil {
		return nil, fmt.Errorf("read register %s: %w", f.Register, err)
	}
	return list, nil
}

func (f *RegisterFilter) where() *database.Where {
	w := &database.Where{}
	w.Add("parent = 0")
	database.Equal(w, "district", f.District)
	if f.Shared && f.Office != "" {
		w.Add("office IN (?, '')", f.Office)
	} else {
		database.Equal(w, "office", f.Office)
	}
	database.Equal(w, "register", f.Register)
	database.Equal(w, "subject", f.Subject)
	database.Equal(w, "id", f.Record)
	if f.From != 0 {
		w.Add("at >= ?", f.From)
	}
	if f.Until != 0 {
		w.Add("at < ?", f.Until)
	}
	if f.Before != 0 {
		w.Add("id < ?", f.Before)
	}
	return w
}

// registerSteps adds to each record what followed it.
func (s *State) registerSteps(ctx context.Context, list []registers.Record) error {
	if len(list) == 0 {
		return nil
	}
	ids, place := make([]int64, len(list)), map[int64]int{}
	for i := range list {
		ids[i], place[list[i].ID] = list[i].ID, i
	}
	w := &database.Where{}
	w.Add("parent > 0")
	database.OneOf(w, "parent", ids)
	steps, err := s.registerEntries(ctx, registerColumns+w.SQL()+" ORDER BY id", w.Args)
	for _, e := range steps {
		rec := &list[place[e.Of]]
		rec.Steps = append(rec.Steps, e)
	}
	return err
}

func (s *State) registerEntries(ctx context.Context, query string, args []any) (list []registers.Entry, err error) {
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var (
			e    registers.Entry
			ref  string
			body []byte
		)
		if err := scan(&e.ID, &ref, &e.Of, &e.District, &e.Office, &e.Register, &e.Subject, &e.At, &e.By, &body); err != nil {
			return err
		}
		body, err := s.Decrypt(body, registerPlace(ref))
		if err != nil {
			return fmt.Errorf("read entry %d: %w", e.ID, err)
		}
		if err := json.Unmarshal(body, &e.Body); err != nil {
			return fmt.Errorf("decode entry %d: %w", e.ID, err)
		}
		list = append(list, e)
		return nil
	})
	return list, err
}
