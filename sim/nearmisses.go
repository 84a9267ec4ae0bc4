package sim

import (
	"correctiond/event"
	"correctiond/roster"
)

// nearMisses look like violations, and are none: they must raise nothing.
func (s *Sim) nearMisses() []play {
	if s.cfg.Violations < 0 {
		return nil
	}
	list := []play{
		{"", (*scene).dipOut},      // leaves the area for one fix
		{"", (*scene).passStation}, // one fix at a station
		{"", (*scene).brush},       // one fix near a forbidden zone
		{"", (*scene).homeLate},    // home late by less than half an hour
		{"", (*scene).passBy},      // an hour near somebody, and not that near
		{"", (*scene).meetOne},     // two people meet
		{"", (*scene).jamOnce},     // one report of jamming
		{"", (*scene).jamTwice},    // two reports of jamming far apart
		{"", (*scene).cellar},      // three quarters of an hour in a cellar
		{"", (*scene).restart},     // off for nine minutes
		{"", (*scene).fallSilent},  // silent for less than two hours
		{"", (*scene).nearlyEmpty}, // a battery at 22 %
		{"", (*scene).quietDay},    // a quiet half day at home
		{"", (*scene).otherPhone},  // a new phone
		{"", (*scene).earlyBird},   // four windows answered early
	}
	if s.cfg.Acts {
		list = append(list, play{"", (*scene).answerCall})
	}
	return list
}

// dipOut is outside at one fix only: it takes three, or ten minutes.
func (c *scene) dipOut() *script {
	u := c.band()
	if u == nil {
		return nil
	}
	to, ok := c.p.ground.wayOut(c.p.home)
	if !ok {
		return nil
	}
	return c.outing(u, to, 0)
}

func (c *scene) passStation() *script { return c.visitWatched(false, 0) }

func (c *scene) brush() *script {
	u, to, ok := c.forbidden(false)
	if !ok {
		return nil
	}
	return c.outing(u, to, 0)
}

func (c *scene) homeLate() *script {
	to, ok := c.haunt()
	list := c.nights()
	if !ok || len(list) == 0 {
		return nil
	}
	w := list[c.rng.IntN(len(list))]
	way := journey(c.p.home, to, busSpeed)
	if stay := 50*roster.Minute - way; stay > 0 && c.free(w.From-2*roster.Hour, w.From+roster.Hour) {
		return c.out(w, to, -30*roster.Minute, stay)
	}
	return nil
}

// passBy is four hundred metres from a person whom an order forbids to meet.
func (c *scene) passBy() *script {
	other := c.parted()
	if other == nil {
		return nil
	}
	return c.appointment([]*scene{other}, 400, nil)
}

func (c *scene) meetOne() *script {
	if c.band() == nil || len(c.p.NoContact) > 0 {
		return nil
	}
	return c.appointment(c.friends(1), 0, nil)
}

func (c *scene) jamOnce() *script { return c.report(event.Jamming) }

// jamTwice: it takes two within ten minutes.
func (c *scene) jamTwice() *script { return c.report(event.Jamming, 11*roster.Minute) }

// jam is what a jammer does to the wristband for a while.
func (c *scene) jam() *script {
	sc := c.report(event.Jamming, 4*roster.Minute, 9*roster.Minute)
	if sc == nil {
		return nil
	}
	first, last := sc.acts[0].t, sc.acts[len(sc.acts)-1].t
	sc.truth = []Truth{{
		Kind: "jamming", Subject: c.p.ID, Device: c.p.bands[0].dev.ID, Started: first, Ended: last + 10*roster.Minute,
	}}
	return sc
}

// report has the wristband say something, and again after so long each time.
func (c *scene) report(what event.StatusKind, again ...roster.Instant) *script {
	t, ok := c.moment(roster.Hour, roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	sc := around(t, t)
	for _, after := range append([]roster.Instant{0}, again...) {
		sc.acts = append(sc.acts, status(t+after, what))
		sc.until = t + after + 20*roster.Minute
	}
	return sc
}

// loseSky is in a cellar for longer than an hour: messages pass, positions do not.
func (c *scene) loseSky() *script { return c.underground(100 * roster.Minute) }

func (c *scene) cellar() *script { return c.underground(42 * roster.Minute) }

func (c *scene) underground(length roster.Instant) *script {
	t, ok := c.moment(2*roster.Hour, length+2*roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	c.stayIn(t-roster.Hour, t+length+roster.Hour)
	sc := around(t-roster.Hour, t+length+roster.Hour)
	sc.dark = roster.Interval{From: t, End: t + length}
	return sc
}

func (c *scene) restart() *script { return c.off(9 * roster.Minute) }

func (c *scene) fallSilent() *script { return c.vanish(105 * roster.Minute) }

func (c *scene) nearlyEmpty() *script { return c.drain(22.5) }

// quietDay lies on the sofa for seven hours: it takes eight.
func (c *scene) quietDay() *script { return c.lieStill(10*roster.Hour, 17*roster.Hour) }

func (c *scene) earlyBird() *script { return c.hurry(4) }
