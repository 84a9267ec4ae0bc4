package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"correctiond/plans"
	"correctiond/roster"
)

// PlanFile is what is known of a person's plan: its versions, the newest first, and
// what the templates give for what is known now. That is a proposal: it changes no
// plan.
type PlanFile struct {
	Versions []plans.Plan
	Facts    []plans.Fact
	Matched  []plans.Measure
	Library  string // version of the templates
}

// Plans keeps correction plans and the templates of a district. AddPlan appends the
// next version once it is durable and on record; ErrStalePlan: another came first.
type Plans interface {
	PlanOf(ctx context.Context, d roster.DistrictID, id roster.SubjectID) (PlanFile, error)
	AddPlan(ctx context.Context, p *plans.Plan) error
	Templates(ctx context.Context, d roster.DistrictID) (Templates, error)
	// SetTemplates replaces those of a district; without a library those of the
	// configuration hold again. Edition is the one that was seen.
	SetTemplates(ctx context.Context, d roster.DistrictID, t Templates) (Templates, error)
}

// ErrStalePlan is what Plans answers to a change of what is not current.
var ErrStalePlan = errors.New("it has been changed since")

// number of the newest version, 0 when there is none.
func (f *PlanFile) number() int {
	if len(f.Versions) == 0 {
		return 0
	}
	return f.Versions[0].Version
}

type planDocument struct {
	Subject roster.SubjectID `json:"subject"`
	Version int              `json:"version"` // the newest
	// Current is the plan in force, Draft what waits to be signed, Shown the version
	// that was asked for.
	Current  *versionDocument  `json:"current"`
	Draft    *versionDocument  `json:"draft"`
	Shown    *versionDocument  `json:"shown,omitempty"`
	Proposed proposedDocument  `json:"proposed"`
	History  []historyDocument `json:"history"`
}

type versionDocument struct {
	historyDocument
	Library    string            `json:"library"`
	Facts      []factDocument    `json:"facts"`
	Assessment string            `json:"assessment"`
	Analysis   string            `json:"analysis"`
	Measures   []measureDocument `json:"measures"`
	Dropped    []measureDocument `json:"dropped"`
	Edits      []plans.Edit      `json:"edits"`
}

type historyDocument struct {
	Version int            `json:"version"`
	State   string         `json:"state"` // draft, signed, withdrawn
	Made    stampDocument  `json:"made"`
	Signed  *stampDocument `json:"signed"`
	// Withdrawn is set in the version that ended a draft.
	Withdrawn *stampDocument `json:"withdrawn,omitempty"`
}

type stampDocument struct {
	At string `json:"at"`
	By string `json:"by"`
}

type factDocument struct {
	plans.Fact
	Label string `json:"label"`
}

type measureDocument struct {
	ID    string           `json:"id"`
	Area  plans.Area       `json:"area"`
	Text  string           `json:"text"`
	Every plans.Cadence    `json:"every"`
	Basis []string         `json:"basis"`
	From  []sourceDocument `json:"from"`
	Edit  *plans.Edit      `json:"edit"`
}

type sourceDocument struct {
	Template string         `json:"template"`
	Name     string         `json:"name"`
	Every    plans.Cadence  `json:"every"`
	Because  []factDocument `json:"because"`
}

// proposedDocument is what the templates give now. Difference is that to the plan in
// force, with its edits; null when there is none, or nothing differs.
type proposedDocument struct {
	Library    string              `json:"library"`
	Facts      []factDocument      `json:"facts"`
	Measures   []measureDocument   `json:"measures"`
	Difference *differenceDocument `json:"difference"`
}

type differenceDocument struct {
	Added   []measureDocument `json:"added"`
	Dropped []measureDocument `json:"dropped"`
	Changed []changedDocument `json:"changed"`
	Gained  []factDocument    `json:"facts_gained"`
	Lost    []factDocument    `json:"facts_lost"`
}

type changedDocument struct {
	Before measureDocument `json:"before"`
	After  measureDocument `json:"after"`
}

