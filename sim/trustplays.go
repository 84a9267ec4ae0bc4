package sim

import (
	"math"
	"slices"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// jump is at home, and within a minute far away: the wristband changed hands.
func (c *scene) jump() *script {
	u := c.band()
	to, ok := c.far(7000, 11_000)
	t, fits := c.moment(roster.Hour, 3*roster.Hour)
	if u == nil || !ok || !fits {
		return nil
	}
	t = u.firstTick(t) + 30*roster.Second
	trip := trip{at: to, from: c.p.home, depart: t + 2*roster.Second, arrive: t + 58*roster.Second, leave: t + roster.Hour}
	trip.back = trip.leave + journey(c.p.home, to, carSpeed)
	if c.answering(trip.depart, trip.back) {
		return nil
	}
	c.stayIn(t-roster.Hour, t)
	c.p.trips = append(c.p.trips, trip)
	sc := around(t-roster.Hour, trip.back)
	sc.acts = []task{{t: t, kind: event.Location}, {t: t + roster.Minute, kind: event.Location}}
	sc.truth = []Truth{{Kind: "impossible-travel", Subject: c.p.ID, Device: u.dev.ID, Started: t, Ended: t + roster.Minute}}
	return sc
}

// far looks for a place at a distance in metres that nobody else goes to.
func (c *scene) far(near, far float64) (geo.Point, bool) {
	for range 30 {
		q := toward(c.p.home, c.rng.Float64()*2*math.Pi, near+(far-near)*c.rng.Float64())
		if c.s.crowd.room(q) && c.p.ground.clearWay(c.p.home, q) {
			c.s.crowd.take(q)
			return q, true
		}
	}
	return geo.Point{}, false
}

// freeze has a program make the positions up (the case of 天津河北).
func (c *scene) freeze() *script {
	const length = 130 * roster.Minute
	t, ok := c.moment(roster.Hour, length+roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	c.stayIn(t-roster.Hour, t+length+roster.Hour)
	sc := around(t-roster.Hour, t+length+roster.Hour)
	sc.frozen = roster.Interval{From: t, End: t + length}
	return sc
}

// mockPosition answers a window with a position that a program makes up.
func (c *scene) mockPosition() *script { return c.tricked(trick{mock: true}) }

// rootPhone answers a window from a phone whose system is broken into.
func (c *scene) rootPhone() *script { return c.tricked(trick{rooted: true}) }

// otherPhone answers a window from a new phone of one's own, which is no crime.
func (c *scene) otherPhone() *script { return c.tricked(trick{print: "new-" + string(c.p.ID)}) }

func (c *scene) tricked(tr trick) *script {
	w := c.pick(1, 1)
	if w == nil || len(c.p.bands) > 0 {
		return nil
	}
	tr.Interval = roster.Interval{From: w[0].From, End: w[0].Until}
	return &script{from: w[0].From, until: w[0].Until, tricks: []trick{tr}}
}

// lendPhone lets somebody else answer a window with the person's phone.
func (c *scene) lendPhone() *script {
	if c.windows() == nil || len(c.p.bands) > 0 || len(c.p.scripts) > 0 {
		return nil
	}
	for _, other := range c.s.people {
		friend := &scene{c.s, other, c.rng}
		if other == c.p || len(other.scripts) > 0 || other.Office != c.p.Office {
			continue
		}
		sc := friend.tricked(trick{print: c.p.phones[0].print})
		if sc == nil {
			continue
		}
		w := sc.tricks[0]
		at := other.checkTime(c.s, windowAt(friend.windows(), w.From))
		sc.kind = "spoofed-location"
		sc.truth = []Truth{{Kind: sc.kind, Subject: other.ID, Started: at, Ended: at + roster.Day}}
		other.scripts = append(other.scripts, sc)
		return &script{from: at - 2*roster.Day, until: at + 2*roster.Day, lent: at}
	}
	return nil
}

func windowAt(list []window, from roster.Instant) window {
	for _, w := range list {
		if w.From == from {
			return w
		}
	}
	return window{}
}

// leaveBehind lets the wristband lie at home from early till late (the case of
// 海口秀英).
func (c *scene) leaveBehind() *script {
	sc := c.lieStill(6*roster.Hour, 18*roster.Hour)
	if sc == nil {
		return nil
	}
	u := c.p.bands[0]
	sc.truth = []Truth{{
		Kind: "device-separated", Subject: c.p.ID, Device: u.dev.ID,
		Started: u.firstTick(sc.left.From + roster.Hour), Ended: u.firstTick(sc.left.End),
	}}
	return sc
}

func (c *scene) lieStill(from, until roster.Instant) *script {
	t, ok := c.moment(18*roster.Hour, 14*roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	day := c.s.cal.DayStart(t)
	c.stayIn(day+from-roster.Hour, day+until+roster.Hour)
	sc := around(day+from-roster.Hour, day+until+roster.Hour)
	sc.left = roster.Interval{From: day + from, End: day + until}
	return sc
}

// checkApart leaves the wristband at home and answers a window from elsewhere.
func (c *scene) checkApart() *script {
	w := c.pick(2, 1) // the second finds them together again
	to, ok := c.haunt()
	if c.band() == nil || w == nil || !ok || metres(to, c.p.home) < 1000 {
		return nil
	}
	out := c.visit(to, c.p.checkTime(c.s, w[0]))
	if out.depart < c.s.cfg.From+2*roster.Hour {
		return nil
	}
	c.stayIn(out.depart-roster.Hour, out.depart)
	c.p.trips = append(c.p.trips, out)
	sc := around(out.depart-roster.Hour, w[1].Until)
	sc.left = roster.Interval{From: out.depart - roster.Minute, End: out.back + roster.Minute}
	return sc
}

// answering tells whether a window would be answered in a time.
func (c *scene) answering(from, until roster.Instant) bool {
	return slices.ContainsFunc(c.windows(), func(w window) bool {
		at := c.p.checkTime(c.s, w)
		return at >= from-5*roster.Minute && at <= until+5*roster.Minute
	})
}
