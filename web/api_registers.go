package web

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"

	"correctiond/registers"
	"correctiond/roster"
)

// RegisterFilter selects records of a register within a scope, newest first.
type RegisterFilter struct {
	Scope
	Register    string
	Subject     roster.SubjectID
	Record      int64          // only this one; 0: all
	From, Until roster.Instant // [From, Until), 0 leaves a side open
	Before      int64          // only smaller ids; 0: from the newest
	Limit       int
}

// Kept is a record, and by when its next step is due; 0: nothing is.
type Kept struct {
	registers.Record
	Due roster.Instant
}

// ErrEntered is what Registers answers to what can be entered once, and has been.
var ErrEntered = errors.New("it has been entered already")

// Registers keeps what officers write down. A scope of an office sees the sweeps
// of its district, too. Enter answers the id of the entry once it is durable,
// together with what the rules have to see of it, if anything.
type Registers interface {
	Records(ctx context.Context, f RegisterFilter) ([]Kept, error)
	Enter(ctx context.Context, e registers.Entry, also *Deed) (int64, error)
}

type recordDocument struct {
	ID       int64            `json:"id"`
	Register string           `json:"register"`
	Office   *string          `json:"office"`
	Subject  *string          `json:"subject"`
	At       string           `json:"at"`
	By       string           `json:"by"`
	State    string           `json:"state,omitempty"`
	Due      *string          `json:"due"`
	Overdue  bool             `json:"overdue"`
	Fields   registers.Body   `json:"fields"`
	Steps    []stepDocument   `json:"steps"`
	Progress []officeProgress `json:"progress,omitempty"`
	Left     []string         `json:"left,omitempty"`
}

type stepDocument struct {
	ID      int64          `json:"id"`
	Step    string         `json:"step"`
	Subject *string        `json:"subject"`
	At      string         `json:"at"`
	By      string         `json:"by"`
	Fields  registers.Body `json:"fields"`
}

// registerOf is the register that the last part of the path names; the table of
// routes lets only known ones through.
func registerOf(r *http.Request) registers.Register {
	reg, _ := registers.Find(path.Base(r.URL.Path))
	return reg
}

func parseRegister(q url.Values) (RegisterFilter, error) {
	f := RegisterFilter{Subject: roster.SubjectID(q.Get("subject"))}
	var err error
	if f.From, err = readTime(q, "from"); err != nil {
		return f, err
	}
	if f.Until, err = readTime(q, "until"); err != nil {
		return f, err
	}
	if f.Limit, err = readLimit(q); err != nil {
		return f, err
	}
	if f.Record, err = numberOf(q.Get("record")); err != nil {
		return f, &fieldError{"record", "is the number of a record"}
	}
	text, err := base64.RawURLEncoding.DecodeString(q.Get("cursor"))
	if err == nil {
		f.Before, err = numberOf(string(text))
	}
	if err != nil {
		return f, &fieldError{"cursor", "is not one of this list"}
	}
	return f, nil
}

// numberOf reads an id; "" is 0.
func numberOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}
	return n, err
}

// listRegister answers a page of a register within the caller's scope.
func (s *Server) listRegister(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := parseRegister(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	reg := registerOf(r)
	items, next, err := s.readRegister(r, c, &reg, f)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, struct {
		Items []recordDocument `json:"items"`
		Next  *string          `json:"next"`
	}{items, orNull(next)})
}

// readRegister reads a page within the caller's scope, and the cursor of the next; an
// office outside it has nothing.
func (s *Server) readRegister(r *http.Request, c *caller, reg *registers.Register, f RegisterFilter) (items []recordDocument, next string, err error) {
	var in bool
	if f.Scope, in = c.scope.narrow(roster.OfficeID(r.URL.Query().Get("office"))); !in {
		return []recordDocument{}, "", nil
	}
	asked := f.Limit
	f.Register, f.Limit = reg.Name, asked+1 // one more tells whether there is a next page
	found, err := s.records(r.Context(), f)
	if err != nil {
		return nil, "", err
	}
	if len(found) > asked {
		next = nextCursor(strconv.FormatInt(found[asked-1].ID, 10))
		found = found[:asked]
	}
	items, err = s.recordDocuments(r.Context(), reg, found, &f)
	return items, next, err
}

// records reads within scope. What the source hands out beyond it is a fault and
// never leaves the server; what is about people outside it is left out.
func (s *Server) records(ctx context.Context, f RegisterFilter) ([]Kept, error) {
	found, err := s.deps.Registers.Records(ctx, f)
	for i := range found {
		k := &found[i]
		shared := k.Register == "sweeps" && k.Office == ""
		if !shared && !f.place(k.District, k.Office) || k.District != f.District {
			return nil, errors.New("the source of registers ignored the scope")
		}
		k.Steps = slices.DeleteFunc(slices.Clone(k.Steps), func(e registers.Entry) bool { return !f.shows(&e) })
	}
	return slices.DeleteFunc(found, func(k Kept) bool { return !f.shows(&k.Entry) }), err
}

// shows tells whether an entry is about somebody within the scope, or about nobody.
func (s Scope) shows(e *registers.Entry) bool {
	return e.Subject == "" || (!s.Limited || s.Only.Has(e.Subject)) && !s.Hidden.Has(e.Subject)
}

func (s *Server) recordDocuments(ctx context.Context, reg *registers.Register, found []Kept, f *RegisterFilter) ([]recordDocument, error) {
	out := make([]recordDocument, 0, len(found))
	for i := range found {
		d := s.recordDocument(reg, &found[i])
		if reg.Name == "sweeps" {
			if err := s.addProgress(ctx, &d, &found[i], f); err != nil {
				return nil, err
			}
		}
		out = append(out, d)
	}
	return out, nil
}

func (s *Server) recordDocument(reg *registers.Register, k *Kept) recordDocument {
	d := recordDocument{
		ID: k.ID, Register: k.Register, Office: orNull(string(k.Office)), Subject: orNull(string(k.Subject)), At: s.stamp(k.At), By: k.By,
		State: reg.State(&k.Record), Due: s.stampOrNull(k.Due), Fields: k.Body, Steps: []stepDocument{},
	}
	d.Overdue = k.Due != 0 && k.Due <= roster.InstantOf(time.Now())
	for _, e := range k.Steps {
		step := stepDocument{ID: e.ID, Step: e.Body.Text("step"), Subject: orNull(string(e.Subject)), At: s.stamp(e.At), By: e.By, Fields: registers.Body{}}
		for name, v := range e.Body {
			if name != "step" {
				step.Fields[name] = v
			}
		}
		d.Steps = append(d.Steps, step)
	}
	return d
}
