package sim

import (
	"correctiond/geo"
	"correctiond/roster"
)

// gaps returns the waking hours between duty windows that are at least so long.
func (c *scene) gaps(length roster.Instant) []roster.Interval {
	s, quarter := c.s, 15*roster.Minute
	var out []roster.Interval
	for day := s.cal.DayStart(s.cfg.From); day < s.cfg.Until; day = s.cal.AddDays(day, 1) {
		from := max(day+6*roster.Hour+30*roster.Minute, s.cfg.From+2*quarter)
		end := min(day+22*roster.Hour, s.cfg.Until-2*quarter)
		for t := day; from < end; {
			w, ok := c.p.nextWindow(s, t)
			if !ok || w.From > end {
				w.From = end + quarter
			}
			if free := (roster.Interval{From: from, End: w.From - quarter}); free.End-free.From >= length {
				out = append(out, free)
			}
			from, t = max(from, w.Deadline+quarter), w.From+1
			if w.Deadline == 0 || !ok {
				break
			}
		}
	}
	return out
}

// outing plans a drive to a place and back between duty windows. It arrives
// shortly before one fix and leaves shortly after another, so that no fix falls
// on the last few hundred metres.
func (c *scene) outing(u *unit, to geo.Point, stay roster.Instant) *script {
	const margin = 20 * roster.Second
	way := journey(c.p.home, to, carSpeed)
	need := 2*way + stay + 3*u.interval
	gaps := c.gaps(need)
	if len(gaps) == 0 {
		return nil
	}
	gap := gaps[c.rng.IntN(len(gaps))]
	depart := gap.From + roster.Instant(c.rng.Int64N(int64(gap.End-gap.From-need)+1))
	if !c.free(depart, depart+need) {
		return nil
	}
	t := trip{at: to, from: c.p.home}
	t.arrive = u.firstTick(depart+way+margin) - margin
	t.depart = t.arrive - way
	t.leave = u.firstTick(t.arrive+stay) + margin
	t.back = t.leave + way
	c.p.trips = append(c.p.trips, t)
	return around(t.depart, t.back)
}

func (c *scene) leaveArea() *script {
	u := c.band()
	if u == nil {
		return nil
	}
	to, ok := c.p.ground.wayOut(c.p.home)
	if !ok {
		return nil
	}
	return c.outing(u, to, 40*roster.Minute)
}

func (c *scene) enterZone() *script {
	u, to, ok := c.forbidden(true)
	if !ok {
		return nil
	}
	return c.outing(u, to, 25*roster.Minute)
}

func (c *scene) approachZone() *script {
	u, to, ok := c.forbidden(false)
	if !ok {
		return nil
	}
	return c.outing(u, to, 25*roster.Minute)
}

// forbidden finds a place inside one of the person's forbidden zones, or half
// way between its edge and the approach distance, on the way from home.
func (c *scene) forbidden(within bool) (*unit, geo.Point, bool) {
	u := c.band()
	if u == nil {
		return nil, geo.Point{}, false
	}
	g := &c.p.ground
	for _, f := range c.p.Forbidden {
		shape, mid := c.s.dir.Shape(f.Zone), centre(c.s.rings[f.Zone])
		free := func(p geo.Point) bool { return g.inArea(p, areaMargin) && g.apart(p, f.Zone) }
		if shape.Signed(mid) < 60 || !along(c.p.home, mid, free) || shape.Signed(c.p.home) > -2*near(f) {
			continue
		}
		if within {
			return u, mid, true
		}
		n := int(metres(c.p.home, mid) / 10)
		for i := range n {
			p := between(c.p.home, mid, float64(i)/float64(n))
			if shape.Signed(p) > -near(f)/2 {
				return u, p, true
			}
		}
	}
	return nil, geo.Point{}, false
}

// overstay does not come back from a leave that ends within the period.
func (c *scene) overstay() *script {
	p := c.p
	if len(p.scripts) > 0 || len(p.Permits) != 1 || len(p.trips) != 1 || p.Reported == 0 {
		return nil
	}
	leave := &p.Permits[0]
	if leave.Travel || leave.Returned != 0 || leave.End <= c.s.cfg.From || leave.End > c.s.cfg.Until-roster.Hour {
		return nil
	}
	p.trips[0].leave, p.trips[0].back = never, never
	return &script{from: leave.End - roster.Hour, until: never}
}
