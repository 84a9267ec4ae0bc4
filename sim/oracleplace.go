package sim

import (
	"correctiond/roster"
)

// run counts consecutive fixes: it is full after so many, or after two that
// span ten minutes if dwell is set.
type run struct {
	need  int
	dwell bool
	n     int
	first roster.Instant
}

func (r *run) hit(t roster.Instant) bool {
	if r.n == 0 {
		r.first = t
	}
	r.n++
	return r.n >= r.need || r.dwell && r.n >= 2 && t-r.first >= 10*roster.Minute
}

// crossing is being on the wrong side of one edge, as one device shows it.
type crossing struct {
	over, back run
	open       int // episode, -1: none
}

// zoneView is one device's view of a forbidden zone or of its surroundings.
type zoneView struct {
	u    *unit
	zone int
	near bool
}

// side of an edge that a fix shows.
type side uint8

const (
	unsure side = iota
	right
	wrong
)

// pass feeds one fix; it returns whether an episode is to be opened.
func (c *crossing) pass(o *oracle, where side, t roster.Instant) bool {
	switch {
	case where == wrong && c.open < 0:
		return c.over.hit(t)
	case where == wrong:
		c.back.n = 0
	case where == right && c.open < 0:
		c.over.n = 0
	case where == right && c.back.hit(t):
		o.end(&c.open, c.back.first)
		c.over.n, c.back.n = 0, 0
	}
	return false
}

// locate judges a position. Coarse ones decide nothing.
func (o *oracle) locate(u *unit, x *sample) {
	if x.coarse() {
		return
	}
	if o.p.Area >= 0 {
		d := o.signed(o.p.Area, x)
		o.places = append(o.places, placed{x.t, inside(d, x.spot.accuracy)})
		if !o.permitted(x.t) {
			o.areaBy = o.exit("area-exit", o.area, o.areaBy, glance{u, x, d})
		} else {
			o.deviate(u, x)
		}
	}
	for _, f := range o.p.Forbidden {
		o.forbidden(u, x, f)
	}
	for _, z := range o.s.watch {
		o.watched(u, x, z)
	}
	o.dwell(u, x)
}

func (o *oracle) signed(zone int, x *sample) float64 { return o.s.dir.Shape(zone).Signed(x.spot.at) }

// glance is a device's fix and how far within a place it lies.
type glance struct {
	u *unit
	x *sample
	d float64
}

// exit judges one device's fix by its distance to where the person may be, and
// returns whose crossing the episode is: another device's is the same outing.
func (o *oracle) exit(kind string, by map[*unit]*crossing, opened *unit, g glance) *unit {
	u, x, d := g.u, g.x, g.d
	c := by[u]
	if c == nil {
		c = &crossing{over: run{need: 3, dwell: true}, back: run{need: 3, dwell: true}, open: -1}
		by[u] = c
	}
	where := unsure
	switch {
	case outside(d, x.spot.accuracy):
		where = wrong
	case inside(d, x.spot.accuracy):
		where = right
	}
	if c.pass(o, where, x.t) && (opened == nil || by[opened].open < 0) {
		c.open = o.open(kind, u.dev.ID, c.over.first)
		return u
	}
	return opened
}

// deviate judges a fix on leave, on days that are not for travelling: anywhere in
// the area or at the destination is right.
func (o *oracle) deviate(u *unit, x *sample) {
	if o.travelDay(x.t) {
		for _, c := range o.leaves {
			c.over.n, c.back.n = 0, 0
			o.end(&c.open, x.t)
		}
		return
	}
	d := o.signed(o.p.Area, x)
	for i := range o.p.Permits {
		if l := &o.p.Permits[i]; l.Covers(x.t) && l.Zone >= 0 {
			d = max(d, o.signed(l.Zone, x))
		}
	}
	o.leaveBy = o.exit("leave-deviation", o.leaves, o.leaveBy, glance{u, x, d})
}

// watched judges a fix by a watch zone: two fixes over ten minutes are a stay, at a
// border any two.
func (o *oracle) watched(u *unit, x *sample, zone int) {
	c := o.crossing(zoneView{u, zone, false})
	c.over.need, c.over.dwell = 1<<30, true
	if o.s.dir.Zone(zone).Border {
		c.over.need, c.over.dwell = 2, false
	}
	if c.pass(o, certain(o.signed(zone, x), x.spot.accuracy), x.t) {
		c.open = o.open("watch-zone", u.dev.ID, c.over.first)
	}
}

// certain is the side of a zone where a violation must be certain: being inside is
// wrong.
func certain(d, accuracy float64) side {
	switch {
	case d >= accuracy || d >= 0 && accuracy <= 50:
		return wrong
	case d < -accuracy:
		return right
	}
	return unsure
}

func (o *oracle) forbidden(u *unit, x *sample, f roster.ForbiddenRef) {
	d, a := o.signed(f.Zone, x), x.spot.accuracy
	within, around := certain(d, a), right
	if d >= -near(f) {
		around = wrong
	}
	zone := o.crossing(zoneView{u, f.Zone, false})
	if zone.pass(o, within, x.t) {
		zone.open = o.open("forbidden-zone", u.dev.ID, zone.over.first)
	}
	approach := o.crossing(zoneView{u, f.Zone, true})
	if zone.open >= 0 || within == wrong {
		around = right
	}
	if approach.pass(o, around, x.t) {
		approach.open = o.open("forbidden-approach", u.dev.ID, approach.over.first)
	}
}

func (o *oracle) crossing(v zoneView) *crossing {
	c := o.zones[v]
	if c == nil {
		c = &crossing{over: run{need: 2}, back: run{need: 2, dwell: true}, open: -1}
		o.zones[v] = c
	}
	return c
}

// permitted tells whether a leave or travel approval covers t.
func (o *oracle) permitted(t roster.Instant) bool {
	for i := range o.p.Permits {
		if o.p.Permits[i].Covers(t) {
			return true
		}
	}
	return false
}

// travelDay tells whether t lies on the first or last day of a leave.
func (o *oracle) travelDay(t roster.Instant) bool {
	day := o.s.cal.DayStart(t)
	for i := range o.p.Permits {
		l := &o.p.Permits[i]
		if !l.Travel && l.Covers(t) && (day <= l.From || l.End <= o.s.cal.AddDays(day, 1)) {
			return true
		}
	}
	return false
}

// beyond tells whether a position is certainly outside the area and every
// destination permitted at that time.
func (o *oracle) beyond(x *sample) bool {
	if o.p.Area < 0 || !outside(o.signed(o.p.Area, x), x.spot.accuracy) {
		return false
	}
	for i := range o.p.Permits {
		l := &o.p.Permits[i]
		if l.Covers(x.t) && l.Zone >= 0 && !outside(o.signed(l.Zone, x), x.spot.accuracy) {
			return false
		}
	}
	return true
}
