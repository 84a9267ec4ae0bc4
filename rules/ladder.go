package rules

import (
	"cmp"
	"maps"
	"slices"

	"correctiond/roster"
)

// factKind names what is on record about a subject or was confirmed by a person.
type factKind string

// Kinds of facts: states that may go on, breaches, and decisions of the agency.
const (
	factNotReported        factKind = "not_reported"        // not reported in by the last lawful day, 法21
	factAbsconding         factKind = "absconding"          // declared by a person: 脱管
	factReviewOverdue      factKind = "review_overdue"      // 保外就医病情复查, 办法24
	factWhereaboutsRefused factKind = "whereabouts_refused" // 拒不报告行踪
	factReportingBreach    factKind = "reporting_breach"
	factLeftUnapproved     factKind = "left_unapproved" // 法27
	factRulesBreach        factKind = "rules_breach"    // other rules of supervision, minor
	factGraveBreach        factKind = "grave_breach"    // 情节较重
	factPunishableBreach   factKind = "punishable_breach"
	factOrderBreach        factKind = "order_breach" // 违反禁止令, minor
	factOrderBreachSerious factKind = "order_breach_serious"
	factEducation          factKind = "education"
	factAdmonition         factKind = "admonition"
	factWarning            factKind = "warning"
	factPenalty            factKind = "penalty" // 治安管理处罚
)

// lasting facts go on until they end; the others happen once.
func (k factKind) lasting() bool {
	return k == factNotReported || k == factAbsconding || k == factReviewOverdue
}

// ladderFact is one confirmed fact. Its day counts as day 0 of every clock.
type ladderFact struct {
	What factKind
	At   roster.Instant
	// Until is when a state ended; 0: it goes on. Nothing for the others.
	Until roster.Instant
	// ID names the evidence: an episode, or a field of the roster.
	ID string
}

// ladderFacts is all that the ladder asks about one subject.
type ladderFacts struct {
	Kind          roster.SubjectKind
	ParoleMedical bool // 保外就医: medical reviews are due
	Located       bool // under an authority already: no wristband to request
	List          []ladderFact
}

// Measure is what the county agency may propose or decide.
type Measure string

// measureWristband asks for the approval of electronic location, 法29. The other
// measures are those of the ladder file.
const measureWristband Measure = "wristband"

// Proposal is what confirmed facts allow the agency to propose. Nothing carries it
// out: people decide.
type Proposal struct {
	Row     string // id of the ladder's row; "article29-2" for a ground
	Measure Measure
	Label   Text   // of the measure
	Article string // basis, as the ladder file has it
	Text    Text   // the fact, in the words of the article
	// Since is when the fact began, Arose from when on the proposal stands.
	Since, Arose roster.Instant
	// Next is when a graver proposal follows by the clock alone; 0: none does.
	Next     roster.Instant
	Then     Measure  // the graver one
	Evidence []string // ids of the facts, the decisions before them included
	// Checklist is what a request for a wristband needs; nil for other measures.
	Checklist []Text
}

// match is a row that a fact supports.
type match struct {
	row      *ladderRow
	fact     *ladderFact
	arose    roster.Instant
	evidence []string
}

// proposals gives what the facts allow at an instant, the gravest first. Facts of
// the future count for nothing, and their order does not matter.
func (l *Ladder) proposals(f *ladderFacts, cal *roster.Calendar, now roster.Instant) []Proposal {
	known := ladderFacts{Kind: f.Kind, ParoleMedical: f.ParoleMedical, Located: f.Located}
	for _, fact := range f.List {
		if fact.At <= now {
			known.List = append(known.List, fact)
		}
	}
	slices.SortStableFunc(known.List, func(a, b ladderFact) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.What, b.What), cmp.Compare(a.ID, b.ID))
	})
	c := &climb{l: l, f: &known, cal: cal, now: now}
	var out []Proposal
	for i := range known.List {
		if m := c.gravest(&known.List[i]); m != nil && !c.answered(m) {
			out = c.merge(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(l.gravity(b.Measure), l.gravity(a.Measure)), cmp.Compare(l.place(a.Row), l.place(b.Row)))
	})
	return append(out, c.wristband(out)...)
}

// climb is one evaluation of the ladder.
type climb struct {
	l   *Ladder
	f   *ladderFacts
	cal *roster.Calendar
	now roster.Instant
}

// gravest is the gravest row that a fact supports now; nil: none.
func (c *climb) gravest(fact *ladderFact) *match {
	var best *match
	for i := range c.l.file.Rows {
		row := &c.l.file.Rows[i]
		m := c.match(row, fact)
		if m != nil && m.arose <= c.now && (best == nil || c.l.gravity(row.Propose) > c.l.gravity(best.row.Propose)) {
			best = m
		}
	}
	return best
}

// match says from when on a fact supports a row, which may be in the future; nil:
// it does not, or not by the clock alone.
func (c *climb) match(row *ladderRow, fact *ladderFact) *match {
	if !row.concerns(c.f) || !slices.Contains(row.On, fact.What) {
		return nil
	}
	m := &match{row: row, fact: fact, arose: fact.At, evidence: []string{fact.ID}}
	if row.Over != nil {
		m.arose = c.exceeded(fact.At, row.Over)
	}
	for _, what := range slices.Sorted(maps.Keys(row.After)) {
		if !c.after(m, what, row.After[what]) {
			return nil
		}
	}
	if ended := fact.What.lasting() && fact.Until != 0; ended && m.arose > fact.Until {
		return nil
	}
	return m
}

