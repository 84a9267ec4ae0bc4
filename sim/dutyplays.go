package sim

import (
	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// windows returns the duty windows that a replay of the period judges, if the
// roster names the person's roll-call and the person has an app; else none.
func (c *scene) windows() []window {
	p := c.p
	if !c.steady() || p.Rollcall == "" || len(p.phones) == 0 || p.phones[0].dev.Kind != roster.App {
		return nil
	}
	if live := p.phones[0].live; len(live) != 1 || live[0].End <= c.s.cfg.Until {
		return nil
	}
	var list []window
	for t := c.s.cfg.From + roster.Minute; ; {
		w, ok := p.nextWindow(c.s, t)
		if !ok || w.Deadline > c.s.cfg.Until {
			return list
		}
		list = append(list, w)
		t = w.From + 1
	}
}

// pick chooses n windows in a row, after which more others follow, at a time when
// nothing else happens to the person.
func (c *scene) pick(n, more int) []window {
	list := c.windows()
	room := len(list) - n - more
	if room < 0 {
		return nil
	}
	i := c.rng.IntN(room + 1)
	if !c.free(list[i].From, list[i+n-1].Deadline) {
		return nil
	}
	return list[i : i+n]
}

func (c *scene) missOne() *script {
	w := c.pick(1, 1)
	if w == nil {
		return nil
	}
	return &script{from: w[0].From, until: w[0].Deadline, skip: []roster.Instant{w[0].From}}
}

// missTwo is for someone with a wristband, whose fixes are signs of life: an
// app alone would make it 失联 where the windows are a day apart.
func (c *scene) missTwo() *script {
	if c.band() == nil {
		return nil
	}
	w := c.pick(2, 1)
	if w == nil {
		return nil
	}
	return &script{from: w[0].From, until: w[1].Deadline, skip: []roster.Instant{w[0].From, w[1].From}}
}

// failFace fails up to three times, then passes.
func (c *scene) failFace() *script {
	w := c.pick(1, 0)
	if w == nil {
		return nil
	}
	t := c.p.checkTime(c.s, w[0])
	sc := around(t, t)
	for n := 1 + c.rng.IntN(3); n > 0; n-- {
		sc.checks = append(sc.checks, task{t: t - roster.Instant(n)*2*roster.Minute, kind: event.Checkin})
	}
	return sc
}

// checkOutside answers one window from beyond the edge of the area. The phone
// is not located otherwise, so this is no area-exit.
func (c *scene) checkOutside() *script {
	w := c.pick(1, 1)
	if w == nil || len(c.p.bands) > 0 {
		return nil
	}
	t := c.p.checkTime(c.s, w[0])
	to, ok := c.p.ground.wayOut(c.p.home)
	if !ok {
		return nil
	}
	out := c.visit(to, t)
	for _, other := range c.windows() {
		at := c.p.checkTime(c.s, other)
		if other.From != w[0].From && at > out.depart-5*roster.Minute && at < out.back+5*roster.Minute {
			return nil
		}
	}
	if out.depart < c.s.cfg.From {
		return nil
	}
	c.p.trips = append(c.p.trips, out)
	return around(out.depart, out.back)
}

// visit is a journey that is at its place twenty minutes before and after t.
func (c *scene) visit(to geo.Point, t roster.Instant) trip {
	const margin = 20 * roster.Minute
	way := journey(c.p.home, to, carSpeed)
	return trip{
		depart: t - margin - way, arrive: t - margin, leave: t + margin, back: t + margin + way,
		at: to, from: c.p.home,
	}
}
