package sim

import (
	"correctiond/geo"
	"correctiond/roster"
)

// nights returns the curfews that begin and end in the period, with room around.
func (c *scene) nights() []roster.DutyWindow {
	var list []roster.DutyWindow
	if c.p.Nights == nil || c.band() == nil {
		return nil
	}
	for t := c.s.cfg.From + 2*roster.Hour; ; {
		w, ok := c.p.Nights.Next(t)
		if !ok || w.Until > c.s.cfg.Until-2*roster.Hour {
			return list
		}
		if t = w.From + 1; c.free(w.From-2*roster.Hour, w.Until) {
			list = append(list, w)
		}
	}
}

// haunt is a place where nights are spent.
func (c *scene) haunt() (geo.Point, bool) {
	for _, p := range []geo.Point{c.p.work, c.p.shop} {
		if metres(p, c.p.home) > 700 {
			return p, true
		}
	}
	return geo.Point{}, false
}

// out spends the time from some minutes after a curfew begins (before, if less
// than 0) elsewhere.
func (c *scene) out(w roster.DutyWindow, to geo.Point, after, stay roster.Instant) *script {
	t := trip{at: to, from: c.p.home, arrive: w.From + after}
	way := journey(c.p.home, to, busSpeed)
	t.leave = t.arrive + stay
	t.depart, t.back = t.arrive-way, t.leave+way
	c.p.trips = append(c.p.trips, t)
	return around(t.depart, t.back)
}

// stayOutLate is away one night, sometimes when the curfew begins already.
func (c *scene) stayOutLate() *script {
	to, ok := c.haunt()
	list := c.nights()
	if !ok || len(list) == 0 {
		return nil
	}
	after := minutes(c.rng, 0, 120) - 40*roster.Minute
	return c.out(list[c.rng.IntN(len(list))], to, after, 90*roster.Minute)
}

// sleepElsewhere is away three nights out of five (the case of 柳州: a minor in an
// internet café every night).
func (c *scene) sleepElsewhere() *script {
	to, ok := c.haunt()
	list := c.nights()
	if !ok || len(list) < 5 {
		return nil
	}
	i := c.rng.IntN(len(list) - 4)
	sc := c.out(list[i], to, roster.Hour, 5*roster.Hour)
	for _, n := range []int{1, 3} {
		sc.until = c.out(list[i+n], to, roster.Hour, 5*roster.Hour).until
	}
	return sc
}
