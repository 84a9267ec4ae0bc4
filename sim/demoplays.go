package sim

import (
	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// demoBorder waits at a border, where two fixes are enough.
func (c *scene) demoBorder() *script {
	u := c.band()
	if u == nil {
		return nil
	}
	for _, z := range c.p.ground.watch {
		if mid := centre(c.s.rings[z]); c.s.dir.Zone(z).Border {
			sc := c.opening(c.locate(6, 34)...)
			return c.abroad(sc, trip{at: mid, from: c.p.home, leave: u.firstTick(c.after(600)) + 20*roster.Second})
		}
	}
	return nil
}

// demoMeeting is with somebody whom an order forbids to meet, from before the
// first minute on.
func (c *scene) demoMeeting() *script {
	other := c.parted()
	to, ok := c.far(1500, 5000)
	if other == nil || !ok {
		return nil
	}
	company := other.rendezvous(to)
	company.kind = "company"
	other.p.scripts = append(other.p.scripts, company)
	sc := c.rendezvous(to)
	sc.truth = []Truth{{
		Kind: "no-contact", Subject: c.p.ID, Started: c.after(10), Ended: c.after(1800), Tolerance: vague,
	}}
	return sc
}

// rendezvous is half an hour at a place, with fixes close to each other.
func (c *scene) rendezvous(to geo.Point) *script {
	sc := c.opening(c.locate(3, 93, 183, 273, 310)...)
	return c.abroad(sc, trip{at: to, from: c.p.home, leave: c.p.bands[0].firstTick(c.after(1500)) + 20*roster.Second})
}

func (c *scene) demoJam() *script {
	if c.band() == nil {
		return nil
	}
	sc := c.opening(status(c.after(16), event.Jamming), status(c.after(48), event.Jamming))
	sc.truth = []Truth{{
		Kind: "jamming", Subject: c.p.ID, Device: c.p.bands[0].dev.ID, Started: c.after(16), Ended: c.after(648),
	}}
	return sc
}

// demoJump is nine kilometres away within forty seconds.
func (c *scene) demoJump() *script {
	u := c.band()
	if u == nil || u.firstTick(c.s.cfg.From) < c.after(50) {
		return nil // a regular fix would come between the two
	}
	to, ok := c.far(7000, 9500)
	if !ok {
		return nil
	}
	sc := c.opening(c.locate(7, 47)...)
	t := trip{depart: c.after(8), arrive: c.after(46), leave: c.after(1200), at: to, from: c.p.home}
	t.back = t.leave + journey(t.from, t.at, carSpeed)
	c.p.trips = append(c.p.trips, t)
	sc.until = t.back + 20*roster.Minute
	sc.truth = []Truth{{
		Kind: "impossible-travel", Subject: c.p.ID, Device: u.dev.ID, Started: c.after(7), Ended: c.after(47),
	}}
	return sc
}

// demoMock checks in from a place that a program makes up.
func (c *scene) demoMock() *script {
	if c.windows() == nil || len(c.p.bands) > 0 {
		return nil
	}
	sc := c.opening()
	sc.checks = []task{{t: c.after(22), kind: event.Checkin, passed: true}, {t: c.after(500), kind: event.Checkin, passed: true}}
	sc.tricks = []trick{{Interval: roster.Interval{From: c.s.cfg.From, End: c.after(60)}, mock: true}}
	return sc
}

// demoRollcall is a window of one minute, so that somebody can miss it soon.
const demoRollcall = "demo"

// Demonstrate adds to an invented roster a roll-call of one minute, as soon as
// possible after from, and gives it to one person. Shortly before midnight there
// is none.
func Demonstrate(r *roster.Roster, from roster.Instant, cal *roster.Calendar) {
	const clock = "15:04"
	first := (from/roster.Minute + 1) * roster.Minute
	last := first + roster.Minute
	if cal.DayStart(last) != cal.DayStart(from) {
		return
	}
	at := func(t roster.Instant) string { return t.Time(cal.Location()).Format(clock) }
	r.Rollcalls = append(r.Rollcalls, roster.Rollcall{ID: demoRollcall, Windows: []roster.Window{{From: at(first), Until: at(last)}}})
	for i := range r.Subjects {
		s := &r.Subjects[i]
		if s.Reported != nil && roleOf(i) == plain && len(s.Facts.Warnings) == 0 {
			s.Rollcall = demoRollcall
			return
		}
	}
}

// demoMiss does not answer the roll-call of one minute.
func (c *scene) demoMiss() *script {
	w, ok := c.p.nextWindow(c.s, c.s.cfg.From)
	if c.p.Rollcall != demoRollcall || !ok || w.Deadline > c.after(240) {
		return nil
	}
	return c.opening()
}
