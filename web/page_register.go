package web

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"correctiond/registers"
	"correctiond/roster"
)

// registerView is the page of a register: what is written down, what is due, and the
// forms for what comes next. All registers have this one page.
type registerView struct {
	base
	At      string
	Name    string // of the register
	Records []recordRow
	New     *entryForm // nil: the reader writes none
	Subject string     // that was asked for
	Office  string
	More    template.URL
	Said    string
	Notice  string
	Refused refusedEntry
}

// recordRow is a record with the steps that may follow it.
type recordRow struct {
	recordDocument
	words
	OfficeName string
	Names      []string // of its fields, in the order of the form
	Next       []entryForm
}

// entryForm is the form of a new record, or of a step.
type entryForm struct {
	words
	registers.Form
	Register string
	CSRF     string
	Of       int64
	Typed    map[string]string // what was refused
}

// Asked are the fields that people fill in.
func (f entryForm) Asked() []registers.Field {
	return slices.DeleteFunc(slices.Clone(f.Fields), func(field registers.Field) bool { return field.Given })
}

// Value is what was typed into a field.
func (f entryForm) Value(name string) string { return f.Typed[name] }

// Kind of a field, as the template asks.
func (entryForm) Kind(f registers.Field) string {
	switch {
	case f.Kind == registers.Choice:
		return "choice"
	case f.Kind == registers.Day:
		return "day"
	case f.Kind == registers.List:
		return "list"
	case slices.Contains([]string{"note", "what", "measures", "result", "check", "objection", "answer"}, f.Name):
		return "long"
	}
	return "line"
}

// Choices of a field.
func (entryForm) Choices(f registers.Field) []string { return strings.Fields(f.Words) }

// Registers are all of them, for the tabs.
func (*registerView) Registers() []string {
	var names []string
	for _, reg := range registers.All() {
		names = append(names, reg.Name)
	}
	return names
}

// Local writes the local minute of a time as programs have it.
func (recordRow) Local(stamp string) string {
	return strings.Replace(stamp[:min(len(stamp), len("2006-01-02T15:04"))], "T", " ", 1)
}

