package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// Holidays tells whether a local day, by its first instant, is a public holiday. It
// counts only where the ladder file lets limits roll; nil: none is known.
type Holidays func(day roster.Instant) bool

// closing is an alert that a person closed as confirmed. Its fields are exported for
// the snapshot only.
type closing struct {
	ID   string
	Kind Kind
	At   roster.Instant // when the breach began
}

// Proposals gives what the agency may propose about a subject now: of the roster, of
// acts, and of alerts that were closed as confirmed. It is nil for a subject that the
// roster does not have.
func (e *Engine) Proposals(l *Ladder, id roster.SubjectID, holidays Holidays) []Proposal {
	f := e.facts(l, id, holidays)
	if f == nil {
		return nil
	}
	return l.proposals(f, e.cal, e.clock)
}

// facts collects what is on record about a subject; nil for one that the roster does
// not have.
func (e *Engine) facts(l *Ladder, id roster.SubjectID, holidays Holidays) *ladderFacts {
	s := e.subjects[id]
	if s == nil {
		return nil
	}
	entry := s.entry
	f := &ladderFacts{Kind: entry.Kind, ParoleMedical: entry.ParoleMedical, List: slices.Clone(s.rare().Acts)}
	for _, dev := range entry.Devices {
		f.Located = f.Located || dev.Authority(e.clock) != nil
	}
	f.decided(e.cal, factAdmonition, "facts.admonitions", entry.Facts.Admonitions)
	f.decided(e.cal, factWarning, "facts.warnings", entry.Facts.Warnings)
	if entry.Effective != 0 {
		f.reportIn(entry, l.reportLimit(e.cal, entry.Effective, holidays))
	}
	for _, c := range s.closings() {
		if what := l.fact(c.Kind); what != "" {
			f.closed(e.cal, entry, ladderFact{What: what, At: c.At, ID: c.ID})
		}
	}
	for _, c := range s.rare().Ladders {
		if !c.Void {
			f.List = append(f.List, ladderFact{What: factAbsconding, At: c.Day, Until: c.Ended, ID: declaration(e.cal, c.Day)})
		}
	}
	return f
}

// closed adds what a person confirmed; a review that came in ends its lack.
func (f *ladderFacts) closed(cal *roster.Calendar, entry *roster.SubjectEntry, fact ladderFact) {
	if fact.What == factReviewOverdue {
		fact.Until = firstAfter(cal, entry.Reports.MedicalReview, fact.At)
	}
	f.List = append(f.List, fact)
}

// closings are the alerts about the subject that a person closed as confirmed.
func (s *subject) closings() []closing {
	out := slices.Clone(s.rare().Confirmed)
	for i := range s.Attention.Records {
		if c, ok := s.Attention.Records[i].closing(); ok {
			out = append(out, c)
		}
	}
	return out
}

// closing is the breach that a person confirmed; false: there is none.
func (r *record) closing() (closing, bool) {
	at := r.Started
	if before := r.reminds(); before != 0 {
		if at = r.Urgent; r.Severity >= before || r.Closed < at {
			return closing{}, false
		}
	}
	return closing{r.ID, r.Kind, at}, r.Outcome == confirmed && !r.void()
}

// reminds is the gravest severity at which the kind only says what will be due, and
// nothing is broken yet; 0: it does not remind.
func (r *record) reminds() Severity {
	switch r.Kind {
	case LeaveOverdue, HealthReportDue:
		return P4
	case MedicalReviewDue:
		return P3
	}
	return 0
}

// declaration names the act by which an absconding was declared.
func declaration(cal *roster.Calendar, day roster.Instant) string {
	return "act:" + string(event.ActDeclareAbscond) + " " + cal.Day(day)
}

// decided adds the decisions of one kind that the roster records.
func (f *ladderFacts) decided(cal *roster.Calendar, what factKind, field string, days []roster.Date) {
	for i, day := range days {
		f.List = append(f.List, ladderFact{What: what, At: cal.Start(day), ID: fmt.Sprintf("%s[%d]", field, i)})
	}
}

// reportIn adds that the last lawful day passed without the subject reporting in.
func (f *ladderFacts) reportIn(entry *roster.SubjectEntry, limit roster.Instant) {
	if entry.Reported == 0 || entry.Reported >= limit+roster.Day {
		f.List = append(f.List, ladderFact{What: factNotReported, At: limit, Until: entry.Reported, ID: "effective"})
	}
}

// reportLimit is the last lawful day to report in, 法21: the day of the judgment
// does not count. A last day on a holiday rolls where the file says so.
func (l *Ladder) reportLimit(cal *roster.Calendar, effective roster.Instant, holiday func(roster.Instant) bool) roster.Instant {
	day := cal.AddDays(cal.DayStart(effective), l.file.ReportIn.Days)
	for l.file.ReportIn.RollHolidays && holiday != nil && holiday(day) {
		day = cal.AddDays(day, 1)
	}
	return day
}

// firstAfter is the first of the days that is not before t; 0: none.
func firstAfter(cal *roster.Calendar, days []roster.Date, t roster.Instant) roster.Instant {
	var first roster.Instant
	for _, d := range days {
		if at := cal.Start(d); at >= cal.DayStart(t) {
			first = earlier(first, at)
		}
	}
	return first
}

// recordFact keeps the acts that the ladder asks for and that have no place in the
// roster or among the declared abscondings.
func (e *Engine) recordFact(s *subject, a *event.Act) {
	fact := ladderFact{At: e.instant(a.Date), ID: "act:" + string(a.Type)}
	switch a.Type {
	case event.ActPenalty:
		fact.What = factPenalty
	case event.ActEducation:
		fact.What = factEducation
	case event.ActDeclareAbscond:
		if a.Result != "refusing" {
			return
		}
		own := s.ownRare()
		own.Acts = append(own.Acts, ladderFact{What: factWhereaboutsRefused, At: e.clock, ID: declaration(e.cal, e.instant(a.From))})
		return
	default:
		return
	}
	fact.ID += " " + e.cal.Day(fact.At)
	own := s.ownRare()
	own.Acts = append(own.Acts, fact)
}
