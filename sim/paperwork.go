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
	first := cal.DayStart(s.cfg.From)
	add := func(list *[]roster.Instant, day roster.Instant) bool {
		at := day + 11*roster.Hour + roster.Instant(p.index%60)*roster.Minute
		if at <= s.cfg.From || at > s.cfg.Until || !p.Term.Covers(at) {
			return false
		}
		*list = append(*list, at)
		return true
	}
	for day := cal.AddDays(cal.DayStart(s.latest(p.Reports.Visits, p.Reported)), 6); day <= s.cfg.Until; day = cal.AddDays(day, 6) {
		add(&all.visits, day)
	}
	if p.index%careless == 5 {
		return all
	}
	last := s.latest(p.Reports.Periodic, p.Reported)
	for last != 0 {
		due := s.periodicDue(p.Level, cal.DayStart(last))
		if due == 0 || !add(&all.periodic, cal.AddDays(due, -2)) {
			break
		}
		last = all.periodic[len(all.periodic)-1]
	}
	if p.Kind != roster.Medical {
		return all
	}
	for month := s.monthStart(first); month <= s.cfg.Until; month = cal.AddMonths(month, 1) {
		add(&all.health, cal.AddDays(month, 14))
	}
	if p.ParoleMedical {
		add(&all.review, cal.AddDays(cal.AddMonths(cal.DayStart(s.latest(p.Reports.MedicalReview, p.Term.From)), 3), -20))
	}
	return all
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
