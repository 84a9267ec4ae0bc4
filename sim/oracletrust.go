package sim

import (
	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// doubts is what the oracle keeps of a device's honesty.
type doubts struct {
	mocked, rooted, made int // open episodes
	row                  int // satellite fixes of a moving device, all alike
	first                roster.Instant
	at                   geo.Point
}

func (o *oracle) doubt(u *unit) *doubts {
	d := o.doubts[u]
	if d == nil {
		d = &doubts{mocked: -1, rooted: -1, made: -1}
		o.doubts[u] = d
	}
	return d
}

// trust judges what a message says of its own honesty.
func (o *oracle) trust(u *unit, x *sample) {
	d := o.doubt(u)
	switch {
	case x.located && x.spot.mock:
		o.suspect(&d.mocked, x.t)
	case x.located && !x.coarse():
		o.end(&d.mocked, x.t)
	}
	switch {
	case x.kind == event.Checkin && x.trick.rooted:
		o.suspect(&d.rooted, x.t)
	case x.kind == event.Checkin:
		o.end(&d.rooted, x.t)
	}
	if x.located && x.spot.source == event.GNSS {
		o.alike(d, x)
	}
}

func (o *oracle) suspect(index *int, at roster.Instant) {
	if *index < 0 {
		*index = o.open("spoofed-location", "", at)
	}
}

// alike counts fixes with the very same coordinates: twenty are no receiver's.
func (o *oracle) alike(d *doubts, x *sample) {
	moving := x.spot.motion == event.Moving
	if moving && d.row > 0 && d.at == x.spot.at {
		if d.row++; d.row == 20 {
			o.suspect(&d.made, d.first)
		}
		return
	}
	o.end(&d.made, x.t)
	d.row = 0
	if moving {
		d.row, d.first, d.at = 1, x.t, x.spot.at
	}
}

// lent finds how long one's own phone answered for two people, whose script says
// when it answered for the other. Answers more than a day apart are not one sign.
func (o *oracle) lent(at roster.Instant) {
	open, last := -1, roster.Instant(0)
	for i := range o.checks {
		t := o.checks[i].t
		if t < at-roster.Day || t > at+roster.Day {
			continue
		}
		if open < 0 || t > last+roster.Day {
			open = o.open("spoofed-location", "", t)
		}
		last = t
		o.found[open].Ended = t + roster.Day
	}
	o.found = o.s.within(o.found)
}

// apartness is what the oracle keeps of check-ins and wristbands.
type apartness struct {
	before  *sample  // the last good fix of the wristband
	answers []sample // check-ins since
	open    int
}

// distance of two positions, at least: that of the points without both errors.
func apart(a, b *sample) bool {
	return metres(a.spot.at, b.spot.at)-a.spot.accuracy-b.spot.accuracy >= 500
}

// tell compares the check-ins by phone with the wristband's fixes.
func (o *oracle) tell(u *unit, x *sample) {
	switch {
	case x.coarse() || len(o.p.bands) != 1:
	case u.dev.Kind == roster.Wristband:
		for i := range o.apart.answers {
			o.separate(&o.apart.answers[i], x)
		}
		fix := *x
		o.apart.answers, o.apart.before = o.apart.answers[:0], &fix
	case x.kind == event.Checkin && x.passed:
		o.separate(x, nil)
		o.apart.answers = append(o.apart.answers, *x)
	}
}

// separate judges one check-in between two fixes; after is nil while unknown.
func (o *oracle) separate(a, after *sample) {
	far, known := nearby(a, o.apart.before, after)
	if !known {
		far, known = stayed(a, o.apart.before, after)
	}
	switch open := o.apart.open; {
	case known && far && open < 0:
		o.apart.open = o.open("device-separated", "", a.t)
	case known && !far && open >= 0 && a.t > o.found[open].Started:
		o.end(&o.apart.open, a.t)
	}
}

// nearby judges by fixes a minute away at most: one that is far is enough.
func nearby(a *sample, fixes ...*sample) (far, known bool) {
	for _, fix := range fixes {
		if fix != nil && max(fix.t-a.t, a.t-fix.t) <= roster.Minute {
			far, known = far || apart(fix, a), true
		}
	}
	return far, known
}

// stayed judges by the fixes around a check-in, if the wristband stayed put.
func stayed(a, before, after *sample) (far, known bool) {
	if before == nil || after == nil || max(a.t-before.t, after.t-a.t) > 5*roster.Minute {
		return false, false
	}
	return apart(before, a) && apart(after, a), metres(before.spot.at, after.spot.at) < 200
}