// after looks for the decisions that must lie before the fact, or, unless the row
// says "still", anywhere. A day on which both fell proves no order.
func (c *climb) after(m *match, what factKind, count int) bool {
	before := c.decisions(what)
	if len(before) < count {
		return false
	}
	last := before[count-1]
	for _, d := range before[:count] {
		m.evidence = append(m.evidence, d.ID)
	}
	if !m.row.still() {
		m.arose = max(m.arose, last.At)
		return true
	}
	next := c.cal.AddDays(c.cal.DayStart(last.At), 1)
	if m.fact.What.lasting() {
		m.arose = max(m.arose, next)
		return true
	}
	return m.fact.At >= next
}

// decisions lists the facts of one kind, the earliest first.
func (c *climb) decisions(what factKind) []*ladderFact {
	var out []*ladderFact
	for i := range c.f.List {
		if c.f.List[i].What == what {
			out = append(out, &c.f.List[i])
		}
	}
	return out
}

// exceeded is the first instant at which more than the length has passed since a
// day, which does not count: 00:00 of the day after the last one. Months are
// clamped to the month's end.
func (c *climb) exceeded(from roster.Instant, length *ladderLength) roster.Instant {
	day := c.cal.AddMonths(c.cal.DayStart(from), length.Months)
	return c.cal.AddDays(day, length.Days+1)
}

// answered reports whether the measure, or a graver one, was taken on the day on
// which the proposal arose or later.
func (c *climb) answered(m *match) bool {
	day := c.cal.DayStart(m.arose)
	return slices.ContainsFunc(c.f.List, func(f ladderFact) bool {
		taken := c.l.gravity(Measure(f.What))
		return taken >= c.l.gravity(m.row.Propose) && f.At >= day
	})
}

// merge adds a match to the proposal of its row.
func (c *climb) merge(out []Proposal, m *match) []Proposal {
	i := slices.IndexFunc(out, func(p Proposal) bool { return p.Row == m.row.ID })
	if i < 0 {
		i = len(out)
		out = append(out, Proposal{
			Row: m.row.ID, Measure: m.row.Propose, Label: c.l.label(m.row.Propose), Article: m.row.Article, Text: m.row.Text,
			Since: m.fact.At, Arose: m.arose,
		})
	}
	p := &out[i]
	p.Arose = min(p.Arose, m.arose)
	for _, id := range m.evidence {
		if !slices.Contains(p.Evidence, id) {
			p.Evidence = append(p.Evidence, id)
		}
	}
	if at, then := c.next(m); at != 0 && (p.Next == 0 || at < p.Next) {
		p.Next, p.Then = at, then
	}
	return out
}

// next is when the same fact supports a graver row by the clock alone.
func (c *climb) next(m *match) (at roster.Instant, then Measure) {
	for i := range c.l.file.Rows {
		row := &c.l.file.Rows[i]
		n := c.match(row, m.fact)
		if n == nil || n.arose <= c.now || c.l.gravity(row.Propose) <= c.l.gravity(m.row.Propose) {
			continue
		}
		if at == 0 || n.arose < at {
			at, then = n.arose, row.Propose
		}
	}
	return at, then
}

// wristband lists the grounds of 法29 that are on record, each with what a request
// needs.
func (c *climb) wristband(proposed []Proposal) []Proposal {
	var out []Proposal
	for i := range c.l.file.Article29 {
		g := &c.l.file.Article29[i]
		p := Proposal{
			Row: g.row(), Measure: measureWristband, Label: Text{"申请使用电子定位装置", "request a wristband"},
			Article: "法29", Text: g.Text, Checklist: c.l.file.Checklist,
		}
		for j := range c.f.List {
			if fact := &c.f.List[j]; slices.Contains(g.On, fact.What) && c.followed(fact, g.FollowedBy) {
				p.rest(fact.At, fact.ID)
			}
		}
		for j := range proposed {
			if slices.Contains(g.Proposed, proposed[j].Measure) {
				p.rest(proposed[j].Since, proposed[j].Evidence...)
			}
		}
		if len(p.Evidence) > 0 && !c.f.Located {
			out = append(out, p)
		}
	}
	return out
}

// rest lets a ground rest on a further fact.
func (p *Proposal) rest(at roster.Instant, evidence ...string) {
	if len(p.Evidence) == 0 || at < p.Since {
		p.Since, p.Arose = at, at
	}
	for _, id := range evidence {
		if !slices.Contains(p.Evidence, id) {
			p.Evidence = append(p.Evidence, id)
		}
	}
}

// followed reports whether a decision came on the day of a fact or later.
func (c *climb) followed(fact *ladderFact, by factKind) bool {
	day := c.cal.DayStart(fact.At)
	return by == "" || slices.ContainsFunc(c.decisions(by), func(d *ladderFact) bool { return d.At >= day })
}