// planOf reads the plan of the person of the path; it answers the request itself
// when there is none in the caller's scope.
func (s *Server) planOf(w http.ResponseWriter, r *http.Request, c *caller) (Person, PlanFile, bool) {
	p, ok := s.person(w, r, c)
	if !ok {
		return p, PlanFile{}, false
	}
	file, err := s.deps.Plans.PlanOf(r.Context(), p.District, p.ID)
	if err != nil {
		s.broken(w, r, c, err)
		return p, PlanFile{}, false
	}
	return p, file, true
}

// getPlan answers the plan of a person: what is in force, the draft, what would be
// proposed now.
func (s *Server) getPlan(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	shown, err := file.asked(r.URL.Query().Get("version"))
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	s.writePlan(w, c, &p, &file, shown)
}

// asked finds a version by its number; nil for "".
func (f *PlanFile) asked(text string) (*plans.Plan, error) {
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	i := slices.IndexFunc(f.Versions, func(p plans.Plan) bool { return p.Version == n })
	if err != nil || i < 0 {
		return nil, &fieldError{"version", "is none of this plan"}
	}
	return &f.Versions[i], nil
}

func (s *Server) writePlan(w http.ResponseWriter, c *caller, p *Person, file *PlanFile, shown *plans.Plan) {
	v := planWriter{words{c.lang}, s}
	current, draft := plans.Standing(file.Versions)
	d := planDocument{
		Subject: p.ID, Version: file.number(), Current: v.version(current), Draft: v.version(draft), Shown: v.version(shown), History: []historyDocument{},
		Proposed: proposedDocument{Library: file.Library, Facts: v.facts(file.Facts), Measures: v.measures(file.Matched)},
	}
	if current != nil {
		d.Proposed.Difference = v.difference(current.Review(file.Facts, file.Matched))
	}
	for i := range file.Versions {
		d.History = append(d.History, v.history(&file.Versions[i]))
	}
	w.Header().Set("ETag", etagOf(d.Version))
	writeJSON(w, "application/json", http.StatusOK, d)
}

// planWriter writes plans in the caller's language.
type planWriter struct {
	words
	s *Server
}

func (v planWriter) history(p *plans.Plan) historyDocument {
	d := historyDocument{Version: p.Version, State: string(p.State()), Made: stampDocument{v.s.stamp(p.Made.At), p.Made.By}}
	if p.Signed != nil {
		d.Signed = &stampDocument{v.s.stamp(p.Signed.At), p.Signed.By}
	}
	if p.Withdrawn != nil {
		d.Withdrawn = &stampDocument{v.s.stamp(p.Withdrawn.At), p.Withdrawn.By}
	}
	return d
}

func (v planWriter) version(p *plans.Plan) *versionDocument {
	if p == nil {
		return nil
	}
	kept, dropped := p.Measures()
	return &versionDocument{
		historyDocument: v.history(p), Library: p.Library, Facts: v.facts(p.Facts), Assessment: p.Assessment, Analysis: p.Analysis,
		Measures: v.measures(kept), Dropped: v.measures(dropped), Edits: append([]plans.Edit{}, p.Edits...),
	}
}

func (v planWriter) facts(list []plans.Fact) []factDocument {
	out := make([]factDocument, 0, len(list))
	for _, f := range list {
		out = append(out, factDocument{f, v.PlanFact(f)})
	}
	return out
}

func (v planWriter) measures(list []plans.Measure) []measureDocument {
	out := make([]measureDocument, 0, len(list))
	for i := range list {
		out = append(out, v.measure(&list[i]))
	}
	return out
}

func (v planWriter) measure(m *plans.Measure) measureDocument {
	d := measureDocument{
		ID: m.ID, Area: m.Area, Text: m.In(v.Lang), Every: m.Every, Basis: append([]string{}, m.Basis...), From: []sourceDocument{}, Edit: m.Edit,
	}
	for i := range m.From {
		f := &m.From[i]
		d.From = append(d.From, sourceDocument{f.Template, f.Name.In(v.Lang), f.Every, v.facts(f.Because)})
	}
	return d
}

