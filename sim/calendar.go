package sim

import (
	"slices"

	"correctiond/roster"
)

// calendar lists the episodes that the roster brings about as days pass.
func (s *Sim) calendar(p *person) []Truth {
	if p.Term.End != 0 && p.Term.End <= s.cfg.From || p.Term.From > s.cfg.Until {
		return nil
	}
	c := &almanac{s: s, p: p, filed: s.papers(p)}
	c.reportIn()
	c.endings()
	c.authorities()
	if p.Kind == roster.Medical && p.Reported != 0 {
		c.health()
	}
	if p.ParoleMedical {
		last := newest(c.filed.review, s.latest(p.Reports.MedicalReview, p.Term.From))
		due := s.cal.AddMonths(s.cal.DayStart(last), 3)
		c.add("medical-review-due", s.cal.AddDays(due, -14), 0)
	}
	if last := newest(c.filed.periodic, s.latest(p.Reports.Periodic, p.Reported)); last != 0 {
		c.periodic(s.cal.DayStart(last))
	}
	return c.found
}

type almanac struct {
	s     *Sim
	p     *person
	filed papers
	found []Truth
}

// add records a condition true from at until end, 0 for open, if the period
// sees it.
func (c *almanac) add(kind string, at, end roster.Instant) {
	over := end != 0 && end <= c.s.cfg.From
	if at > c.s.cfg.Until || over || c.p.Term.End != 0 && at >= c.p.Term.End {
		return
	}
	if end > c.s.cfg.Until {
		end = 0
	}
	c.found = append(c.found, Truth{Kind: kind, Subject: c.p.ID, Started: at, Ended: end})
}

// reportIn: 社区矫正法 Article 21, ten days; the day itself does not count.
func (c *almanac) reportIn() {
	if c.p.Reported == 0 && c.p.Effective != 0 {
		c.add("report-in-overdue", c.s.cal.AddDays(c.s.cal.DayStart(c.p.Effective), 9), 0)
	}
}

// endings are the reminders before a term or a travel approval ends.
func (c *almanac) endings() {
	if end := c.p.Term.End; end != 0 {
		c.add("term-ending", c.s.cal.AddDays(c.s.cal.DayStart(end), -30), end)
	}
	for i := range c.p.Permits {
		if t := &c.p.Permits[i]; t.Travel && t.End != 0 {
			c.add("travel-expiring", c.s.cal.AddDays(c.s.cal.DayStart(t.End), -15), t.End)
		}
	}
}

func (c *almanac) authorities() {
	for _, d := range c.p.Devices {
		for i := range d.Authorities {
			end := d.Authorities[i].End
			b := d.BoundTo(max(end-1, 0))
			if end == 0 || b == nil || b.SubjectID != c.p.ID {
				continue
			}
			n := len(c.found)
			c.add("authority-expiring", c.s.cal.AddDays(c.s.cal.DayStart(end), -15), end)
			if len(c.found) > n {
				c.found[n].Device = d.ID
			}
		}
	}
}

// health: 实施办法 Article 24, one report in each calendar month, from the month
// before the period on; later months extend the first episode.
func (c *almanac) health() {
	cal := c.s.cal
	month := c.s.monthStart(c.s.cfg.From)
	for month = cal.AddMonths(month, -1); month <= c.s.cfg.Until; {
		next := cal.AddMonths(month, 1)
		reported := slices.ContainsFunc(c.p.Reports.Health, func(d roster.Date) bool {
			t := cal.Start(d)
			return t >= month && t < next
		}) || slices.ContainsFunc(c.filed.health, func(t roster.Instant) bool { return t >= month && t < next })
		if !reported && month >= c.s.monthStart(c.p.Reported) {
			c.add("health-report-due", cal.AddDays(next, -5), 0)
			return
		}
		month = next
	}
}

// periodic reports have a cadence by management level.
func (c *almanac) periodic(last roster.Instant) {
	if due := c.s.periodicDue(c.p.Level, last); due != 0 {
		c.add("periodic-report-due", c.s.cal.AddDays(due, 1), 0)
	}
}

// newest is the last of what was filed in the period, or otherwise.
func newest(filed []roster.Instant, otherwise roster.Instant) roster.Instant {
	if n := len(filed); n > 0 {
		return filed[n-1]
	}
	return otherwise
}
