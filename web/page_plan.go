package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/plans"
	"correctiond/roster"
)

// maxPlan bounds a draft as it is sent, in bytes.
const maxPlan = 1 << 20

// planView is the page of a person's plan.
type planView struct {
	base
	At     string
	Row    *personRow
	Newest int // version
	// Sheet is the plan that the page is about: the one in force, else the draft, else
	// what the templates propose. Only it is printed.
	Sheet    *planSheet
	Draft    *planSheet // waits to be signed; nil: nothing does
	Proposed *planDifference
	Changes  *planDifference // of the draft against the plan in force
	Form     *planForm       // nil: the reader may not draft
	History  []plans.Plan
	CanSign  bool
	CanEnd   bool // may withdraw the draft
	Said     string
	Notice   string
}

// planSheet is one plan as it is read and printed.
type planSheet struct {
	words
	*plans.Plan
	Groups  []planGroup
	Dropped []plans.Measure
	zone    *time.Location
}

type planGroup struct {
	Area  plans.Area
	Items []plans.Measure
}

// planDifference is a difference with the words for it.
type planDifference struct {
	words
	plans.Difference
}

func (s *Server) planSheet(l words, p *plans.Plan) *planSheet {
	kept, dropped := p.Measures()
	sheet := &planSheet{words: l, Plan: p, Dropped: dropped, zone: s.cfg.Zone}
	for _, area := range plans.Areas() {
		items := slices.DeleteFunc(slices.Clone(kept), func(m plans.Measure) bool { return m.Area != area })
		if len(items) > 0 {
			sheet.Groups = append(sheet.Groups, planGroup{area, items})
		}
	}
	return sheet
}

// Title heads the plan.
func (p *planSheet) Title() string {
	if p.Version == 0 {
		return p.T("建议的矫正方案（尚未起草）", "Proposed plan (nobody has drafted it)")
	}
	return p.planTitle(p.Plan)
}

// Moment writes the local minute of an instant.
func (p *planSheet) Moment(t roster.Instant) string {
	return t.Time(p.zone).Format("2006-01-02 15:04")
}

// Said is a measure in the reader's language.
func (p *planSheet) Said(m plans.Measure) string { return m.In(p.Lang) }

// Known says the facts that the plan rests on.
func (p *planSheet) Known() string { return p.factWords(p.Facts) }

// Why says where a measure comes from: the templates, and the facts that selected them.
func (p *planSheet) Why(m plans.Measure) string { return p.planSources(&m) }

// Reason says what an officer changed about a measure, and why.
func (p *planSheet) Reason(m plans.Measure) string { return p.planReason(&m) }

// Basis joins the articles of a measure.
func (p *planSheet) Basis(m plans.Measure) string { return strings.Join(m.Basis, " ") }

func (l words) factWords(facts []plans.Fact) string {
	var out []string
	for _, f := range facts {
		out = append(out, l.PlanFact(f))
	}
	return strings.Join(out, l.T("、", ", "))
}

func (l words) planSources(m *plans.Measure) string {
	if len(m.From) == 0 {
		return l.T("工作人员增加", "added by an officer")
	}
	var out []string
	for i := range m.From {
		f := &m.From[i]
		out = append(out, fmt.Sprintf(l.T("%s（%s）", "%s (%s)"), f.Name.In(l.Lang), l.factWords(f.Because)))
	}
	return strings.Join(out, l.T("；", "; "))
}

func (l words) planReason(m *plans.Measure) string {
	if m.Edit == nil {
		return ""
	}
	did := map[string]string{
		"add": l.T("增加：", "added: "), "change": l.T("修改：", "changed: "), "drop": l.T("不采用：", "dropped: "),
	}
	return did[m.Edit.Do] + m.Edit.Reason
}

// Line says a measure in one line.
func (d *planDifference) Line(m plans.Measure) string {
	return m.In(d.Lang) + d.T("，", ", ") + d.PlanEvery(m.Every)
}

// Stem is the measure of a change that only says how often; "" for other changes.
func (d *planDifference) Stem(c plans.Change) string {
	if c.Before.Text != c.After.Text || c.Before.Every == c.After.Every {
		return ""
	}
	return c.After.In(d.Lang) + d.T("，", ", ")
}

// Side says what comes behind the stem of a change, or the whole measure.
func (d *planDifference) Side(c plans.Change, m plans.Measure) string {
	if d.Stem(c) == "" {
		return d.Line(m)
	}
	return d.PlanEvery(m.Every)
}

// Because says which facts have changed.
func (d *planDifference) Because() string {
	var out []string
	if len(d.Gained) > 0 {
		out = append(out, d.T("新情况：", "new: ")+d.factWords(d.Gained))
	}
	if len(d.Lost) > 0 {
		out = append(out, d.T("不再有：", "no longer: ")+d.factWords(d.Lost))
	}
	return strings.Join(out, d.T("；", "; "))
}

// planPage shows the plan of a person, what would be proposed now, and the forms to
// draft and sign.
func (s *Server) planPage(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	shown, err := file.asked(r.URL.Query().Get("version"))
	if err != nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	v := s.planView(r, c, &p, &file)
	if shown != nil {
		v.Sheet, v.Form, v.Proposed, v.CanEnd = s.planSheet(v.words, shown), nil, nil, false
	}
	switch r.URL.Query().Get("did") {
	case "draft":
		v.Said = v.T("草案已保存，签署后生效", "the draft is saved; it takes effect when it is signed")
	case "sign":
		v.Said = v.T("方案已签署，现在生效", "the plan is signed and in force")
	case "withdraw":
		v.Said = v.T("草案已撤回", "the draft is withdrawn")
	}
	s.render(w, r, http.StatusOK, "plan.html", v)
}

