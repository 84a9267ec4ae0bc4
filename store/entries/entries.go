// Package entries keeps the registers: what officers write down beside alerts. An
// entry is never changed. One that goes with an act is hidden until the rules have
// taken the act; so there are both, or neither, whenever the program ends.
package entries

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"correctiond/registers"
	"correctiond/roster"
	"correctiond/store/database"
)

// Filter selects records of a register, newest first; an empty field
// selects all.
type Filter struct {
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

const (
	columns         = "id, ref, parent, district, office, register, subject, at, by_whom, body"
	registerColumns = "SELECT " + columns + " FROM registers"
)

// Shelf is the registers in one database.
type Shelf struct {
	db      *database.DB
	sealing *database.Sealing
}

// New is the registers in d, whose fields are encrypted by sealing.
func New(d *database.DB, sealing *database.Sealing) *Shelf { return &Shelf{d, sealing} }

// Bodies is the column that holds the fields, encrypted.
func Bodies() database.Column {
	return database.Column{Table: "registers", Column: "body", Key: []string{"ref"}, Since: 1}
}

func placeOf(ref string) string { return database.Place("registers.body", ref) }

// EnterRegister adds an entry, and says so in the audit chain. What can be entered
// only once (once is not empty) and has been is ErrTaken. It answers the id.
func (s *Shelf) EnterRegister(ctx context.Context, e registers.Entry, once string) (id int64, err error) {
	err = s.db.Update(ctx, "write register "+e.Register, func(tx *sql.Tx) error {
		if id, err = s.insert(tx, &Entering{Entry: e, Once: once}, true); err != nil {
			return err
		}
		e.ID = id
		return recorded(tx, &e)
	})
	return id, err
}

// RegisterRecords lists records with their steps.
func (s *Shelf) RegisterRecords(ctx context.Context, f Filter) ([]registers.Record, error) {
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

func (f *Filter) where() *database.Where {
	w := &database.Where{}
	w.Add("parent = 0 AND shown = 1")
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
func (s *Shelf) registerSteps(ctx context.Context, list []registers.Record) error {
	if len(list) == 0 {
		return nil
	}
	ids, place := make([]int64, len(list)), map[int64]int{}
	for i := range list {
		ids[i], place[list[i].ID] = list[i].ID, i
	}
	w := &database.Where{}
	w.Add("parent > 0 AND shown = 1")
	database.OneOf(w, "parent", ids)
	steps, err := s.registerEntries(ctx, registerColumns+w.SQL()+" ORDER BY id", w.Args)
	for _, e := range steps {
		rec := &list[place[e.Of]]
		rec.Steps = append(rec.Steps, e)
	}
	return err
}

func (s *Shelf) registerEntries(ctx context.Context, query string, args []any) (list []registers.Entry, err error) {
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		e, err := s.scan(scan)
		list = append(list, e)
		return err
	})
	return list, err
}

func (s *Shelf) scan(scan func(...any) error) (e registers.Entry, err error) {
	var (
		ref  string
		body []byte
	)
	if err := scan(&e.ID, &ref, &e.Of, &e.District, &e.Office, &e.Register, &e.Subject, &e.At, &e.By, &body); err != nil {
		return e, err
	}
	if body, err = s.sealing.Decrypt(body, placeOf(ref)); err != nil {
		return e, fmt.Errorf("read entry %d: %w", e.ID, err)
	}
	if err := json.Unmarshal(body, &e.Body); err != nil {
		return e, fmt.Errorf("decode entry %d: %w", e.ID, err)
	}
	return e, nil
}
