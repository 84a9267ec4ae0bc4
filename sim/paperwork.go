package sim

import (
	"fmt"

	"correctiond/roster"
)

// papers are when an office receives what is due from a person, and visits them.
type papers struct{ periodic, health, review, visits []roster.Instant }

// careless people hand in nothing; one in so many.
const careless = 37

// papers of a person whose office keeps its duties; none unless acts are wanted.
// What is due already at the start of the period stays due.
func (s *Sim) papers(p *person) (all papers) {
	if !s.cfg.Acts || p.Reported == 0 {
		return all
	}
	cal := s.cal
	for day := cal.AddDays(cal.DayStart(s.latest(p.Reports.Visits, p.Reported)), 6); day <= s.cfg.Until; day = cal.AddDays(day, 6) {
		s.file(&all.visits, p, day)
	}
	if p.index%careless == 5 {
		return all
	}
	for last := s.latest(p.Reports.Periodic, p.Reported); ; last = all.periodic[len(all.periodic)-1] {
		due := s.periodicDue(p.Level, cal.DayStart(last))
		if due == 0 || !s.file(&all.periodic, p, cal.AddDays(due, -2)) {
			break
		}
	}
	if p.Kind == roster.Medical {
		s.medical(&all, p)
	}
	return all
}

// medical are the reports of somebody who serves outside for their health.
func (s *Sim) medical(all *papers, p *person) {
	cal := s.cal
	for month := s.monthStart(s.cfg.From); month <= s.cfg.Until; month = cal.AddMonths(month, 1) {
		s.file(&all.health, p, cal.AddDays(month, 14))
	}
	if p.ParoleMedical {
		last := cal.DayStart(s.latest(p.Reports.MedicalReview, p.Term.From))
		s.file(&all.review, p, cal.AddDays(cal.AddMonths(last, 3), -20))
	}
}

// file notes what comes on a day, if that lies in the period and the term.
func (s *Sim) file(list *[]roster.Instant, p *person, day roster.Instant) bool {
	at := day + 11*roster.Hour + roster.Instant(p.index%60)*roster.Minute
	if at <= s.cfg.From || at > s.cfg.Until || !p.Term.Covers(at) {
		return false
	}
	*list = append(*list, at)
	return true
}

// paperwork are the acts of an office about a person's duties.
func (s *Sim) paperwork(p *person) (list []Line) {
	c, all := &scene{s: s, p: p}, s.papers(p)
	who := fmt.Sprintf(`"subject":%q`, p.ID)
	for _, t := range all.visits {
		list = append(list, c.act(t, "visit", who))
	}
	for _, filed := range []struct {
		name string
		at   []roster.Instant
	}{{"periodic", all.periodic}, {"health", all.health}, {"medical_review", all.review}} {
		for _, t := range filed.at {
			list = append(list, c.act(t, "report_received", fmt.Sprintf(`%s,"report":%q`, who, filed.name)))
		}
	}
	return list
}

// latest returns the last of some days, or otherwise.
func (s *Sim) latest(days []roster.Date, otherwise roster.Instant) roster.Instant {
	var last roster.Instant
	for _, d := range days {
		last = max(last, s.cal.Start(d))
	}
	if last == 0 {
		return otherwise
	}
	return last
}

func (s *Sim) monthStart(t roster.Instant) roster.Instant {
	day := s.cal.DayStart(t)
	return s.cal.AddDays(day, 1-day.Time(s.cal.Location()).Day())
}

// periodicDue is the day on which the next periodic report is due, by management
// level: weekly, monthly or quarterly; 0 without a level.
func (s *Sim) periodicDue(level roster.Level, last roster.Instant) roster.Instant {
	switch level {
	case roster.Strict:
		return s.cal.AddDays(last, 7)
	case roster.General:
		return s.cal.AddMonths(last, 1)
	case roster.Lenient:
		return s.cal.AddMonths(last, 3)
	}
	return 0
}
