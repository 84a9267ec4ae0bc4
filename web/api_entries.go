package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"correctiond/registers"
	"correctiond/roster"
)

// entryBody is what the body of a new entry holds, beside its fields.
type entryBody struct {
	of      int64
	step    string
	subject roster.SubjectID
	fields  registers.Body
}

func readEntry(r *http.Request) (*entryBody, int, error) {
	var raw registers.Body
	if status, err := readJSON(r, &raw); err != nil {
		return nil, status, err
	}
	if len(raw) == 0 {
		return nil, http.StatusBadRequest, errors.New("the body is missing")
	}
	e := &entryBody{step: raw.Text("step"), subject: roster.SubjectID(raw.Text("subject")), fields: raw}
	if v, given := raw["of"]; given {
		n, ok := v.(float64)
		if e.of = int64(n); !ok || n < 1 || float64(e.of) != n {
			return nil, http.StatusUnprocessableEntity, &fieldError{"of", "is the number of a record"}
		}
	}
	if (e.of == 0) != (e.step == "") {
		return nil, http.StatusUnprocessableEntity, &fieldError{"step", "and of come together"}
	}
	delete(raw, "of")
	delete(raw, "subject")
	return e, 0, nil
}

// postEntry adds a record to a register, or a step to a record.
func (s *Server) postEntry(w http.ResponseWriter, r *http.Request, c *caller) {
	body, status, err := readEntry(r)
	if err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	reg := registerOf(r)
	form, ok := reg.Form(body.step)
	switch {
	case !ok:
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{"step", "is unknown to this register"})
	case !form.Allows(string(c.Role)):
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the role " + string(c.Role) + " may not enter this"})
	default:
		s.enter(w, r, c, &entering{reg: &reg, form: &form, body: body})
	}
}

// entering is an entry on its way into a register.
type entering struct {
	reg    *registers.Register
	form   *registers.Form
	body   *entryBody
	entry  registers.Entry
	parent *Kept
}

func (s *Server) enter(w http.ResponseWriter, r *http.Request, c *caller, e *entering) {
	if err := s.keep(r, c, e); err != nil {
		s.refuseEntry(w, r, c, err)
		return
	}
	s.answerEntry(w, r, c, e)
}

// keep checks an entry and keeps it.
func (s *Server) keep(r *http.Request, c *caller, e *entering) error {
	if err := e.form.Check(e.body.subject, e.body.fields); err != nil {
		return err
	}
	e.entry = registers.Entry{
		Of: e.body.of, District: c.scope.District, Office: c.scope.Office, Register: e.reg.Name,
		Subject: e.body.subject, At: roster.InstantOf(time.Now()), By: c.Name, Body: e.body.fields,
	}
	err := s.placeEntry(r, c, e)
	var also *Deed
	if err == nil {
		also, err = alsoActs(e)
	}
	if err == nil {
		e.entry.ID, err = s.deps.Registers.Enter(r.Context(), e.entry, also)
	}
	return err
}

// errOutside is what lies outside the caller's scope, or is not there.
var errOutside = errors.New("there is no such subject or record")

// placeEntry finds whom an entry is about and what it follows, within scope.
func (s *Server) placeEntry(r *http.Request, c *caller, e *entering) error {
	if e.body.subject != "" {
		found, err := s.readPeople(r, SubjectFilter{Scope: c.scope, Subject: e.body.subject, Limit: 1})
		if err != nil {
			return err
		}
		if len(found.Items) == 0 {
			return errOutside
		}
		e.entry.Office = found.Items[0].Office
		given(e, &found.Items[0])
	}
	if e.body.of == 0 {
		return nil
	}
	f := RegisterFilter{Scope: c.scope, Register: e.reg.Name, Record: e.body.of, Limit: 1}
	found, err := s.records(r.Context(), f)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errOutside
	}
	e.parent = &found[0]
	if e.body.subject == "" {
		e.entry.Office, e.entry.Subject = e.parent.Office, e.parent.Subject
	}
	return e.reg.Follows(&e.parent.Record, e.form, e.body.subject)
}

// given fills in what the person's score and colour are when somebody objects to them.
func given(e *entering, p *Person) {
	for _, f := range e.form.Fields {
		switch {
		case !f.Given:
		case f.Name == "score":
			e.entry.Body[f.Name] = strconv.Itoa(p.Risk.Score)
		case f.Name == "colour":
			e.entry.Body[f.Name] = p.Risk.Colour.String()
		}
	}
}

// alsoActs is what the rules have to see: who was reached, and who visited; nil: nothing.
func alsoActs(e *entering) (*Deed, error) {
	d := &Deed{Subject: e.entry.Subject, District: e.entry.District, By: e.entry.By}
	fields := map[string]string{}
	switch e.reg.Name {
	case "contacts":
		d.What, fields["result"] = "contact", e.entry.Body.Text("result")
	case "visits":
		d.What = "visit"
		if day := e.entry.Body.Text("date"); day != "" {
			fields["date"] = day
		}
	default:
		return nil, nil
	}
	var err error
	d.Body, err = json.Marshal(fields)
	return d, err
}

// refuseEntry answers why an entry was not made.
func (s *Server) refuseEntry(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	wrong, isField := errors.AsType[*registers.FieldError](err)
	_, isDeed := errors.AsType[*DeedError](err)
	switch {
	case isField:
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{wrong.Field, wrong.Detail})
	case isDeed:
		s.refuse(w, r, c, http.StatusUnprocessableEntity, err)
	case errors.Is(err, errOutside):
		s.refuse(w, r, c, http.StatusNotFound, err)
	case errors.Is(err, ErrEntered), errors.Is(err, registers.ErrConflict):
		s.refuse(w, r, c, http.StatusConflict, err)
	default:
		s.broken(w, r, c, err)
	}
}

// answerEntry answers the record as it stands after an entry.
func (s *Server) answerEntry(w http.ResponseWriter, r *http.Request, c *caller, e *entering) {
	f := RegisterFilter{Scope: c.scope, Register: e.reg.Name, Record: cmp.Or(e.entry.Of, e.entry.ID), Limit: 1}
	found, err := s.records(r.Context(), f)
	if err == nil && len(found) == 0 {
		err = errOutside
	}
	var docs []recordDocument
	if err == nil {
		docs, err = s.recordDocuments(r.Context(), e.reg, found, &f)
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	writeJSON(w, "application/json", http.StatusCreated, docs[0])
}
