package sim

import (
	"math/rand/v2"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// script is one person's violation: what they and their devices do otherwise
// than usual. Journeys are among the person's trips.
type script struct {
	kind string
	// from and until bound the unusual; the network behaves meanwhile, so that
	// the truth is exact.
	from, until roster.Instant
	mute        roster.Interval // wristband silent, End 0: for good
	muteAll     bool            // the phone as well
	skip        []roster.Instant
	idle        bool   // no window is answered between from and until
	checks      []task // additional check-ins by app
	acts        []task // additional messages of the wristband
	drain       roster.Interval
	drainLevel  float64 // percent at drain.From
	drainRate   float64 // percent per hour
	keepSending bool    // the wristband outlives its authority
}

func (sc *script) covers(t roster.Instant) bool { return sc != nil && t >= sc.from && t < sc.until }

func (sc *script) silent(u *unit, t roster.Instant) bool {
	if sc == nil || sc.mute.From == 0 || !sc.mute.Covers(t) {
		return false
	}
	return sc.muteAll || u.dev.Kind == roster.Wristband
}

// excuses tells whether the window goes unanswered, whose check-in would be at t.
func (sc *script) excuses(w window, t roster.Instant) bool {
	if sc == nil {
		return false
	}
	return slices.Contains(sc.skip, w.From) || sc.idle && sc.covers(t) ||
		sc.muteAll && sc.mute.Covers(t)
}

// prepare gives a wristband its part of the script.
func (sc *script) prepare(u *unit, until roster.Instant) {
	if sc == nil {
		return
	}
	u.insert(sc.acts...)
	if sc.keepSending {
		u.live[len(u.live)-1].End = until + 1
	}
}

// play writes a script for a person, nil when person or period do not suit.
type play struct {
	kind  string
	write func(*scene) *script
}

// scene is what a script is written for.
type scene struct {
	s   *Sim
	p   *person
	rng *rand.Rand
}

// playbook lists the kinds of violations, those that suit few people first.
// report-in-overdue and authority-expiring need no script: they follow from the
// roster.
func playbook() []play {
	return []play{
		{"leave-overdue", (*scene).overstay},
		{"no-lawful-basis", (*scene).keepSending},
		{"forbidden-zone", (*scene).enterZone},
		{"forbidden-approach", (*scene).approachZone},
		{"area-exit", (*scene).leaveArea},
		{"contact-lost", (*scene).disappear},
		{"contact-suspect", (*scene).missTwo},
		{"strap-tamper", (*scene).openStrap},
		{"sos", (*scene).callHelp},
		{"power-off", (*scene).switchOff},
		{"battery-low", (*scene).forgetCharging},
		{"device-offline", (*scene).loseNetwork},
		{"checkin-outside", (*scene).checkOutside},
		{"checkin-missed", (*scene).missOne},
		{"checkin-rejected", (*scene).failFace},
	}
}

// assign chooses who plays what: one script per person at most.
func (s *Sim) assign() {
	rng := s.random("", forScripts)
	order := rng.Perm(len(s.people))
	if s.cfg.Demo {
		s.cast(demoPlays(), order, 1, rng)
	}
	n := s.cfg.Violations
	if n == 0 {
		n = max(1, len(s.people)/250)
	}
	s.cast(playbook(), order, n, rng)
}

// cast finds n people for each play.
func (s *Sim) cast(plays []play, order []int, n int, rng *rand.Rand) {
	for _, pl := range plays {
		left := n
		for _, i := range order {
			if left <= 0 {
				break
			}
			p := s.people[i]
			if p.script != nil {
				continue
			}
			if sc := pl.write(&scene{s, p, rng}); sc != nil {
				sc.kind = pl.kind
				p.script = sc
				left--
			}
		}
	}
}

// steady tells whether nothing else happens to the person in the period.
func (c *scene) steady() bool {
	p, cfg := c.p, &c.s.cfg
	return len(p.trips) == 0 && len(p.Permits) == 0 && len(p.Custody) == 0 && p.Reported != 0 && p.Reported <= cfg.From &&
		p.Term.Covers(cfg.From) && p.Term.Covers(cfg.Until)
}

// band returns the wristband that is worn throughout the period, else nil.
func (c *scene) band() *unit {
	if !c.steady() || len(c.p.bands) != 1 {
		return nil
	}
	u := c.p.bands[0]
	if len(u.live) != 1 || u.live[0].From > c.s.cfg.From || u.live[0].End <= c.s.cfg.Until {
		return nil
	}
	return u
}

// moment chooses a time in the period with room before and after, in the
// waking hours; false when there is none.
func (c *scene) moment(before, after roster.Instant) (roster.Instant, bool) {
	first, last := c.s.cfg.From+before, c.s.cfg.Until-after
	if last <= first {
		return 0, false
	}
	for range 40 {
		t := first + roster.Instant(c.rng.Int64N(int64(last-first)))
		t -= t % roster.Second
		if h := t - c.s.cal.DayStart(t); h > 8*roster.Hour && h < 20*roster.Hour {
			return t, true
		}
	}
	return 0, false
}

// stayIn keeps the person at home, in sight of the sky.
func (c *scene) stayIn(from, until roster.Instant) {
	c.p.trips = append(c.p.trips, trip{depart: from, arrive: from, leave: until, back: until, at: c.p.home, from: c.p.home})
}

func status(t roster.Instant, what event.StatusKind) task {
	return task{t: t, kind: event.Status, status: what}
}
