package roster

import (
	"fmt"
)

func (c *checker) subject(i int, s *Subject) {
	path := entryPath("subjects", s.ID, i)
	c.subjectRefs(path, s)
	c.required(path+".kind", string(s.Kind), "control probation parole medical")
	c.oneOf(path+".level", string(s.Level), "strict general lenient")
	c.oneOf(path+".sex", s.Sex, "male female")
	c.oneOf(path+".facts.assessment", s.Facts.Assessment, "low medium high")
	if s.Facts.Praise < 0 {
		c.add(path+".facts.praise", "is negative", "write how often praise was given")
	}
	if s.ParoleMedical && s.Kind != Medical {
		c.add(path+".parole_medical", "is set for kind "+string(s.Kind), "only kind medical has medical parole")
	}
	if s.Curfew != nil {
		c.window(path+".curfew", *s.Curfew, true)
	}
	if c.place(path+".home", s.Home) {
		c.homeArea(path, s)
	}
	c.subjectTimes(path, s)
	c.leaves(path, s)
	c.travel(path, s)
}

func (c *checker) subjectRefs(path string, s *Subject) {
	if s.Office == "" {
		c.add(path+".office", "is missing", "name the judicial office that supervises")
	}
	ref(c, path+".office", s.Office, c.offices, "offices")
	ref(c, path+".officer", s.Officer, c.officers, "officers")
	ref(c, path+".rollcall", s.Rollcall, c.rollcalls, "rollcalls")
	c.zoneRef(path+".area", s.Area, AreaZone)
	for i, z := range s.Forbidden {
		c.zoneRef(fmt.Sprintf("%s.forbidden[%d]", path, i), z, ForbiddenZone)
	}
	for i, o := range s.NoContact {
		where := fmt.Sprintf("%s.no_contact[%d]", path, i)
		if o == s.ID {
			c.add(where, "names the subject itself", "name the other person")
		}
		ref(c, where, o, c.subjects, "subjects")
	}
}

func (c *checker) subjectTimes(path string, s *Subject) {
	c.span(path+".term", s.Term.From, s.Term.Until, true)
	for i, sp := range s.Custody {
		c.span(fmt.Sprintf("%s.custody[%d]", path, i), sp.From, sp.Until, false)
	}
	c.optionalDate(path+".effective", s.Effective)
	c.optionalDate(path+".reported", s.Reported)
	c.dates(path+".reports.visits", s.Reports.Visits)
	c.dates(path+".reports.health", s.Reports.Health)
	c.dates(path+".reports.medical_review", s.Reports.MedicalReview)
	c.dates(path+".reports.periodic", s.Reports.Periodic)
	c.dates(path+".facts.admonitions", s.Facts.Admonitions)
	c.dates(path+".facts.warnings", s.Facts.Warnings)
}

// span checks that an interval begins before it ends, and returns it.
func (c *checker) span(path string, from Date, until *Date, inclusive bool) (Interval, bool) {
	iv := c.cal.interval(from, until, inclusive)
	switch {
	case iv.From == 0:
		c.add(path+".from", "is missing or no day", "write a day such as 2026-01-31")
	case until != nil && iv.End == 0:
		c.add(path+".until", "is missing or no day", "write a day such as 2026-01-31")
	case until != nil && iv.End <= iv.From:
		c.add(path, "ends before it begins", "correct from or until")
	default:
		return iv, true
	}
	return iv, false
}

func (c *checker) optionalDate(path string, d *Date) {
	if d != nil && c.cal.Start(*d) == 0 {
		c.add(path, "is no day", "write a day such as 2026-01-31")
	}
}

func (c *checker) dates(path string, ds []Date) {
	for i := range ds {
		if c.cal.Start(ds[i]) == 0 {
			c.add(fmt.Sprintf("%s[%d]", path, i), "is no day", "write a day such as 2026-01-31")
		}
	}
}

// travel checks the approvals for repeated trips: six months at most, 实施办法
// Article 29.
func (c *checker) travel(path string, s *Subject) {
	ids(c, path+".travel", s.Travel, func(t *Travel) string { return t.ID })
	for i := range s.Travel {
		t := &s.Travel[i]
		where := entryPath(path+".travel", t.ID, i)
		c.zoneRef(where+".area", t.Area, AreaZone)
		iv, ok := c.span(where, t.From, &t.Until, true)
		if ok && iv.End > c.cal.plusMonths(iv.From, 6) {
			c.add(where+".until", "is more than six months after from", "an approval for repeated trips lasts six months at most; approve a new one then")
		}
	}
}

// ids reports missing and repeated ids of a list inside an entry.
func ids[T any](c *checker, path string, items []T, id func(*T) string) {
	for i := range items {
		k := id(&items[i])
		if k == "" {
			c.add(fmt.Sprintf("%s[%d].id", path, i), "is missing", "give it an id of its own")
			continue
		}
		for j := range i {
			if id(&items[j]) == k {
				c.add(entryPath(path, k, i)+".id", fmt.Sprintf("is used twice, by entries %d and %d", j, i), "rename one")
			}
		}
	}
}
