package sim

import (
	"correctiond/roster"
)

// nightView is what the oracle keeps of a curfew, as one device shows it.
type nightView struct {
	n     int // fixes in a row outside the circle around the home
	first roster.Instant
	open  int
}

// brokenNight is a curfew that was broken, and since when.
type brokenNight struct{ from, since roster.Instant }

// dwell judges a good fix by the hours of the curfew.
func (o *oracle) dwell(u *unit, x *sample) {
	if o.p.Nights == nil || o.p.HomeRadiusM == 0 {
		return
	}
	v := o.nights[u]
	if v == nil {
		v = &nightView{open: -1}
		o.nights[u] = v
	}
	d := max(o.p.HomeRadiusM, 150) - metres(o.p.Home, x.spot.at)
	w, curfew := o.p.Nights.At(x.t)
	if v.open >= 0 && (!curfew || w.From != o.broken[len(o.broken)-1].from) {
		o.end(&v.open, o.broken[len(o.broken)-1].until(o.p))
	}
	switch {
	case inside(d, x.spot.accuracy):
		v.n = 0
		o.end(&v.open, x.t)
	case d < -x.spot.accuracy:
		if v.n++; v.n == 1 {
			v.first = x.t
		}
		if curfew && v.open < 0 {
			o.away(u, v, w.From, x.t)
		}
	}
}

// away is a fix outside the circle during the curfew that began at from, which
// must be known from its start.
func (o *oracle) away(u *unit, v *nightView, from, t roster.Instant) {
	since := max(v.first, from)
	if v.n < 2 || t-since < 30*roster.Minute || from < o.s.cfg.From {
		return
	}
	v.open = o.open("curfew-violation", u.dev.ID, since)
	o.broken = append(o.broken, brokenNight{from, since})
}

func (b brokenNight) until(p *person) roster.Instant {
	w, _ := p.Nights.At(b.from)
	return w.Until
}

// absences looks for three broken curfews among five nights.
func (o *oracle) absences() {
	if len(o.broken) == 0 {
		return
	}
	open := -1
	var last []roster.Instant // when the nights were broken, 0: not
	for t := o.broken[0].from; ; {
		w, ok := o.p.Nights.Next(t)
		if !ok || w.From > o.s.cfg.Until {
			return
		}
		t = w.From + 1
		last = append(last[max(0, len(last)-4):], o.since(w.From))
		n, first := happened(last)
		switch {
		case n >= 3 && open < 0:
			open = o.open("curfew-absence", "", first)
		case n < 3 && w.Until <= o.s.cfg.Until:
			o.end(&open, w.Until)
		}
	}
}

func (o *oracle) since(from roster.Instant) roster.Instant {
	for _, b := range o.broken {
		if b.from == from {
			return b.since
		}
	}
	return 0
}
