package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// Closing is an alert that a person closed, as far as the ladder asks.
type Closing struct {
	ID      string
	Kind    Kind
	Started roster.Instant
	Outcome string // only "confirmed" makes a fact
}

// Docket is what the ladder asks beyond the roster and the acts.
type Docket struct {
	Closed []Closing
	// Holiday tells whether a local day, by its first instant, is a public holiday;
	// nil: none is known. It counts only where the ladder file lets limits roll.
	Holiday func(day roster.Instant) bool
}

// Proposals gives what is on record about a subject the agency may propose now;
// nil for a subject that the roster does not have.
func (e *Engine) Proposals(l *Ladder, id roster.SubjectID, d Docket) []Proposal {
	f := e.Facts(l, id, d)
	if f == nil {
		return nil
	}
	return l.Proposals(f, e.cal, e.clock)
}

// Facts collects what is on record about a subject: the roster, acts, and alerts
// closed as confirmed. It is nil for a subject that the roster does not have.
func (e *Engine) Facts(l *Ladder, id roster.SubjectID, d Docket) *Facts {
	s := e.subjects[id]
	if s == nil {
		return nil
	}
	entry := s.entry
	f := &Facts{Kind: entry.Kind, ParoleMedical: entry.ParoleMedical, List: slices.Clone(s.Acts)}
	for _, dev := range entry.Devices {
		f.Located = f.Located || dev.Authority(e.clock) != nil
	}
	f.decided(e.cal, FactAdmonition, "facts.admonitions", entry.Facts.Admonitions)
	f.decided(e.cal, FactWarning, "facts.warnings", entry.Facts.Warnings)
	if entry.Effective != 0 {
		f.reportIn(entry, l.reportLimit(e.cal, entry.Effective, d.Holiday))
	}
	for i := range d.Closed {
		if what := l.fact(d.Closed[i].Kind); what != "" && d.Closed[i].Outcome == "confirmed" {
			fact := Fact{What: what, At: d.Closed[i].Started, ID: d.Closed[i].ID}
			if what == FactReviewOverdue {
				fact.Until = firstAfter(e.cal, entry.Reports.MedicalReview, fact.At)
			}
			f.List = append(f.List, fact)
		}
	}
	return f
}

// decided adds the decisions of one kind that the roster records.
func (f *Facts) decided(cal *roster.Calendar, what FactKind, field string, days []roster.Date) {
	for i, day := range days {
		f.List = append(f.List, Fact{What: what, At: cal.Start(day), ID: fmt.Sprintf("%s[%d]", field, i)})
	}
}

// reportIn adds that the last lawful day passed without the subject reporting in.
func (f *Facts) reportIn(entry *roster.SubjectEntry, limit roster.Instant) {
	if entry.Reported == 0 || entry.Reported >= limit+roster.Day {
		f.List = append(f.List, Fact{What: FactNotReported, At: limit, Until: entry.Reported, ID: "effective"})
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

// recordFact keeps the acts that the ladder asks for and the roster has no place for.
func (e *Engine) recordFact(s *subject, a *event.Act) {
	fact := Fact{At: e.instant(a.Date), ID: "act:" + string(a.Type)}
	switch a.Type {
	case event.ActPenalty:
		fact.What = FactPenalty
	case event.ActEducation:
		fact.What = FactEducation
	case event.ActDeclareAbscond:
		e.recordAbsconding(s, a)
		return
	case event.ActFound:
		if i := s.absconding(); i >= 0 {
			s.Acts[i].Until = e.clock
		}
		return
	default:
		return
	}
	fact.ID += " " + e.cal.Day(fact.At)
	s.Acts = append(s.Acts, fact)
}

// recordAbsconding begins the clock of a declared absconding, unless one runs.
func (e *Engine) recordAbsconding(s *subject, a *event.Act) {
	at := e.instant(a.From)
	id := "act:" + string(a.Type) + " " + e.cal.Day(at)
	if s.absconding() < 0 {
		s.Acts = append(s.Acts, Fact{What: FactAbsconding, At: at, ID: id})
	}
	if a.Result == "refusing" {
		s.Acts = append(s.Acts, Fact{What: FactWhereaboutsRefused, At: e.clock, ID: id})
	}
}

// absconding is the place of the declared absconding that goes on; -1: none does.
func (s *subject) absconding() int {
	return slices.IndexFunc(s.Acts, func(f Fact) bool { return f.What == FactAbsconding && f.Until == 0 })
}
