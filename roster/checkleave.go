package roster

import "slices"

// Limits of 实施办法 Article 27, in days. "超过" excludes the number itself.
const (
	officeLeaveDays   = 7  // beyond: the county agency decides
	districtLeaveDays = 30 // beyond, alone or within two months: the next level up
)

// plannedLeave is a leave of sound dates, with its span in wall days.
type plannedLeave struct {
	*Leave
	path       string
	Interval   // exact
	first, end Instant
}

// leaves checks every leave and who had to approve it.
func (c *checker) leaves(path string, s *Subject) {
	ids(c, path+".leaves", s.Leaves, func(l *Leave) string { return l.ID })
	var planned []plannedLeave
	for i := range s.Leaves {
		l := &s.Leaves[i]
		where := entryPath(path+".leaves", l.ID, i)
		c.zoneRef(where+".area", l.Area, AreaZone)
		c.oneOf(where+".approver", l.Approver, "office district superior")
		c.optionalDate(where+".returned", l.Returned)
		iv, ok := c.span(where, l.From, &l.Until, true)
		if !ok {
			continue
		}
		c.leaveApprover(where, l, iv)
		first, end := c.cal.wallDays(iv)
		planned = append(planned, plannedLeave{l, where, iv, first, end})
	}
	if len(planned) > 1 {
		c.leaveTotal(planned)
	}
}

func (c *checker) leaveApprover(path string, l *Leave, iv Interval) {
	switch {
	case iv.End > c.cal.plusDays(iv.From, districtLeaveDays):
		if l.Approver != "superior" {
			c.add(path+".approver", "the leave is longer than 30 days", "the next level up must approve it: approver superior")
		}
	case iv.End > c.cal.plusDays(iv.From, officeLeaveDays):
		if l.Approver != "district" && l.Approver != "superior" {
			c.add(path+".approver", "the leave is longer than 7 days", "the district agency must approve it: approver district")
		}
	}
}

// leaveTotal finds the leaves that, with those before them, make some span
// [d, d + 2 months) hold more than 30 days of leave, each day counted once.
func (c *checker) leaveTotal(planned []plannedLeave) {
	slices.SortStableFunc(planned, func(a, b plannedLeave) int { return int(a.first/Day - b.first/Day) })
	for i, l := range planned {
		long := l.End > c.cal.plusDays(l.Interval.From, districtLeaveDays)
		if l.Approver == "superior" || long || i == 0 {
			continue // approved high enough, refused already, or alone
		}
		if mostLeave(planned[:i+1]) > districtLeaveDays {
			c.add(l.path+".approver", "with earlier leaves it is more than 30 days within two months", "the next level up must approve it: approver superior")
		}
	}
}

// mostLeave counts the days of leave in the fullest span of two months that
// holds a day of the last one of the leaves, which are sorted by first day.
func mostLeave(leaves []plannedLeave) int {
	last := leaves[len(leaves)-1]
	most := 0
	for d := last.first - 62*Day; d < last.end; d += Day {
		if end := addMonths(d, 2); end > last.first {
			most = max(most, leaveDays(leaves, d, end))
		}
	}
	return most
}

// leaveDays counts the days of leave in [from, end).
func leaveDays(leaves []plannedLeave, from, end Instant) int {
	var total Instant
	for _, l := range leaves {
		from = max(from, l.first)
		if until := min(end, l.end); until > from {
			total += until - from
			from = until
		}
	}
	return int(total / Day)
}
