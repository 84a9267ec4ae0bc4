package geo

import (
	"math"
	"sort"
)

// Shape is a polygon or several, with holes, in WGS-84. Its edges are straight
// lines in latitude and longitude, and a point is inside if a ray crosses the
// edges of all rings an odd number of times; the edge itself is inside. A Shape
// does not change and may be shared.
type Shape struct {
	rings
	bounds box
	bands  bands
}

// rings is any number of closed rings one after another, each with its first
// vertex repeated at the end. An edge is named by the index of its first vertex.
type rings struct {
	verts []Point
	ends  []int32 // index after the last vertex of each ring
}

// edges calls yield for each edge in order.
func (r *rings) edges(yield func(edge int32) bool) {
	from := int32(0)
	for _, end := range r.ends {
		for e := from; e < end-1; e++ {
			if !yield(e) {
				return
			}
		}
		from = end
	}
}

// ringOf returns the position in ends of the ring that owns the edge.
func (r *rings) ringOf(edge int32) int {
	return sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > edge })
}

// ring returns the range of vertex indices of ring i.
func (r *rings) ring(i int) (from, end int32) {
	if i > 0 {
		from = r.ends[i-1]
	}
	return from, r.ends[i]
}

func newShape(r rings) *Shape {
	s := &Shape{rings: r, bounds: boxOf(r.verts...)}
	s.bands = newBands(s)
	return s
}

// Contains reports whether p lies inside the shape or on its edge.
func (s *Shape) Contains(p Point) bool {
	if !s.bounds.contains(p) {
		return false
	}
	inside := false
	for _, e := range s.bands.at(p.Lat) {
		switch meet(p, s.verts[e], s.verts[e+1]) {
		case onEdge:
			return true
		case crosses:
			inside = !inside
		}
	}
	return inside
}

// Signed returns the distance from p to the nearest edge in metres, positive
// inside and on the edge, negative outside. The distance is measured in the
// equirectangular projection at p. This is the definition that ZoneIndex is
// held to: it looks at every edge and takes time in proportion.
func (s *Shape) Signed(p Point) float64 {
	f := newFrame(p)
	nearest, inside, on := math.Inf(1), false, false
	for e := range s.edges {
		a, b := s.verts[e], s.verts[e+1]
		nearest = min(nearest, f.distance2(a, b))
		switch meet(p, a, b) {
		case onEdge:
			on = true
		case crosses:
			inside = !inside
		}
	}
	return signed(math.Sqrt(nearest), inside || on)
}

func signed(distance float64, inside bool) float64 {
	if inside {
		return distance
	}
	return -distance
}

// bands lists the edges by stripes of latitude. The edges at a latitude are
// all that a ray to the east along it can meet.
type bands struct {
	south, perDegree float64
	start            []int32 // of each band in edges, and the end
	edges            []int32
}

// newBands chooses the stripes so that the lists hold about two entries per
// edge, whatever the form of the shape.
func newBands(s *Shape) bands {
	height, climbed, n := s.bounds.max.Lat-s.bounds.min.Lat, 0.0, 0
	for e := range s.rings.edges {
		climbed += math.Abs(s.verts[e+1].Lat - s.verts[e].Lat)
		n++
	}
	count := 1
	if climbed > 0 {
		count = max(1, min(n/2, int(2*float64(n)*height/climbed)))
	}
	b := bands{south: s.bounds.min.Lat, start: make([]int32, count+1)}
	if height > 0 {
		b.perDegree = float64(count) / height
	}
	b.fill(s)
	return b
}

func (b *bands) fill(s *Shape) {
	for e := range s.rings.edges {
		first, last := b.span(s.verts[e], s.verts[e+1])
		for i := first; i <= last; i++ {
			b.start[i+1]++
		}
	}
	for i := 1; i < len(b.start); i++ {
		b.start[i] += b.start[i-1]
	}
	next := append([]int32(nil), b.start...)
	b.edges = make([]int32, b.start[len(b.start)-1])
	for e := range s.rings.edges {
		first, last := b.span(s.verts[e], s.verts[e+1])
		for i := first; i <= last; i++ {
			b.edges[next[i]] = e
			next[i]++
		}
	}
}

// index grows with the latitude, rounding included; that alone makes at
// complete.
func (b *bands) index(lat float64) int {
	return max(0, min(len(b.start)-2, int((lat-b.south)*b.perDegree)))
}

func (b *bands) span(p, q Point) (first, last int) {
	return b.index(min(p.Lat, q.Lat)), b.index(max(p.Lat, q.Lat))
}

func (b *bands) at(lat float64) []int32 {
	i := b.index(lat)
	return b.edges[b.start[i]:b.start[i+1]]
}
