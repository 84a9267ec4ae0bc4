package sim

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// around bounds a script that happens between two times.
func around(from, until roster.Instant) *script {
	return &script{from: from - 20*roster.Minute, until: until + 20*roster.Minute}
}

func (c *scene) openStrap() *script {
	t, ok := c.moment(roster.Hour, roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	sc := around(t, t+2*roster.Minute)
	sc.acts = []task{status(t, event.StrapOpen), status(t+2*roster.Minute, event.StrapClosed)}
	return sc
}

func (c *scene) callHelp() *script {
	t, ok := c.moment(roster.Hour, roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	sc := around(t, t)
	sc.acts = []task{status(t, event.SOS)}
	return sc
}

// switchOff is long enough for power-off (10 min) and too short for anything
// else.
func (c *scene) switchOff() *script { return c.off(35 * roster.Minute) }

func (c *scene) off(off roster.Instant) *script {
	t, ok := c.moment(roster.Hour, 2*roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	c.stayIn(t-roster.Hour, t+off+roster.Hour)
	sc := around(t-roster.Hour, t+off+roster.Hour)
	sc.acts = []task{status(t, event.PowerOff), status(t+off, event.PowerOn)}
	sc.mute = roster.Interval{From: t, End: t + off}
	return sc
}

// forgetCharging empties the battery to 13 %.
func (c *scene) forgetCharging() *script { return c.drain(13) }

// drain empties the battery to so many percent, at 15 % an hour.
func (c *scene) drain(bottom float64) *script {
	const rate = 15.0
	u := c.band()
	t, ok := c.moment(roster.Hour, 7*roster.Hour)
	if u == nil || !ok {
		return nil
	}
	level, charging := u.level(c.s, nil, t)
	if charging {
		return nil
	}
	end := t + roster.Instant((level-bottom)/rate*float64(roster.Hour))
	sc := around(t, end)
	sc.drain, sc.drainLevel, sc.drainRate = roster.Interval{From: t, End: end}, level, rate
	return sc
}

// loseNetwork silences the wristband for three hours and a half, which is P3
// and not yet P2; the phone still answers.
func (c *scene) loseNetwork() *script { return c.vanish(3*roster.Hour + 30*roster.Minute) }

func (c *scene) vanish(gone roster.Instant) *script {
	t, ok := c.moment(roster.Hour, gone+roster.Hour)
	if c.band() == nil || !ok {
		return nil
	}
	c.stayIn(t-roster.Hour, t+gone+roster.Hour)
	sc := around(t-roster.Hour, t+gone+roster.Hour)
	sc.mute = roster.Interval{From: t, End: t + gone}
	return sc
}

// disappear ends every sign of life: for good, or until officers find the person,
// where officers act and the period is long enough.
func (c *scene) disappear() *script {
	const gone = 80 * roster.Hour
	t, ok := c.moment(2*roster.Hour, 27*roster.Hour)
	if c.band() == nil || !ok || len(c.p.scripts) > 0 {
		return nil
	}
	c.stayIn(t-2*roster.Hour, t)
	sc := around(t, t)
	sc.mute, sc.muteAll = roster.Interval{From: t}, true
	if found := t + gone; c.s.cfg.Acts && found < c.s.cfg.Until-2*roster.Hour {
		sc.mute.End, sc.found, sc.until = found, found, found+20*roster.Minute
		sc.desk = []Line{c.act(found, "found", fmt.Sprintf(`"subject":%q`, c.p.ID))}
	}
	return sc
}

// keepSending lets a wristband go on after its authority has ended.
func (c *scene) keepSending() *script {
	p := c.p
	if len(p.scripts) > 0 || len(p.bands) != 1 || len(p.bands[0].live) == 0 || p.Reported == 0 {
		return nil
	}
	u := p.bands[0]
	end := u.live[len(u.live)-1].End
	if end > c.s.cfg.Until-roster.Hour || !p.Term.Covers(c.s.cfg.Until) || u.dev.BoundTo(c.s.cfg.Until) == nil {
		return nil
	}
	return &script{from: end - 20*roster.Minute, until: never, keepSending: true}
}
