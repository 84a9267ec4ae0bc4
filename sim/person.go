package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// Purposes of random generators, so that a change in one leaves the others alone.
const (
	forPlaces uint64 = iota + 1
	forDays
	forNoise
	forDevice
	forDuty
	forScripts
	forCity
)

// person is what does not change of one subject during a run.
type person struct {
	*roster.SubjectEntry
	index   int
	ground  ground
	home    geo.Point
	work    geo.Point // equal to home: none
	shop    geo.Point // equal to home: none
	trips   []trip    // away from the daily round, by time
	bands   []*unit   // prototypes; a pass copies them
	phones  []*unit
	scripts scripts // none: behaves
}

// trip is a journey away from home and back, straight both ways.
type trip struct {
	depart, arrive, leave, back roster.Instant
	at                          geo.Point
	from                        geo.Point
}

func (t *trip) overlaps(from, until roster.Instant) bool { return t.depart < until && from < t.back }

// settle gives a subject a home, places to go and devices.
func (s *Sim) settle(index int, e *roster.SubjectEntry) *person {
	p := &person{SubjectEntry: e, index: index, ground: s.groundOf(e)}
	rng := s.random(string(e.ID), forPlaces)
	p.home = s.homeOf(p, rng)
	p.work = s.placeFrom(p, rng, 1200, 9000)
	p.shop = s.placeFrom(p, rng, 350, 1500)
	p.equip(s)
	p.travel(s, rng)
	return p
}

func (s *Sim) homeOf(p *person, rng *rand.Rand) geo.Point {
	if p.HomeRadiusM > 0 || p.Home != (geo.Point{}) {
		return p.Home
	}
	zone := p.ground.area
	if zone < 0 {
		return toward(geo.Point{Lat: 31.2, Lng: 121.3}, rng.Float64()*2*math.Pi, 5000*rng.Float64())
	}
	for range 40 {
		if h, ok := s.pointIn(zone, 1000, rng); ok && p.ground.clear(h) {
			return h
		}
	}
	h, _ := s.pointIn(zone, areaMargin, rng)
	return h
}

// placeFrom looks for a place to go at a distance from home between near and
// far metres; home itself when there is none.
func (s *Sim) placeFrom(p *person, rng *rand.Rand, near, far float64) geo.Point {
	if !p.ground.clear(p.home) {
		return p.home
	}
	for range 12 {
		q := toward(p.home, rng.Float64()*2*math.Pi, near+(far-near)*rng.Float64())
		if s.crowd.room(q) && p.ground.clearWay(p.home, q) {
			s.crowd.take(q)
			return q
		}
	}
	return p.home
}

// equip gives the person its devices as they will behave.
func (p *person) equip(s *Sim) {
	for _, d := range p.Devices {
		switch d.Kind {
		case roster.Wristband:
			p.bands = append(p.bands, s.newUnit(p, d))
		case roster.App:
			p.phones = append(p.phones, s.newUnit(p, d))
		}
	}
	for _, office := range []roster.OfficeID{p.Office, ""} {
		if k := s.kiosks[office]; k != nil {
			p.phones = append(p.phones, s.newUnit(p, k))
			return
		}
	}
}

// window is one time to check in; duty says whether the roster demands it.
type window struct {
	roster.DutyWindow
	duty bool
}

// nextWindow returns the first window that begins at or after t. Someone
// without a roll-call of the roster has windows by colour: they check in at all
// times that any colour asks for, which satisfies each.
func (p *person) nextWindow(s *Sim, t roster.Instant) (window, bool) {
	var next window
	ok := false
	if p.Duty != nil {
		var w roster.DutyWindow
		if w, ok = p.Duty.Next(t); ok {
			next = window{w, true}
		}
	}
	if p.Rollcall != "" {
		return next, ok
	}
	for _, hours := range [][2]time.Duration{{7*time.Hour + 30*time.Minute, 9*time.Hour + 30*time.Minute}, {12 * time.Hour, 14 * time.Hour}} {
		day := s.cal.DayStart(t)
		if day+roster.Length(hours[0]) < t {
			day = s.cal.AddDays(day, 1)
		}
		from, until := day+roster.Length(hours[0]), day+roster.Length(hours[1])
		if !ok || from < next.From {
			next, ok = window{roster.DutyWindow{From: from, Until: until, Deadline: until}, false}, true
		}
	}
	return next, ok
}

// checkTime is when the person checks in during a window: never in its first
// minutes, which is a habit of evading (踩点), unless that is their script.
func (p *person) checkTime(s *Sim, w window) roster.Instant {
	length := w.Until - w.From
	first := w.From + min(15*roster.Minute, length/3)
	last := w.Until - min(15*roster.Minute, length/4)
	rng := rand.New(rand.NewPCG(s.cfg.Seed^forDuty, uint64(w.From)^uint64(p.index)<<48))
	if p.scripts.hugs(w) {
		return w.From + minutes(rng, 1, 8)
	}
	return first + roster.Instant(rng.Int64N(int64(max(last-first, 1))))
}

// dutiful tells whether the person has a check-in duty for the window.
func (p *person) dutiful(w window) bool {
	if !w.duty || p.Reported == 0 || p.Reported > w.From {
		return false
	}
	if w.From < p.Term.From || p.Term.End != 0 && w.Until > p.Term.End {
		return false
	}
	for _, c := range p.Custody {
		if c.From < w.Until && (c.End == 0 || w.From < c.End) {
			return false
		}
	}
	return true
}