// Field writes a value.
func (r recordRow) Field(fields registers.Body, name string) string {
	switch v := fields[name].(type) {
	case string:
		return r.RegisterValue(name, v)
	case []any:
		var parts []string
		for _, p := range v {
			if text, ok := p.(string); ok {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, r.T("、", ", "))
	}
	return ""
}

// FieldsOf are the names of a step's fields.
func (recordRow) FieldsOf(fields registers.Body) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Done and Due are how far a sweep is.
func (r recordRow) Done() (n int) {
	for _, p := range r.Progress {
		n += p.Done
	}
	return n
}

// All are those a sweep is about.
func (r recordRow) All() (n int) {
	for _, p := range r.Progress {
		n += p.Due
	}
	return n
}

// registerPage lists a register.
func (s *Server) registerPage(w http.ResponseWriter, r *http.Request, c *caller) {
	v := &registerView{}
	if r.URL.Query().Get("did") != "" {
		v.Said = words{c.lang}.T("已登记", "it is entered")
	}
	s.showRegister(w, r, c, http.StatusOK, v)
}

func (s *Server) showRegister(w http.ResponseWriter, r *http.Request, c *caller, status int, v *registerView) {
	reg := registerOf(r)
	q := r.URL.Query()
	s.typedNames(c, q)
	f, err := parseRegister(q)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	r.URL.RawQuery = q.Encode()
	items, next, err := s.readRegister(r, c, &reg, f)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	v.base, v.At, v.Name, v.Subject, v.Office = s.base(r, c), "registers", reg.Name, q.Get("subject"), q.Get("office")
	for i := range items {
		v.Records = append(v.Records, s.recordRow(v, c, &reg, items[i]))
	}
	if next != "" {
		q.Set("cursor", next)
		q.Del("did")
		v.More = safeQuery(q)
	}
	v.New = v.form(c, &reg, &reg.New, 0)
	s.render(w, r, status, "register.html", v)
}

// form is what the reader may write; nil: nothing. What was refused stands in it again.
func (v *registerView) form(c *caller, reg *registers.Register, f *registers.Form, of int64) *entryForm {
	if v.CSRF == "" || !f.Allows(string(c.Role)) {
		return nil
	}
	form := &entryForm{words: v.words, Form: *f, Register: reg.Name, CSRF: v.CSRF, Of: of}
	if v.Refused.of == of && v.Refused.step == f.Name {
		form.Typed = v.Refused.typed
	} else if of == 0 && v.Subject != "" {
		form.Typed = map[string]string{"subject": v.Subject}
	}
	return form
}

func (s *Server) recordRow(v *registerView, c *caller, reg *registers.Register, d recordDocument) recordRow {
	row := recordRow{recordDocument: d, words: v.words}
	if d.Office != nil {
		row.OfficeName = s.officeName(c.scope.District, roster.OfficeID(*d.Office))
	}
	for _, f := range reg.New.Fields {
		if _, has := d.Fields[f.Name]; has {
			row.Names = append(row.Names, f.Name)
		}
	}
	if slices.Contains([]string{"ended", "received", "answered"}, d.State) {
		return row
	}
	for i := range reg.Steps {
		step := &reg.Steps[i]
		came := func(name string) bool {
			return slices.ContainsFunc(d.Steps, func(e stepDocument) bool { return e.Step == name })
		}
		if step.After != "" && !came(step.After) || !step.Many && came(step.Name) {
			continue
		}
		if form := v.form(c, reg, step, d.ID); form != nil {
			row.Next = append(row.Next, *form)
		}
	}
	return row
}

// refusedEntry is what somebody typed, and was not entered.
type refusedEntry struct {
	of    int64
	step  string
	typed map[string]string
}

// submitEntry writes an entry from its page.
func (s *Server) submitEntry(w http.ResponseWriter, r *http.Request, c *caller) {
	reg := registerOf(r)
	of, err := numberOf(r.PostFormValue("of"))
	form, ok := reg.Form(r.PostFormValue("step"))
	if err != nil || !ok || (of == 0) != (form.Name == "") {
		s.fail(w, r, c, problem{Status: http.StatusBadRequest})
		return
	}
	if !form.Allows(string(c.Role)) {
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the role " + string(c.Role) + " may not enter this"})
		return
	}
	e := &entering{reg: &reg, form: &form, body: &entryBody{
		of: of, step: form.Name, subject: roster.SubjectID(formText(r, "subject")), fields: formFields(r, &form),
	}}
	if err := s.keep(r, c, e); err != nil {
		s.explainEntry(w, r, c, e, err)
		return
	}
	http.Redirect(w, r, "/registers/"+reg.Name+"?did=entry#r"+strconv.FormatInt(cmp.Or(of, e.entry.ID), 10), http.StatusSeeOther)
}

// formFields reads the fields of a form; what is empty is not there.
func formFields(r *http.Request, form *registers.Form) registers.Body {
	body := registers.Body{}
	if form.Name != "" {
		body["step"] = form.Name
	}
	for _, f := range form.Fields {
		text := strings.TrimSpace(formText(r, f.Name))
		switch {
		case text == "":
		case f.Kind == registers.List:
			var list []any
			for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，、;；\n", r) }) {
				list = append(list, strings.TrimSpace(part))
			}
			body[f.Name] = list
		default:
			body[f.Name] = text
		}
	}
	return body
}

// explainEntry shows the register, why nothing was entered, and what was typed.
func (s *Server) explainEntry(w http.ResponseWriter, r *http.Request, c *caller, e *entering, err error) {
	l := words{c.lang}
	wrong, isField := errors.AsType[*registers.FieldError](err)
	deed, isDeed := errors.AsType[*DeedError](err)
	v := &registerView{Refused: refusedEntry{e.body.of, e.body.step, map[string]string{}}}
	status := http.StatusUnprocessableEntity
	switch {
	case isField:
		v.Notice = l.T("没有登记：请检查“", "Nothing was entered: look at ") + l.RegisterField(wrong.Field) + l.T("”", "")
	case isDeed:
		v.Notice = l.T("没有登记：", "Nothing was entered: ") + deed.Detail
	case errors.Is(err, errOutside):
		v.Notice = l.T("没有登记：没有这个对象或者记录", "Nothing was entered: there is no such person or record")
	case errors.Is(err, ErrEntered), errors.Is(err, registers.ErrConflict):
		status = http.StatusConflict
		v.Notice = l.T("没有登记：这一步已经登记，或者顺序不对", "Nothing was entered: this step has been entered, or does not come next")
	default:
		s.broken(w, r, c, err)
		return
	}
	for name := range r.PostForm {
		v.Refused.typed[name] = r.PostFormValue(name)
	}
	s.showRegister(w, r, c, status, v)
}
