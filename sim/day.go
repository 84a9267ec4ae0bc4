package sim

import (
	"math/rand/v2"

	"correctiond/geo"
	"correctiond/roster"
)

// setting is what surrounds a person, which decides how well a device can see.
type setting uint8

const (
	indoors setting = iota // fixes by satellite at a window, else by Wi-Fi
	outdoors
	vehicle
	underground // metro, basement: no fix, messages pass
)

// leg is a stretch of a day between two places.
type leg struct {
	from, until roster.Instant
	a, b        geo.Point // equal: a stay
	in          setting
}

// diary is one person's current day. Legs cover it without gaps.
type diary struct {
	end  roster.Instant // of the day
	legs []leg
	at   int // index of the leg last asked for
	// dead is a stretch without network: messages wait for its end.
	dead roster.Interval
}

// where returns the place at t and the leg it belongs to.
func (d *diary) where(t roster.Instant) (geo.Point, *leg) {
	if d.at >= len(d.legs) || d.legs[d.at].from > t {
		d.at = 0
	}
	for d.at < len(d.legs)-1 && d.legs[d.at].until <= t {
		d.at++
	}
	l := &d.legs[d.at]
	if l.a == l.b || l.until <= l.from {
		return l.b, l
	}
	f := float64(t-l.from) / float64(l.until-l.from)
	return between(l.a, l.b, min(max(f, 0), 1)), l
}

// cutOff tells whether t lies in a dead spot.
func (d *diary) cutOff(t roster.Instant) bool { return d.dead.From != 0 && d.dead.Covers(t) }

// plan fills the diary for the local day that holds t.
func (d *diary) plan(s *Sim, p *person, t roster.Instant, rng *rand.Rand) {
	start := s.cal.DayStart(t)
	d.end, d.at, d.dead = s.cal.AddDays(start, 1), 0, roster.Interval{}
	d.legs = append(d.legs[:0], leg{start, d.end, p.home, p.home, indoors})
	away := false
	for i := range p.trips {
		if p.trips[i].overlaps(start, d.end) {
			d.journey(&p.trips[i])
			away = true
		}
	}
	if away {
		return
	}
	weekday := start.Time(s.cal.Location()).Weekday()
	if p.work != p.home && weekday != 0 && weekday != 6 {
		d.workday(p, start, rng)
	}
	if p.shop != p.home && rng.Float64() < 0.5 {
		d.errand(p, start, rng)
	}
	d.lose(p, start, rng)
}

// goOut replaces the end of a stay at home, from depart on, by a way there, a
// stay and the way back. The caller leaves enough time before midnight.
func (d *diary) goOut(t trip, in setting, way setting) {
	d.add(leg{t.depart, t.arrive, t.from, t.at, way})
	d.add(leg{t.arrive, t.leave, t.at, t.at, in})
	d.add(leg{t.leave, t.back, t.at, t.from, way})
}

// journey lays a trip over the day, which holds all or a part of it.
func (d *diary) journey(t *trip) { d.goOut(*t, outdoors, vehicle) }

// add lays a leg over the legs of the day and cuts what it covers. The leg may
// begin before the day or end after it.
func (d *diary) add(n leg) {
	start := d.legs[0].from
	if n.until <= start || n.from >= d.end || n.until <= n.from {
		return
	}
	kept := make([]leg, 0, len(d.legs)+2)
	for _, l := range d.legs {
		if l.from < n.from {
			head := l
			head.until = min(l.until, n.from)
			kept = append(kept, head)
		}
	}
	kept = append(kept, n)
	for _, l := range d.legs {
		if l.until > n.until {
			tail := l
			tail.from = max(l.from, n.until)
			kept = append(kept, tail)
		}
	}
	d.legs = kept
}

func (d *diary) workday(p *person, start roster.Instant, rng *rand.Rand) {
	speed, way := commute(metres(p.home, p.work), rng)
	time := journey(p.home, p.work, speed)
	t := trip{at: p.work, from: p.home}
	t.depart = start + 7*roster.Hour + minutes(rng, 30, 75)
	t.arrive = t.depart + time
	t.leave = start + 17*roster.Hour + minutes(rng, 0, 45)
	t.back = t.leave + time
	d.goOut(t, indoors, way)
}

// commute chooses how to travel a distance in metres.
func commute(distance float64, rng *rand.Rand) (float64, setting) {
	switch {
	case distance < 1800:
		return walkSpeed, outdoors
	case distance > 5000 && rng.Float64() < 0.6:
		return metroSpeed, underground
	}
	return busSpeed, vehicle
}

// errand goes shopping after work or in the morning; one shop in five is in a
// basement.
func (d *diary) errand(p *person, start roster.Instant, rng *rand.Rand) {
	way := journey(p.home, p.shop, walkSpeed)
	t := trip{at: p.shop, from: p.home, depart: start + 19*roster.Hour + minutes(rng, 10, 40)}
	if p.work == p.home {
		t.depart = start + 9*roster.Hour + minutes(rng, 0, 120)
	}
	t.arrive = t.depart + way
	t.leave = t.arrive + minutes(rng, 15, 35)
	t.back = t.leave + way
	in := indoors
	if rng.Float64() < 0.2 {
		in = underground
	}
	d.goOut(t, in, outdoors)
}

// lose gives some days a dead spot: during a long stay, so that fixes come
// before and after it and the silence stays far below every threshold.
func (d *diary) lose(p *person, start roster.Instant, rng *rand.Rand) {
	busy := p.scripts.any(func(sc *script) bool { return sc.from < d.end && start < sc.until })
	if rng.Float64() > 0.2 || busy {
		return
	}
	for _, l := range d.legs {
		from := max(l.from, start+9*roster.Hour) + 40*roster.Minute
		if l.a == l.b && l.in == indoors && l.until-from > 90*roster.Minute {
			from += minutes(rng, 0, 30)
			d.dead = roster.Interval{From: from, End: from + minutes(rng, 12, 38)}
			return
		}
	}
}

func minutes(rng *rand.Rand, low, high int) roster.Instant {
	return roster.Instant(low)*roster.Minute + roster.Instant(rng.Int64N(int64(high-low)*int64(roster.Minute)))
}
