package roster

import "slices"

// Received are the instants of what an office received from a subject, or did
// for one, each list ascending; a bare day is its 00:00.
type Received struct {
	Visits, Health, MedicalReview, Periodic []Instant
}

func (c *Calendar) received(r *Reports) Received {
	return Received{
		Visits: c.ascending(r.Visits), Health: c.ascending(r.Health),
		MedicalReview: c.ascending(r.MedicalReview), Periodic: c.ascending(r.Periodic),
	}
}

func (c *Calendar) ascending(dates []Date) []Instant {
	if len(dates) == 0 {
		return nil
	}
	out := make([]Instant, len(dates))
	for i, d := range dates {
		out[i] = c.Start(d)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// LeaveFull returns when the last span of two months is past that holds at
// least the given number of days of approved leave, each local day counted once
// (实施办法 Article 27 counts them so); 0 when every such span is past already, or
// there is none. A span begins at the start of a local day.
func (d *Directory) LeaveFull(e *SubjectEntry, days int, now Instant) Instant {
	cal := d.refs.cal
	planned := cal.planned(e.Permits)
	if len(planned) == 0 || leaveDays(planned, planned[0].first, lastDay(planned)) < days {
		return 0
	}
	// The latest span that is full ends last; a longer search finds no later one.
	for from := lastDay(planned) - Day; from >= planned[0].first-62*Day; from -= Day {
		until := addMonths(from, 2)
		if cal.at(until) <= now {
			return 0
		}
		if leaveDays(planned, from, until) >= days {
			return cal.at(until)
		}
	}
	return 0
}

// planned are the leaves among permits in wall days, by their first.
func (c *Calendar) planned(permits []Permit) []plannedLeave {
	var out []plannedLeave
	for i := range permits {
		p := &permits[i]
		if p.Travel || p.End == 0 {
			continue
		}
		first, end := c.wallDays(p.Interval)
		out = append(out, plannedLeave{first: first, end: end})
	}
	slices.SortStableFunc(out, func(a, b plannedLeave) int { return int(a.first/Day - b.first/Day) })
	return out
}

// wallDays is the span of local days that an interval touches.
func (c *Calendar) wallDays(iv Interval) (first, end Instant) {
	return floorDay(c.wall(iv.From)), floorDay(c.wall(iv.End)-1) + Day
}

func lastDay(planned []plannedLeave) Instant {
	var end Instant
	for i := range planned {
		end = max(end, planned[i].end)
	}
	return end
}
