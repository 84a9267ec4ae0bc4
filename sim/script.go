package sim

import (
	"math/rand/v2"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// script is one thing a person does, or that happens to them, and what they and
// their devices do otherwise than usual. Journeys are among the person's trips.
type script struct {
	kind string // of the violation; empty: it only looks like one
	// from and until bound the unusual; the network behaves meanwhile, so that
	// the truth is exact.
	from, until roster.Instant
	mute        roster.Interval // wristband silent, End 0: for good
	muteAll     bool            // the phone as well
	skip        []roster.Instant
	idle        bool            // no window is answered between from and until
	hug         roster.Interval // windows are answered as they open
	checks      []task          // additional check-ins by app
	acts        []task          // additional messages of the wristband
	tricks      []trick
	drain       roster.Interval
	drainLevel  float64         // percent at drain.From
	drainRate   float64         // percent per hour
	dark        roster.Interval // the wristband finds no position
	frozen      roster.Interval // a program makes its positions up
	left        roster.Interval // it lies at home, whoever is where
	keepSending bool            // it outlives its authority
	desk        []Line          // what officers do
	found       roster.Instant  // when officers find who was declared lost
	lent        roster.Instant  // when somebody else's check-in used the phone
	calls       []call
	truth       []Truth // what follows that no single person's messages show
}

// trick is what is wrong with the check-ins of a while.
type trick struct {
	roster.Interval
	mock, rooted bool
	print        string // of another phone
}

// call is a challenge.
type call struct{ issued, expires roster.Instant }

// scripts are what one person does in the period; none: they behave.
type scripts []*script

func (sc *script) covers(t roster.Instant) bool { return t >= sc.from && t < sc.until }

func (sc *script) muted(t roster.Instant) bool { return sc.mute.From != 0 && sc.mute.Covers(t) }

func (l scripts) any(ok func(*script) bool) bool { return slices.ContainsFunc(l, ok) }

func (l scripts) covers(t roster.Instant) bool {
	return l.any(func(sc *script) bool { return sc.covers(t) })
}

func (l scripts) silent(u *unit, t roster.Instant) bool {
	return l.any(func(sc *script) bool { return sc.muted(t) && (sc.muteAll || u.dev.Kind == roster.Wristband) })
}

// excuses tells whether the window goes unanswered, whose check-in would be at t.
func (l scripts) excuses(w window, t roster.Instant) bool {
	return l.any(func(sc *script) bool {
		return slices.Contains(sc.skip, w.From) || sc.idle && sc.covers(t) || sc.muteAll && sc.muted(t)
	})
}

// hugs tells whether a window is answered as it opens.
func (l scripts) hugs(w window) bool {
	return l.any(func(sc *script) bool { return sc.hug.From != 0 && sc.hug.Covers(w.From) })
}

// outlive tells whether a wristband goes on after its authority has ended.
func (l scripts) outlive() bool { return l.any(func(sc *script) bool { return sc.keepSending }) }

// dark, frozen and left tell what becomes of a wristband's position.
func (l scripts) dark(t roster.Instant) bool {
	return l.any(func(sc *script) bool { return sc.dark.From != 0 && sc.dark.Covers(t) })
}

func (l scripts) frozen(t roster.Instant) bool {
	return l.any(func(sc *script) bool { return sc.frozen.From != 0 && sc.frozen.Covers(t) })
}

func (l scripts) left(t roster.Instant) bool {
	return l.any(func(sc *script) bool { return sc.left.From != 0 && sc.left.Covers(t) })
}

// trick is what is wrong with a check-in at t.
func (l scripts) trick(t roster.Instant) trick {
	for _, sc := range l {
		for _, tr := range sc.tricks {
			if tr.Covers(t) {
				return tr
			}
		}
	}
	return trick{}
}

// foundAfter is when officers find somebody who was lost at t; 0: never.
func (l scripts) foundAfter(t roster.Instant) roster.Instant {
	for _, sc := range l {
		if sc.found > t {
			return sc.found
		}
	}
	return 0
}

// prepare gives a wristband its part of the scripts.
func (l scripts) prepare(u *unit, until roster.Instant) {
	for _, sc := range l {
		u.insert(sc.acts...)
		if sc.keepSending {
			u.live[len(u.live)-1].End = until + 1
		}
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
		{"leave-deviation", (*scene).stray},
		{"no-contact", (*scene).meetForbidden},
		{"curfew-absence", (*scene).sleepElsewhere},
		{"curfew-violation", (*scene).stayOutLate},
		{"forbidden-zone", (*scene).enterZone},
		{"forbidden-approach", (*scene).approachZone},
		{"area-exit", (*scene).leaveArea},
		{"gathering", (*scene).gather},
		{"contact-lost", (*scene).disappear},
		{"contact-suspect", (*scene).missTwo},
		{"watch-zone", (*scene).waitAtStation},
		{"watch-zone", (*scene).waitAtBorder},
		{"impossible-travel", (*scene).jump},
		{"spoofed-location", (*scene).freeze},
		{"device-separated", (*scene).leaveBehind},
		{"device-separated", (*scene).checkApart},
		{"position-lost", (*scene).loseSky},
		{"jamming", (*scene).jam},
		{"strap-tamper", (*scene).openStrap},
		{"sos", (*scene).callHelp},
		{"power-off", (*scene).switchOff},
		{"battery-low", (*scene).forgetCharging},
		{"device-offline", (*scene).loseNetwork},
		{"clock-hugging", (*scene).hugClock},
		{"spoofed-location", (*scene).mockPosition},
		{"spoofed-location", (*scene).rootPhone},
		{"spoofed-location", (*scene).lendPhone},
		{"checkin-outside", (*scene).checkOutside},
		{"checkin-missed", (*scene).missOne},
		{"checkin-rejected", (*scene).failFace},
	}
}

// deskPlays need officers, whose acts only a file can hold.
func (s *Sim) deskPlays() []play {
	if !s.cfg.Acts {
		return nil
	}
	return []play{
		{"absconding-ladder", (*scene).abscond},
		{"challenge-unanswered", (*scene).ignoreCall},
	}
}

// assign chooses who plays what. A person plays one violation, and a second only
// if there are too few people. What only looks like one falls to people who do
// nothing worse, some of it to the same.
func (s *Sim) assign() {
	rng := s.random("", forScripts)
	order := rng.Perm(len(s.people))
	anybody := func(*person) bool { return true }
	fresh := func(p *person) bool { return len(p.scripts) == 0 }
	harmless := func(p *person) bool { return !p.scripts.any(func(sc *script) bool { return sc.kind != "" }) }
	if s.cfg.Demo {
		s.cast(demoPlays(), 1, order, rng, fresh)
	}
	n := s.cfg.Violations
	if n == 0 {
		n = max(1, len(s.people)/250)
	}
	s.cast(slices.Concat(playbook(), s.deskPlays()), n, order, rng, fresh, anybody)
	s.cast(s.nearMisses(), n, order, rng, harmless)
}

// cast finds n people for each play, among some people first, then among others.
func (s *Sim) cast(plays []play, n int, order []int, rng *rand.Rand, among ...func(*person) bool) {
	for _, pl := range plays {
		left := n
		for _, suits := range among {
			left -= s.allot(pl, left, order, rng, suits)
		}
	}
}

// allot gives a play to at most n of those whom it suits, and tells to how many.
func (s *Sim) allot(pl play, n int, order []int, rng *rand.Rand, suits func(*person) bool) (given int) {
	first := rng.IntN(len(order))
	for i := range order {
		p := s.people[order[(first+i)%len(order)]]
		if given < n && suits(p) && s.perform(pl, &scene{s, p, rng}) {
			given++
		}
	}
	return given
}

// perform gives a person a play, if it suits them.
func (s *Sim) perform(pl play, c *scene) bool {
	sc := pl.write(c)
	if sc == nil {
		return false
	}
	sc.kind = pl.kind
	c.p.scripts = append(c.p.scripts, sc)
	return true
}

// steady tells whether nothing else happens to the person in the period.
func (c *scene) steady() bool {
	p, cfg := c.p, &c.s.cfg
	return len(p.Permits) == 0 && len(p.Custody) == 0 && p.Reported != 0 && p.Reported <= cfg.From &&
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

// free tells whether nothing unusual happens to the person, or to their devices,
// in a time and around it.
func (c *scene) free(from, until roster.Instant) bool {
	const around = 90 * roster.Minute
	return !c.p.scripts.any(func(sc *script) bool {
		return from-around < sc.until && sc.from < until+around || sc.muted(from) || sc.hug.From != 0
	})
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
		h := t - c.s.cal.DayStart(t)
		if h > 8*roster.Hour && h < 20*roster.Hour && c.free(t-before, t+after) {
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