// difference is nil when no measure differs.
func (v planWriter) difference(d plans.Difference) *differenceDocument {
	if d.Empty() {
		return nil
	}
	out := &differenceDocument{
		Added: v.measures(d.Added), Dropped: v.measures(d.Dropped), Changed: []changedDocument{}, Gained: v.facts(d.Gained), Lost: v.facts(d.Lost),
	}
	for i := range d.Changed {
		out.Changed = append(out.Changed, changedDocument{v.measure(&d.Changed[i].Before), v.measure(&d.Changed[i].After)})
	}
	return out
}

// planBody is a draft as it is sent.
type planBody struct {
	Edits      []plans.Edit `json:"edits"`
	Assessment string       `json:"assessment"`
	Analysis   string       `json:"analysis"`
}

// drafted is the next version of a plan: what the templates give now, and the edits.
func (b *planBody) drafted(c *caller, p *Person, file *PlanFile) *plans.Plan {
	return &plans.Plan{
		District: p.District, Subject: p.ID, Version: file.number() + 1, Library: file.Library, Facts: file.Facts, Matched: file.Matched,
		Edits: b.Edits, Assessment: b.Assessment, Analysis: b.Analysis,
		Made: plans.Stamp{At: roster.InstantOf(time.Now()), By: c.Name},
	}
}

// putPlan writes a draft, which has no effect until it is signed.
func (s *Server) putPlan(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok || !s.planSeen(w, r, c, etagOf(file.number())) {
		return
	}
	var body planBody
	if status, err := readJSON(r, &body); err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	next := body.drafted(c, &p, &file)
	if err := next.Check(); err != nil {
		s.refusePlan(w, r, c, err)
		return
	}
	s.addPlan(w, r, c, next)
}

// signPlan lets the draft take effect. Officers draft, the head of the office or the
// district signs.
func (s *Server) signPlan(w http.ResponseWriter, r *http.Request, c *caller) {
	_, file, ok := s.planOf(w, r, c)
	if !ok || !s.planSeen(w, r, c, etagOf(file.number())) {
		return
	}
	next, err := file.signed(c)
	if err != nil {
		s.refusePlan(w, r, c, err)
		return
	}
	s.addPlan(w, r, c, &next)
}

// signed is the version that the draft becomes.
func (f *PlanFile) signed(c *caller) (plans.Plan, error) {
	_, draft := plans.Standing(f.Versions)
	if draft == nil {
		return plans.Plan{}, plans.ErrConflict
	}
	return draft.Sign(plans.Stamp{At: roster.InstantOf(time.Now()), By: c.Name})
}

// addPlan stores a version and answers the plan as it stands.
func (s *Server) addPlan(w http.ResponseWriter, r *http.Request, c *caller, next *plans.Plan) {
	if err := s.deps.Plans.AddPlan(r.Context(), next); err != nil {
		s.refusePlan(w, r, c, err)
		return
	}
	if p, file, ok := s.planOf(w, r, c); ok {
		s.writePlan(w, c, &p, &file, nil)
	}
}

// planSeen tells whether If-Match names what is current; else it answers the request.
func (s *Server) planSeen(w http.ResponseWriter, r *http.Request, c *caller, current string) bool {
	tag := r.Header.Get("If-Match")
	switch {
	case tag == "":
		s.fail(w, r, c, problem{Status: http.StatusPreconditionRequired, Field: "If-Match", Detail: "send the ETag of what was seen as If-Match"})
	case !names(tag, current):
		w.Header().Set("ETag", current)
		s.fail(w, r, c, problem{Status: http.StatusPreconditionFailed, Field: "If-Match", Detail: ErrStalePlan.Error() + ": read it again"})
	default:
		return true
	}
	return false
}

// refusePlan answers why a plan was not written.
func (s *Server) refusePlan(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	wrong, isField := errors.AsType[*plans.FieldError](err)
	switch {
	case isField:
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{wrong.Field, wrong.Detail})
	case errors.Is(err, plans.ErrConflict):
		s.refuse(w, r, c, http.StatusConflict, err)
	case errors.Is(err, errNotYours):
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: err.Error()})
	case errors.Is(err, ErrStalePlan):
		s.fail(w, r, c, problem{Status: http.StatusPreconditionFailed, Field: "If-Match", Detail: ErrStalePlan.Error() + ": read it again"})
	default:
		s.broken(w, r, c, err)
	}
}
