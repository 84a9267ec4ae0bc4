package sim

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// act is what an officer does at t; fields are the further members of the act.
func (c *scene) act(t roster.Instant, kind, fields string) Line {
	return Line{Received: t, Payload: fmt.Appendf(nil, `{"type":%q,"by":%q,%s}`, kind, c.p.Officer, fields)}
}

// moment of an act, as JSON.
func (c *scene) quoted(t roster.Instant) string {
	return fmt.Sprintf("%q", appendTime(nil, t, c.s.cal.Location()))
}

// challenge asks the person at t to check in within the hour.
func (c *scene) challenge(sc *script, t roster.Instant) string {
	id := fmt.Sprintf("ch-%s-%d", c.p.ID, t)
	expires := t + roster.Hour
	sc.desk = append(sc.desk, c.act(t, "challenge", fmt.Sprintf(`"device":%q,"id":%q,"issued":%s,"expires":%s`,
		c.p.phones[0].dev.ID, id, c.quoted(t), c.quoted(expires))))
	return id
}

// ignoreCall does not answer a challenge.
func (c *scene) ignoreCall() *script {
	t, ok := c.hourBetweenWindows()
	if !ok {
		return nil
	}
	sc := around(t, t+roster.Hour)
	sc.calls = []call{{t, t + roster.Hour}}
	c.challenge(sc, t)
	return sc
}

// answerCall does, after some time.
func (c *scene) answerCall() *script {
	t, ok := c.hourBetweenWindows()
	if !ok {
		return nil
	}
	sc := around(t, t+roster.Hour)
	at := t + minutes(c.rng, 5, 55)
	sc.checks = []task{{t: at, kind: event.Checkin, passed: true, called: c.challenge(sc, t)}}
	return sc
}

// hourBetweenWindows is a time of day without a window within the next hour.
func (c *scene) hourBetweenWindows() (roster.Instant, bool) {
	if len(c.windows()) < 2 || len(c.p.bands) > 0 {
		return 0, false
	}
	t, ok := c.moment(18*roster.Hour, 30*roster.Hour)
	return c.s.cal.DayStart(t) + 15*roster.Hour + minutes(c.rng, 0, 120), ok
}

// abscond is gone for three days; on the second an officer declares it, on the
// third the person is found.
func (c *scene) abscond() *script {
	const gone = 76 * roster.Hour
	t, ok := c.moment(roster.Day, gone+roster.Day)
	if len(c.p.scripts) > 0 || len(c.windows()) == 0 || len(c.p.bands) > 0 || !ok {
		return nil
	}
	declared, found := t+53*roster.Hour, t+gone
	sc := around(t, found)
	sc.mute, sc.muteAll = roster.Interval{From: t, End: found}, true
	who := fmt.Sprintf(`"subject":%q`, c.p.ID)
	day := c.s.cal.DayStart(t)
	sc.desk = []Line{
		c.act(declared, "declare_absconding", fmt.Sprintf(`%s,"from":%q`, who, c.s.cal.Day(day))),
		c.act(found, "found", who),
	}
	sc.found = found
	sc.truth = []Truth{{Kind: "absconding-ladder", Subject: c.p.ID, Started: day, Ended: found}}
	return sc
}

// hugClock answers six windows in a row as soon as they open (the case of 云阳).
func (c *scene) hugClock() *script { return c.hurry(6) }

// hurry answers so many windows as they open, then behaves.
func (c *scene) hurry(n int) *script {
	w := c.pick(n, 1)
	if w == nil || len(c.p.scripts) > 0 || len(c.p.bands) > 0 {
		return nil
	}
	last := w[n-1]
	return &script{from: w[0].From, until: last.Until, hug: roster.Interval{From: w[0].From, End: last.From + 1}}
}
