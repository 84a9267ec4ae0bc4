package plans

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"correctiond/rules"
)

// Edit is what an officer changes about what the templates give, and why.
type Edit struct {
	Do      string  `json:"do"`      // add, change, drop
	Measure string  `json:"measure"` // id; of an added one it begins with own-
	Area    Area    `json:"area,omitempty"`
	Text    string  `json:"text,omitempty"`
	Every   Cadence `json:"every,omitempty"`
	Basis   string  `json:"basis,omitempty"`
	Reason  string  `json:"reason"`
}

// Bounds of edits, in characters but for the number of them.
const (
	maxText   = 500
	minReason = 4
	maxEdits  = 100
	maxWords  = 4000
)

// FieldError says what is wrong with a field of a draft.
type FieldError struct{ Field, Detail string }

// Error is a sentence that begins with the field.
func (e *FieldError) Error() string { return e.Field + " " + e.Detail }

// Check tells what is wrong with a draft as a *FieldError; nil: nothing.
func (p *Plan) Check() error {
	switch {
	case !atMost(p.Assessment, maxWords):
		return &FieldError{"assessment", fmt.Sprintf("is text of at most %d characters", maxWords)}
	case !atMost(p.Analysis, maxWords):
		return &FieldError{"analysis", fmt.Sprintf("is text of at most %d characters", maxWords)}
	case len(p.Edits) > maxEdits:
		return &FieldError{"edits", fmt.Sprintf("are at most %d", maxEdits)}
	}
	seen := map[string]bool{}
	for i := range p.Edits {
		e := &p.Edits[i]
		field, detail := e.wrong(p.Matched)
		if seen[e.Measure] && detail == "" {
			field, detail = "measure", "has an edit already"
		}
		if detail != "" {
			return &FieldError{fmt.Sprintf("edits[%d].%s", i, field), detail}
		}
		seen[e.Measure] = true
	}
	return nil
}

// demand is what must hold of a field of an edit.
type demand struct {
	ok            bool
	field, detail string
}

// wrong finds the first demand that an edit does not meet.
func (e *Edit) wrong(matched []Measure) (field, detail string) {
	var all []demand
	switch e.Do {
	case "add":
		all = e.ofAdditions()
	case "change", "drop":
		all = e.ofChanges(matched)
	default:
		return "do", "is add, change or drop"
	}
	reasoned := fits(e.Reason, maxText) && utf8.RuneCountInString(strings.TrimSpace(e.Reason)) >= minReason
	all = append([]demand{
		{reasoned, "reason", fmt.Sprintf("has %d to %d characters: why the plan differs from the templates", minReason, maxText)},
		{e.Every == "" || e.Every.valid(), "every", "is ongoing, once, or such as 2/week and 1/2weeks"},
	}, all...)
	for _, d := range all {
		if !d.ok {
			return d.field, d.detail
		}
	}
	return "", ""
}

func (e *Edit) ofChanges(matched []Measure) []demand {
	drops, empty := e.Do == "drop", e.Text == "" && e.Every == ""
	return []demand{
		{find(matched, e.Measure) != nil, "measure", "is none that the templates give this person"},
		{e.Area == "" && e.Basis == "", "area", "and basis are those of the template: drop the measure and add another"},
		{!drops || empty, "do", "is drop, which takes no text and no cadence"},
		{drops || !empty, "every", "or text is missing: what is to change?"},
		{e.Text == "" || fits(e.Text, maxText), "text", fmt.Sprintf("has at most %d characters", maxText)},
	}
}

func (e *Edit) ofAdditions() []demand {
	return []demand{
		{strings.HasPrefix(e.Measure, own) && wellFormed(e.Measure) && e.Measure != own, "measure", "of an addition is such as own-1"},
		{slices.Contains(Areas(), e.Area), "area", "is " + strings.Join(names(Areas()), ", ")},
		{fits(e.Text, maxText), "text", fmt.Sprintf("has 1 to %d characters", maxText)},
		{e.Every != "", "every", "is missing"},
		{atMost(e.Basis, maxText), "basis", fmt.Sprintf("has at most %d characters", maxText)},
	}
}

// Measures are those of the plan, the officer's edits applied, and those that the
// officer dropped.
func (p *Plan) Measures() (kept, dropped []Measure) { return Apply(p.Matched, p.Edits) }

// Apply puts edits on top of what the templates give. Edits of measures that are not
// there any more do nothing.
func Apply(matched []Measure, edits []Edit) (kept, dropped []Measure) {
	kept = []Measure{}
	for _, m := range matched {
		i := slices.IndexFunc(edits, func(e Edit) bool { return e.Measure == m.ID && e.Do != "add" })
		if i < 0 {
			kept = append(kept, m)
			continue
		}
		m.Edit = &edits[i]
		if m.Edit.Do == "drop" {
			dropped = append(dropped, m)
			continue
		}
		if m.Edit.Text != "" {
			m.Text = inBoth(m.Edit.Text)
		}
		if m.Edit.Every != "" {
			m.Every = m.Edit.Every
		}
		kept = append(kept, m)
	}
	for i := range edits {
		if e := &edits[i]; e.Do == "add" {
			m := Measure{ID: e.Measure, Area: e.Area, Text: inBoth(e.Text), Every: e.Every, Edit: e, Basis: []string{}, From: []Source{}}
			if e.Basis != "" {
				m.Basis = append(m.Basis, e.Basis)
			}
			kept = append(kept, m)
		}
	}
	byArea(kept)
	return kept, dropped
}

// inBoth is what an officer wrote, who writes one language.
func inBoth(text string) rules.Text { return rules.Text{ZH: text, EN: text} }

// fits tells whether a text holds something, at most so many characters.
func fits(text string, most int) bool { return strings.TrimSpace(text) != "" && atMost(text, most) }

func atMost(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most
}