func (s *Server) planView(r *http.Request, c *caller, p *Person, file *PlanFile) *planView {
	row := s.personRow(c, p)
	row.Details = true
	v := &planView{base: s.base(r, c), At: "risk", Row: &row, Newest: file.number(), History: file.Versions, CanSign: c.Role.may(signPlans)}
	v.Query = ""
	current, draft := plans.Standing(file.Versions)
	v.Sheet = s.planSheet(v.words, file.best())
	base := v.Sheet.Plan
	if draft != nil && current != nil {
		base, v.Draft = draft, s.planSheet(v.words, draft)
		if d := draft.Against(current); !d.Empty() {
			v.Changes = &planDifference{v.words, d}
		}
	}
	if base.Version > 0 {
		if d := base.Review(file.Facts, file.Matched); !d.Empty() {
			v.Proposed = &planDifference{v.words, d}
		}
	}
	if c.Role.may(recordDeeds) {
		v.Form, v.CanEnd = newPlanForm(v.words, file, base), c.mayWithdraw(draft)
	}
	return v
}

// NextVersion is the number that the plan gets when it is signed.
func (v *planView) NextVersion() int { return v.Newest + 1 }

// TermDay is the last day of the term; empty: it is open.
func (v *planView) TermDay() string { return lastDay(v.Row) }

// lastDay of a person's term, "" when it is open.
func lastDay(row *personRow) string {
	if row.TermEnds == 0 {
		return ""
	}
	return row.Day(row.TermEnds - 1)
}

// best is the plan in force, else the draft, else what the templates propose.
func (f *PlanFile) best() *plans.Plan {
	current, draft := plans.Standing(f.Versions)
	switch {
	case current != nil:
		return current
	case draft != nil:
		return draft
	}
	return &plans.Plan{Facts: f.Facts, Matched: f.Matched}
}

// Waiting is the draft that may be signed from this page; nil: there is none.
func (v *planView) Waiting() *plans.Plan {
	if v.Form == nil || !v.CanSign || len(v.History) == 0 || v.History[0].State() != plans.Draft {
		return nil
	}
	return &v.History[0]
}

// submitPlan saves a draft from the form of the page.
func (s *Server) submitPlan(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	body := planBody{Edits: planEdits(r, file.Matched), Assessment: formText(r, "assessment"), Analysis: formText(r, "analysis")}
	next := body.drafted(c, &p, &file)
	s.submitVersion(w, r, c, &planVersion{"draft", next, planRefusal{&p, &file, next, next.Check()}})
}

// planVersion is a version that the page has asked for.
type planVersion struct {
	did  string // what has been done with the plan
	next *plans.Plan
	no   planRefusal // what to say if it is not added; its error, if that is known already
}

// submitVersion adds a version, and leads back to the page.
func (s *Server) submitVersion(w http.ResponseWriter, r *http.Request, c *caller, v *planVersion) {
	if r.PostFormValue("version") != strconv.Itoa(v.no.file.number()) {
		v.no.err = ErrStalePlan
	}
	if v.no.err == nil {
		v.no.err = s.deps.Plans.AddPlan(r.Context(), v.next)
	}
	if v.no.err != nil {
		s.explainPlan(w, r, c, v.no)
		return
	}
	http.Redirect(w, r, "/subjects/"+url.PathEscape(string(v.no.person.ID))+"/plan?did="+v.did, http.StatusSeeOther)
}

// submitSignature signs the draft from the page.
func (s *Server) submitSignature(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	next, err := file.signed(c)
	s.submitVersion(w, r, c, &planVersion{"sign", &next, planRefusal{&p, &file, nil, err}})
}

// planRefusal is what was not done, with what the person had typed.
type planRefusal struct {
	person *Person
	file   *PlanFile
	typed  *plans.Plan // nil: nothing
	err    error
}

// explainPlan shows the plan as it stands, why nothing was saved, and what the person
// had typed.
func (s *Server) explainPlan(w http.ResponseWriter, r *http.Request, c *caller, no planRefusal) {
	wrong, isField := errors.AsType[*plans.FieldError](no.err)
	status := http.StatusConflict
	v := s.planView(r, c, no.person, no.file)
	switch {
	case isField:
		status = http.StatusUnprocessableEntity
		v.Notice = v.planTrouble(wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:])
	case errors.Is(no.err, ErrStalePlan):
		status = http.StatusPreconditionFailed
		v.Notice = v.T("方案已被他人更改，没有保存。请核对后再保存。", "Somebody has changed the plan meanwhile; nothing was saved. Look again, then save.")
	case errors.Is(no.err, plans.ErrConflict):
		v.Notice = v.T("没有待签署的草案。", "There is no draft.")
	case errors.Is(no.err, errNotYours):
		status = http.StatusForbidden
		v.Notice = v.T("草案由起草人或者有签署权的人撤回。", "A draft is withdrawn by who wrote it, or by who may sign it.")
	default:
		s.broken(w, r, c, no.err)
		return
	}
	if no.typed != nil && v.Form != nil {
		v.Form = newPlanForm(v.words, no.file, no.typed)
		v.Form.Open = true
	}
	s.render(w, r, status, "plan.html", v)
}
