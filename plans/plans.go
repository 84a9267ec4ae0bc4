// Package plans makes correction plans (矫正方案, 社区矫正法 Article 24, 实施办法
// Article 22): a library of templates is matched on what is known about a person,
// the measures of those that fit are merged, and an officer's edits come on top. A
// plan takes effect when a person signs it and never changes by itself: what would
// be matched now is a proposal, and its difference is shown.
//
// The package is pure: it takes the time and the text of files as arguments.
package plans

import (
	"errors"
	"slices"

	"correctiond/roster"
	"correctiond/rules"
)

// Area is what a measure is for.
type Area string

// Areas lists them in the order of a plan.
func Areas() []Area {
	return []Area{"supervision", "education", "assistance", "psychological", "medical"}
}

// Fact is one thing that is known about a person and that templates ask for, such
// as kind: probation or order: curfew. The fact with the key "everyone" needs none.
type Fact struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// Measure is one measure of a plan.
type Measure struct {
	ID   string `json:"id"`
	Area Area   `json:"area"`
	rules.Text
	Every Cadence  `json:"every"`
	Basis []string `json:"basis"` // articles
	// From are the templates that ask for it; none: an officer added it.
	From []Source `json:"from"`
	// Edit is what an officer decided about it; nil: nothing.
	Edit *Edit `json:"edit,omitempty"`
}

// Source is a template that asks for a measure, how often, and the facts that
// selected the template.
type Source struct {
	Template string     `json:"template"`
	Name     rules.Text `json:"name"`
	Every    Cadence    `json:"every"`
	Because  []Fact     `json:"because"`
}

// Stamp says who did something, and when.
type Stamp struct {
	At roster.Instant `json:"at"`
	By string         `json:"by"`
}

// Plan is one version of a person's plan. Versions are never changed: a draft that
// is signed becomes the next version.
type Plan struct {
	District roster.DistrictID `json:"district"`
	Subject  roster.SubjectID  `json:"subject"`
	Version  int               `json:"version"` // 1, 2, …
	Library  string            `json:"library"` // version of the templates
	Facts    []Fact            `json:"facts"`
	Matched  []Measure         `json:"matched"` // by the templates, before edits
	Edits    []Edit            `json:"edits"`
	// Assessment and Analysis are the officer's words that 实施办法 Article 22 asks
	// for: the overall assessment, and the state of mind and what else is special.
	Assessment string `json:"assessment,omitempty"`
	Analysis   string `json:"analysis,omitempty"`
	Made       Stamp  `json:"made"`
	Signed     *Stamp `json:"signed,omitempty"` // nil: a draft, which has no effect
	// Withdrawn is who took the draft back: it is none any more.
	Withdrawn *Stamp `json:"withdrawn,omitempty"`
}

// ErrConflict is what Sign and Withdraw answer when there is no draft.
var ErrConflict = errors.New("there is no draft")

// State of a version.
type State string

// States of a version.
const (
	Draft     State = "draft"
	Signed    State = "signed"
	Withdrawn State = "withdrawn"
)

// State tells what a version is.
func (p *Plan) State() State {
	switch {
	case p.Withdrawn != nil:
		return Withdrawn
	case p.Signed != nil:
		return Signed
	}
	return Draft
}

// Sign is the version that a draft becomes when somebody signs it; ErrConflict for
// what is no draft.
func (p *Plan) Sign(by Stamp) (Plan, error) {
	next, err := p.next()
	next.Signed = &by
	return next, err
}

// Withdraw is the version that ends a draft; ErrConflict for what is no draft.
func (p *Plan) Withdraw(by Stamp) (Plan, error) {
	next, err := p.next()
	next.Withdrawn = &by
	return next, err
}

func (p *Plan) next() (Plan, error) {
	if p.State() != Draft || p.Version == 0 {
		return Plan{}, ErrConflict
	}
	next := *p
	next.Version++
	return next, nil
}

// Standing finds in all versions, the newest first, the plan in force and the draft
// that waits to be signed; nil: there is none.
func Standing(versions []Plan) (current, draft *Plan) {
	if len(versions) > 0 && versions[0].State() == Draft {
		draft = &versions[0]
	}
	if i := slices.IndexFunc(versions, func(p Plan) bool { return p.State() == Signed }); i >= 0 {
		current = &versions[i]
	}
	return current, draft
}
