package sim

import (
	"correctiond/event"
	"correctiond/roster"
)

// demoPlays are the violations of a demo's first minute: each is raised within
// sixty seconds of From, but for three that take longer by law of their rule:
// checkin-missed two minutes, no-contact five, power-off ten.
func demoPlays() []play {
	return []play{
		{"no-contact", (*scene).demoMeeting},
		{"forbidden-zone", (*scene).demoZone},
		{"watch-zone", (*scene).demoBorder},
		{"area-exit", (*scene).demoExit},
		{"sos", (*scene).demoHelp},
		{"strap-tamper", (*scene).demoStrap},
		{"jamming", (*scene).demoJam},
		{"impossible-travel", (*scene).demoJump},
		{"battery-low", (*scene).demoBattery},
		{"power-off", (*scene).demoOff},
		{"checkin-outside", (*scene).demoOutside},
		{"checkin-rejected", (*scene).demoFace},
		{"spoofed-location", (*scene).demoMock},
		{"checkin-missed", (*scene).demoMiss},
	}
}

func (c *scene) after(seconds roster.Instant) roster.Instant {
	return c.s.cfg.From + seconds*roster.Second
}

func (c *scene) locate(seconds ...roster.Instant) []task {
	var list []task
	for _, t := range seconds {
		list = append(list, task{t: c.after(t), kind: event.Location})
	}
	return list
}

// opening is a script of the first minutes.
func (c *scene) opening(acts ...task) *script {
	return &script{from: c.s.cfg.From, until: c.after(600), acts: acts, idle: true}
}

func (c *scene) demoHelp() *script {
	if c.band() == nil {
		return nil
	}
	return c.opening(status(c.after(12), event.SOS))
}

func (c *scene) demoStrap() *script {
	if c.band() == nil {
		return nil
	}
	return c.opening(status(c.after(20), event.StrapOpen), status(c.after(110), event.StrapClosed))
}

func (c *scene) demoBattery() *script {
	if c.band() == nil {
		return nil
	}
	sc := c.opening(c.locate(15)...)
	sc.drain, sc.drainLevel, sc.drainRate = roster.Interval{From: c.s.cfg.From, End: c.after(7200)}, 18.9, 4
	return sc
}

func (c *scene) demoOff() *script {
	if c.band() == nil {
		return nil
	}
	c.stayIn(c.s.cfg.From, c.after(3600))
	sc := c.opening(status(c.after(30), event.PowerOff), status(c.after(1830), event.PowerOn))
	sc.mute, sc.until = roster.Interval{From: c.after(30), End: c.after(1830)}, c.after(2400)
	return sc
}

// demoExit is beyond the edge from the first fix on and drives home later.
func (c *scene) demoExit() *script {
	u := c.band()
	if u == nil {
		return nil
	}
	to, ok := c.p.ground.wayOut(c.p.home)
	if !ok {
		return nil
	}
	sc := c.opening(c.locate(5, 25, 45)...)
	return c.abroad(sc, trip{at: to, from: c.p.home, leave: u.firstTick(c.after(900)) + 20*roster.Second})
}

func (c *scene) demoZone() *script {
	u, to, ok := c.forbidden(true)
	if !ok {
		return nil
	}
	sc := c.opening(c.locate(8, 38)...)
	return c.abroad(sc, trip{at: to, from: c.p.home, leave: u.firstTick(c.after(300)) + 20*roster.Second})
}

func (c *scene) demoOutside() *script {
	if c.windows() == nil || len(c.p.bands) > 0 {
		return nil
	}
	to, ok := c.p.ground.wayOut(c.p.home)
	if !ok {
		return nil
	}
	sc := c.opening()
	sc.checks = []task{{t: c.after(18), kind: event.Checkin, passed: true}}
	return c.abroad(sc, trip{at: to, from: c.p.home, leave: c.after(300)})
}

// abroad completes a trip that began before the period.
func (c *scene) abroad(sc *script, t trip) *script {
	t.depart, t.arrive = c.s.cfg.From-roster.Day, c.s.cfg.From-roster.Day
	t.back = t.leave + journey(t.from, t.at, carSpeed)
	c.p.trips = append(c.p.trips, t)
	sc.until = t.back + 20*roster.Minute
	return sc
}

func (c *scene) demoFace() *script {
	if c.windows() == nil {
		return nil
	}
	sc := c.opening()
	sc.checks = []task{
		{t: c.after(10), kind: event.Checkin},
		{t: c.after(40), kind: event.Checkin},
		{t: c.after(200), kind: event.Checkin, passed: true},
	}
	return sc
}
