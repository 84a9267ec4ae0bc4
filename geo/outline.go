package geo

import (
	"math"
	"slices"
)

// Rings are the closed rings of the shape, to be drawn: what lies inside an odd
// number of them lies inside the shape. They are copies.
func (s *Shape) Rings() [][]Point {
	out := make([][]Point, len(s.ends))
	for i := range s.ends {
		from, end := s.ring(i)
		out[i] = slices.Clone(s.verts[from:end])
	}
	return out
}

// Around is a closed ring of 64 points so many metres from p, to be drawn as a
// circle.
func Around(p Point, metres float64) []Point {
	const sides = 64
	f := newFrame(p)
	ring := make([]Point, sides+1)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%sides) / sides)
		ring[i] = Point{Lat: p.Lat + metres*sin/f.y, Lng: p.Lng + metres*cos/f.x}
	}
	return ring
}
