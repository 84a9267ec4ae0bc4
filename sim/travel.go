package sim

import (
	"math/rand/v2"

	"correctiond/geo"
	"correctiond/roster"
)

// Speeds over a straight line, in metres per second.
const (
	walkSpeed  = 1.2
	busSpeed   = 5.5
	metroSpeed = 10
	carSpeed   = 12
	longSpeed  = 25 // motorway, on leave
)

// journey returns how long a straight way takes.
func journey(a, b geo.Point, speed float64) roster.Instant {
	return roster.Instant(metres(a, b) / speed * float64(roster.Second))
}

// travel plans the trips that leaves and travel approvals permit.
func (p *person) travel(s *Sim, rng *rand.Rand) {
	for i := range p.Permits {
		permit := &p.Permits[i]
		if permit.Zone < 0 || permit.End == 0 || permit.From >= s.cfg.Until || permit.End <= s.cfg.From {
			continue
		}
		to, ok := s.pointIn(permit.Zone, 400, rng)
		switch {
		case !ok:
		case permit.Travel:
			p.commuteAbroad(s, permit, to)
		default:
			p.takeLeave(s, permit, to)
		}
	}
}

// takeLeave goes on the first day and is back on the evening of the last: the
// days on which the law lets a person travel.
func (p *person) takeLeave(s *Sim, permit *roster.Permit, to geo.Point) {
	first, last := s.cal.DayStart(permit.From), s.cal.DayStart(permit.End-1)
	t := trip{depart: max(first+10*roster.Hour, permit.From), at: to, from: p.home}
	way := journey(p.home, to, longSpeed)
	t.arrive = t.depart + way
	t.back = min(last+17*roster.Hour, permit.End-roster.Hour)
	if permit.Returned != 0 {
		t.back = min(t.back, permit.Returned-roster.Minute)
	}
	t.leave = t.back - way
	if first < last && t.leave > t.arrive {
		p.trips = append(p.trips, t)
	}
}

// commuteAbroad goes to the approved city every third day, if the way there
// stays in the area and the destination: such approvals have no travel days.
func (p *person) commuteAbroad(s *Sim, permit *roster.Permit, to geo.Point) {
	shape := s.dir.Shape(permit.Zone)
	permitted := func(q geo.Point) bool {
		return p.ground.apart(q, -1) && (p.ground.inArea(q, 0) || shape.Contains(q))
	}
	if !s.crowd.room(to) || !along(p.home, to, permitted) {
		return
	}
	s.crowd.take(to)
	way := journey(p.home, to, carSpeed)
	day := max(s.cal.DayStart(permit.From), s.cal.AddDays(s.cal.DayStart(s.cfg.From), -1))
	for ; day < min(permit.End, s.cfg.Until); day = s.cal.AddDays(day, 3) {
		t := trip{depart: day + 9*roster.Hour, leave: day + 16*roster.Hour, at: to, from: p.home}
		t.arrive, t.back = t.depart+way, t.leave+way
		if t.arrive < t.leave && t.depart >= permit.From && t.back < permit.End {
			p.trips = append(p.trips, t)
		}
	}
}
