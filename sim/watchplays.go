package sim

import (
	"math"

	"correctiond/geo"
	"correctiond/roster"
)

// waitAtStation stays for half an hour at a watched place that is no border.
func (c *scene) waitAtStation() *script { return c.visitWatched(false, 25*roster.Minute) }

func (c *scene) waitAtBorder() *script { return c.visitWatched(true, 25*roster.Minute) }

// visitWatched drives to a watch zone whose way there leads past nothing else.
func (c *scene) visitWatched(border bool, stay roster.Instant) *script {
	u := c.band()
	if u == nil {
		return nil
	}
	g := &c.p.ground
	for _, z := range g.watch {
		mid := centre(c.s.rings[z])
		free := func(p geo.Point) bool { return g.inArea(p, areaMargin) && g.apart(p, z) }
		if c.s.dir.Zone(z).Border == border && c.s.dir.Shape(z).Signed(mid) >= 60 && along(c.p.home, mid, free) {
			return c.outing(u, mid, stay)
		}
	}
	return nil
}

// stray leaves the approved destination of a leave for an hour, on a day that is
// not for travelling.
func (c *scene) stray() *script {
	p := c.p
	if len(p.Permits) != 1 || p.Permits[0].Travel || p.Permits[0].Returned == 0 || len(p.trips) != 1 || len(p.bands) != 1 {
		return nil
	}
	s, leave, base := c.s, &p.Permits[0], p.trips[0].at
	to, ok := c.beyond(base, leave.Zone)
	first := max(s.cal.AddDays(s.cal.DayStart(leave.From), 1), s.cal.AddDays(s.cal.DayStart(s.cfg.From), 1))
	last := min(s.cal.DayStart(leave.End-1), s.cal.DayStart(s.cfg.Until))
	days := int((last - first) / roster.Day)
	if !ok || days < 1 || !covered(p.bands[0].live, first) {
		return nil
	}
	at := s.cal.AddDays(first, c.rng.IntN(days)) + 15*roster.Hour + 30*roster.Minute
	u, way := p.bands[0], journey(base, to, longSpeed)
	t := trip{at: to, from: base, arrive: u.firstTick(at) - 20*roster.Second}
	t.leave = u.firstTick(t.arrive+40*roster.Minute) + 20*roster.Second
	t.depart, t.back = t.arrive-way, t.leave+way
	p.trips = append(p.trips, t)
	return around(t.depart, t.back)
}

// beyond is the nearest point that is some two kilometres from the destination of
// a leave and farther from the area at home; within 45 km.
func (c *scene) beyond(from geo.Point, zone int) (geo.Point, bool) {
	if zone < 0 || c.p.Area < 0 {
		return geo.Point{}, false
	}
	area, approved := c.s.dir.Shape(c.p.Area), c.s.dir.Shape(zone)
	best, least := geo.Point{}, math.Inf(1)
	for i := range 24 {
		for d := 0.0; d < min(least, 45_000); d += probeStep {
			p := toward(from, float64(i)*2*math.Pi/24, d)
			if area.Signed(p) > -3000 {
				break
			}
			if approved.Signed(p) < -1800 {
				best, least = p, d
			}
		}
	}
	return best, !math.IsInf(least, 1)
}
