package rules

import (
	"fmt"
	"math"
	"slices"

	"correctiond/roster"
)

// reason says in which words a point is explained.
type reason uint8

const (
	strictLevel reason = iota
	generalLevel
	lenientLevel
	newcomer
	courtOrder
	liveAuthority
	highAssessment
	mediumAssessment
	ofEpisode
	admonished
	warned
	steadyJob
	longClean
	praised
	reasons
)

func (r reason) text() Text {
	return [reasons]Text{
		strictLevel:      {"严管", "strict management"},
		generalLevel:     {"普管", "general management"},
		lenientLevel:     {"宽管", "lenient management"},
		newcomer:         {"入矫不久", "entered not long ago"},
		courtOrder:       {"有禁止令", "under a court order"},
		liveAuthority:    {"电子定位期间", "electronic location in force"},
		highAssessment:   {"评估为高风险", "assessed as high risk"},
		mediumAssessment: {"评估为中风险", "assessed as medium risk"},
		admonished:       {"训诫", "admonition"},
		warned:           {"警告", "warning"},
		steadyJob:        {"稳定就业或就学", "steady job or study"},
		longClean:        {"长期无三级以上预警", "long without an alert of P3 or above"},
		praised:          {"受到表扬", "praise"},
	}[r]
}

// Risk returns the score of a subject at the engine's instant with everything
// that explains it; false when the roster has no such subject. It changes nothing.
func (e *Engine) Risk(id roster.SubjectID) (Risk, bool) {
	s := e.subjects[id]
	if s == nil {
		return Risk{}, false
	}
	a, p := &s.Attention, e.scored(s)
	list := p.reasons(nil)
	sum := p.cfg.tally(list)
	list = p.cfg.capped(list)
	r := Risk{
		Subject: id, Score: total(sum), Colour: a.Shown, Blocks: make([]RiskBlock, blocks), Lower: e.lower(s, &p, list),
		History: slices.Clone(a.History),
	}
	if n := len(a.History); n > 0 {
		r.Since = a.History[n-1].At
	}
	if o := a.inForce(p.now); o != nil {
		r.Override = &o.ColourOverride
	}
	for b := range r.Blocks {
		r.Blocks[b] = RiskBlock{Name: block(b).String(), Points: cents(sum[b]), Items: []RiskItem{}}
	}
	for i := range list {
		into := &r.Blocks[list[i].block].Items
		*into = append(*into, e.item(&list[i]))
	}
	return r, true
}

// Risks returns the scores of all subjects, sorted by id.
func (e *Engine) Risks() []Risk {
	ids := e.subjectIDs()
	out := make([]Risk, 0, len(ids))
	for _, id := range ids {
		if r, ok := e.Risk(id); ok {
			out = append(out, r)
		}
	}
	return out
}

func (e *Engine) item(p *point) RiskItem {
	it := RiskItem{Text: p.reason.text(), Points: cents(p.value), Evidence: p.ref}
	switch p.reason {
	case ofEpisode:
		it.Text = e.label(p.kind)
	case admonished, warned:
		it.Evidence = fmt.Sprintf("%s[%d]", p.ref, p.nth)
	}
	return it
}

func (e *Engine) label(k Kind) Text {
	if info := e.rules.info(k); info != nil {
		return info.Label
	}
	return Text{string(k), string(k)}
}

// cents rounds points for people; no negative zero.
func cents(v float64) float64 { return math.Round(v*100)/100 + 0 }

// sentences collects what would lower the score or the colour.
type sentences []Text

func (out *sentences) add(zh, en string, args ...any) {
	*out = append(*out, Text{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)})
}

// lower says what would lower the score or the colour.
func (e *Engine) lower(s *subject, p *scored, list []point) []Text {
	var out sentences
	for b := compliance; b <= integrity; b++ {
		if slices.ContainsFunc(list, func(p point) bool { return p.block == b }) {
			out.block(b)
		}
	}
	if _, at := p.entered(); p.fresh(at) {
		day := e.cal.AddMonths(e.cal.DayStart(at), p.cfg.Standing.NewMonths)
		out.add("%[1]s 起不再计入矫初期的 %[2]g 分", "from %[1]s on, the %[2]g points of the first months fall away", e.cal.Day(day), p.cfg.Standing.New)
	}
	if !p.entry.Facts.SteadyJob {
		out.add("稳定就业或就学可减 %g 分", "a steady job or study takes %g points off", p.cfg.Protective.Job)
	}
	if p.entry.Reported != 0 && !p.longClean() {
		out.add("连续 %d 日无三级以上预警可减 %g 分", "%d days without an alert of P3 or above take %g points off", p.cfg.Protective.CleanDays, p.cfg.Protective.Clean)
	}
	out.colour(&s.Attention, p)
	return out
}

func (out *sentences) block(b block) {
	switch b {
	case contact:
		out.add("恢复联系并处置失联类预警", "contact restored, and the alerts about its loss dealt with")
	case integrity:
		out.add("查明定位或设备异常并处置预警", "signs of deceit cleared up, and their alerts dealt with")
	default:
		out.add("不再发生新的违规，已有分值逐日衰减；核实为误报或设备原因的不计分",
			"no new violations: points fade day by day; what proves to be false or a fault does not count")
	}
}

// colour says what a colour above that of the score waits for.
func (out *sentences) colour(a *attention, p *scored) {
	if a.Computed == Red && p.forced(0) {
		out.add("先解除失联、脱管、禁止令或拆卸等红色事由", "first end what makes the colour red: loss of contact, absconding, a forbidden zone or tampering")
		return
	}
	if p.colour(p.score()) >= a.Computed {
		return
	}
	days := p.cfg.Colour.CleanDays
	if a.Computed == Orange {
		days = p.cfg.Colour.OrangeCleanDays
	}
	out.add("保持无三级以上预警至 %[1]s 可降色", "without an alert of P3 or above until %[1]s the colour falls", p.cal.Day(p.cleanDay(a, days)))
	if a.Computed == Red && !p.agreed(a) {
		out.add("红色降级须工作人员确认", "leaving red needs an officer's confirmation")
	}
}
