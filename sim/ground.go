package sim

import (
	"math"
	"math/rand/v2"

	"correctiond/geo"
	"correctiond/roster"
)

// Margins that keep an honest position, with the worst noise that is not
// coarse (200 m), clear of every zone's threshold.
const (
	areaMargin  = 100 // metres inside the area
	zoneMargin  = 300 // metres outside watch zones, and beyond an approach distance
	defaultNear = 300 // approach distance of a zone that names none
	probeStep   = 250 // metres between the probes of a route
)

// ground tells where one person may be without raising anything.
type ground struct {
	dir       *roster.Directory
	area      int // zone index, -1: none
	forbidden []roster.ForbiddenRef
	watch     []int
}

func (s *Sim) groundOf(e *roster.SubjectEntry) ground {
	return ground{dir: s.dir, area: e.Area, forbidden: e.Forbidden, watch: s.watch}
}

func (g *ground) inArea(p geo.Point, margin float64) bool {
	return g.area < 0 || g.dir.Zones().Signed(g.area, p, geo.CellOf(p)) >= margin
}

// apart tells whether p is far from every zone but the area; but is a zone that
// does not count, -1 for none.
func (g *ground) apart(p geo.Point, but int) bool {
	for _, f := range g.forbidden {
		if f.Zone != but && g.dir.Shape(f.Zone).Signed(p) > -(near(f)+zoneMargin) {
			return false
		}
	}
	for _, z := range g.watch {
		if z != but && g.dir.Shape(z).Signed(p) > -zoneMargin {
			return false
		}
	}
	return true
}

func near(f roster.ForbiddenRef) float64 {
	if f.ApproachM > 0 {
		return f.ApproachM
	}
	return defaultNear
}

func (g *ground) clear(p geo.Point) bool { return g.inArea(p, areaMargin) && g.apart(p, -1) }

// clearWay tells whether the straight way between two points raises nothing.
func (g *ground) clearWay(a, b geo.Point) bool {
	return along(a, b, g.clear)
}

// along tells whether ok holds all the way from a to b.
func along(a, b geo.Point, ok func(geo.Point) bool) bool {
	n := int(math.Ceil(metres(a, b)/probeStep)) + 1
	for i := range n + 1 {
		if !ok(between(a, b, float64(i)/float64(n))) {
			return false
		}
	}
	return true
}

// wayOut returns the nearest point some 1.8 km beyond the edge of the area that
// a straight way leads to, which crosses the edge once; false when none is
// within 60 km.
func (g *ground) wayOut(from geo.Point) (geo.Point, bool) {
	if g.area < 0 {
		return geo.Point{}, false
	}
	best, found := geo.Point{}, math.Inf(1)
	for i := range 24 {
		bearing := float64(i) * 2 * math.Pi / 24
		if d, ok := g.exitAt(from, bearing, min(found, 60_000)); ok {
			best, found = toward(from, bearing, d), d
		}
	}
	return best, !math.IsInf(found, 1)
}

// exitAt looks for the exit in one direction, up to a distance in metres.
func (g *ground) exitAt(from geo.Point, bearing, limit float64) (float64, bool) {
	shape := g.dir.Shape(g.area)
	left := false
	for d := 0.0; d < limit; d += probeStep {
		p := toward(from, bearing, d)
		inside := g.inArea(p, 0)
		switch {
		case !g.apart(p, -1), left && inside:
			return 0, false
		case left && shape.Signed(p) < -1800:
			return d, true
		}
		left = !inside
	}
	return 0, false
}

// pointIn returns some point of a zone, margin metres from its edge if that is
// possible within a few tries; false when the zone is too thin.
func (s *Sim) pointIn(zone int, margin float64, rng *rand.Rand) (geo.Point, bool) {
	ring, shape := s.rings[zone], s.dir.Shape(zone)
	if len(ring) == 0 || shape == nil {
		return geo.Point{}, false
	}
	mid := centre(ring)
	for range 60 {
		a, b := ring[rng.IntN(len(ring))], ring[rng.IntN(len(ring))]
		p := between(between(a, b, rng.Float64()), mid, 0.1+0.85*rng.Float64())
		if shape.Signed(p) >= margin {
			return p, true
		}
	}
	return mid, shape.Contains(mid)
}

// crowd counts the places people go to, by blocks of half a kilometre, so that
// nobody invents a gathering.
type crowd map[[2]int32]int8

// room tells whether fewer than two others go to places near p.
func (c crowd) room(p geo.Point) bool {
	at := block(p)
	n := int8(0)
	for dx := int32(-1); dx <= 1; dx++ {
		for dy := int32(-1); dy <= 1; dy++ {
			n += c[[2]int32{at[0] + dx, at[1] + dy}]
		}
	}
	return n < 2
}

func (c crowd) take(p geo.Point) { c[block(p)]++ }

func block(p geo.Point) [2]int32 {
	const degrees = 0.005
	return [2]int32{int32(math.Floor(p.Lng / degrees)), int32(math.Floor(p.Lat / degrees))}
}
