// Package registers is what officers write down beside alerts: contacts, visits,
// sweeps, track reviews, incidents, hand-overs and the help given to released
// persons. One table says what each register takes, who may write it and by when
// the next step is due; everything else is the same for all. A record is never
// changed: what follows is another entry, a step, that points at it.
//
// The package is pure: it takes the time as an argument and does no I/O.
package registers

import (
	"slices"
	"strings"

	"correctiond/roster"
)

// Entry is a line of a register: a new record, or a step of one.
type Entry struct {
	ID       int64 // given by the store, rises
	Of       int64 // the record that this is a step of; 0: a new record
	District roster.DistrictID
	Office   roster.OfficeID // empty: of the district
	Register string
	Subject  roster.SubjectID // empty: about nobody, or about a released person
	At       roster.Instant
	By       string
	Body     Body
}

// Body are the fields of an entry, by name: text, numbers, booleans and lists of
// text, as JSON has them.
type Body map[string]any

// Text is a field that holds text, "" when it does not.
func (b Body) Text(name string) string {
	s, _ := b[name].(string)
	return s
}

// Record is an entry with the steps that followed it, oldest first.
type Record struct {
	Entry
	Steps []Entry
}

// Form says what a kind of entry takes.
type Form struct {
	Name   string // of the step; empty: a new record
	Fields []Field
	Roles  string // who may write it, separated by spaces
	// Subject is "needed", "allowed" or "".
	Subject string
	// Many: the step comes once per subject, not once.
	Many bool
	// After is the step that must have come before.
	After string
}

// Field is one field of an entry.
type Field struct {
	Name   string
	Kind   Kind
	Needed bool
	// Given is what the program fills in; nobody writes it.
	Given bool
	// Words are the values that a Choice may have, separated by spaces.
	Words string
}

// Kind is what a field holds.
type Kind uint8

// Kinds of fields.
const (
	Words  Kind = iota // text, at most 4000 characters
	Choice             // one of Field.Words
	Day                // a local day, or a time
	List               // of ids
)

// Register is one register.
type Register struct {
	Name  string
	New   Form
	Steps []Form
}

const (
	officers = "officer office_head district"
	everyone = "officer office_head district social_worker"
	heads    = "office_head district"
)

// All is the table of registers.
func All() []Register {
	note := Field{Name: "note"}
	return []Register{
		{Name: "contacts", New: Form{Roles: officers, Subject: "needed", Fields: []Field{
			{Name: "way", Kind: Choice, Words: "call visit video message kiosk talk", Needed: true},
			{Name: "result", Kind: Choice, Words: "reached unreached", Needed: true},
			{Name: "with"},
			note,
		}}},
		{Name: "visits", New: Form{Roles: everyone, Subject: "needed", Fields: []Field{
			{Name: "date", Kind: Day}, {Name: "place", Needed: true}, {Name: "result", Needed: true}, {Name: "present"}, note,
		}}},
		{Name: "sweeps", New: Form{Roles: heads, Fields: []Field{
			{Name: "title", Needed: true}, {Name: "check", Needed: true}, {Name: "from", Kind: Day}, {Name: "until", Kind: Day, Needed: true}, note,
		}}, Steps: []Form{
			{Name: "checked", Roles: everyone, Subject: "needed", Many: true, Fields: []Field{
				{Name: "finding", Kind: Choice, Words: "normal problem", Needed: true}, note,
			}},
			{Name: "ended", Roles: heads, Fields: []Field{note}},
		}},
		{Name: "track-reviews", New: Form{Roles: officers, Subject: "needed", Fields: []Field{
			{Name: "from", Kind: Day, Needed: true},
			{Name: "until", Kind: Day, Needed: true},
			{Name: "finding", Kind: Choice, Words: "normal question violation", Needed: true},
			note,
		}}},
		{Name: "incidents", New: Form{Roles: officers, Subject: "allowed", Fields: []Field{
			{Name: "alert"}, {Name: "confirmed", Kind: Day}, {Name: "title", Needed: true}, {Name: "what"}, {Name: "measures"}, note,
		}}, Steps: []Form{
			{Name: "submitted", Roles: officers, Fields: []Field{{Name: "what", Needed: true}, {Name: "measures", Needed: true}, note}},
			{Name: "received", Roles: "district", After: "submitted", Fields: []Field{note}},
		}},
		{Name: "hand-overs", New: Form{Roles: officers, Subject: "allowed", Fields: []Field{
			{Name: "document", Needed: true}, {Name: "received", Kind: Day, Needed: true}, {Name: "effective", Kind: Day, Needed: true}, note,
		}}, Steps: []Form{
			{Name: "reported-in", Roles: officers, Fields: []Field{{Name: "date", Kind: Day}, note}},
			{Name: "registered", Roles: officers, After: "reported-in", Fields: []Field{{Name: "date", Kind: Day}, note}},
			{Name: "plan-signed", Roles: officers, After: "registered", Fields: []Field{{Name: "date", Kind: Day}, note}},
		}},
		{Name: "released", New: Form{Roles: everyone, Fields: []Field{
			{Name: "person", Needed: true},
			{Name: "what", Kind: Choice, Words: "visit help colour", Needed: true},
			{Name: "colour", Kind: Choice, Words: "red orange yellow green"},
			{Name: "needs", Kind: List},
			{Name: "next_visit", Kind: Day},
			note,
		}}},
		// What the person, or somebody for them, says against the automated score; somebody
		// who decides answers it.
		{Name: "objections", New: Form{Roles: everyone, Subject: "needed", Fields: []Field{
			{Name: "about", Kind: Choice, Words: "score colour facts", Needed: true},
			{Name: "objection", Needed: true},
			{Name: "objector"},
			{Name: "score", Given: true},
			{Name: "colour", Given: true},
			note,
		}}, Steps: []Form{
			{Name: "answered", Roles: heads, Fields: []Field{
				{Name: "outcome", Kind: Choice, Words: "upheld partly rejected", Needed: true}, {Name: "answer", Needed: true},
			}},
		}},
	}
}

// Find is the register of a name; false for an unknown one.
func Find(name string) (Register, bool) {
	all := All()
	i := slices.IndexFunc(all, func(r Register) bool { return r.Name == name })
	if i < 0 {
		return Register{}, false
	}
	return all[i], true
}

// Form finds what an entry has to look like: that of a new record for step "".
func (r *Register) Form(step string) (Form, bool) {
	if step == "" {
		return r.New, true
	}
	i := slices.IndexFunc(r.Steps, func(f Form) bool { return f.Name == step })
	if i < 0 {
		return Form{}, false
	}
	return r.Steps[i], true
}

// Allows tells whether somebody of the role may write the entry.
func (f *Form) Allows(role string) bool { return slices.Contains(strings.Fields(f.Roles), role) }

// State is the last step of a record that comes once, "open" before the first;
// registers without steps have none.
func (r *Register) State(rec *Record) string {
	if len(r.Steps) == 0 {
		return ""
	}
	state := "open"
	for i := range rec.Steps {
		step := rec.Steps[i].Body.Text("step")
		if f, ok := r.Form(step); ok && !f.Many {
			state = step
		}
	}
	return state
}
