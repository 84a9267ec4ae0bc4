package geo

import "math"

// metresPerDegree is the length of a degree of latitude on the mean sphere.
const metresPerDegree = earthRadiusM * radians

// side returns twice the signed area of a, b, p in square degrees: positive
// where p lies left of a→b seen with longitude to the right and latitude up.
// The conversions keep the compiler from fusing the products, so that every
// machine finds the same side.
func side(a, b, p Point) float64 {
	return float64((b.Lng-a.Lng)*(p.Lat-a.Lat)) - float64((p.Lng-a.Lng)*(b.Lat-a.Lat))
}

// meeting is what the ray from a point to the east does with an edge.
type meeting uint8

const (
	misses meeting = iota
	crosses
	onEdge // the point itself lies on the edge
)

// meet is the one crossing test of this package. Edges are half open in
// latitude, so that a ray through a vertex counts it once.
func meet(p, a, b Point) meeting {
	if p.Lat < min(a.Lat, b.Lat) || p.Lat > max(a.Lat, b.Lat) || p.Lng > max(a.Lng, b.Lng) {
		return misses
	}
	straddles := (a.Lat > p.Lat) != (b.Lat > p.Lat)
	if p.Lng >= min(a.Lng, b.Lng) {
		s := side(a, b, p)
		if s == 0 {
			return onEdge
		}
		straddles = straddles && (s > 0) == (b.Lat > a.Lat)
	}
	if straddles {
		return crosses
	}
	return misses
}

// frame is the local equirectangular projection at a point, in metres.
type frame struct {
	at   Point
	x, y float64 // metres per degree of longitude and latitude
}

func newFrame(at Point) frame {
	return frame{at: at, x: metresPerDegree * math.Cos(at.Lat*radians), y: metresPerDegree}
}

// distance2 returns the squared distance in m² from the frame's point to the
// segment from a to b.
func (f *frame) distance2(a, b Point) float64 {
	ax, ay := (a.Lng-f.at.Lng)*f.x, (a.Lat-f.at.Lat)*f.y
	dx, dy := (b.Lng-a.Lng)*f.x, (b.Lat-a.Lat)*f.y
	if along := -(ax*dx + ay*dy); along > 0 {
		if whole := dx*dx + dy*dy; along < whole {
			ax += dx * (along / whole)
			ay += dy * (along / whole)
		} else {
			ax, ay = ax+dx, ay+dy
		}
	}
	return ax*ax + ay*ay
}

// nearest2 returns the smallest distance2 to the edges between the vertices.
func (f *frame) nearest2(verts []Point) float64 {
	nearest := math.Inf(1)
	for i := 1; i < len(verts); i++ {
		if d := f.distance2(verts[i-1], verts[i]); d < nearest {
			nearest = d
		}
	}
	return nearest
}

// box is a rectangle of latitudes and longitudes, borders included.
type box struct{ min, max Point }

func boxOf(points ...Point) box {
	b := box{min: Point{Lat: math.Inf(1), Lng: math.Inf(1)}, max: Point{Lat: math.Inf(-1), Lng: math.Inf(-1)}}
	for _, p := range points {
		b.min = Point{Lat: min(b.min.Lat, p.Lat), Lng: min(b.min.Lng, p.Lng)}
		b.max = Point{Lat: max(b.max.Lat, p.Lat), Lng: max(b.max.Lng, p.Lng)}
	}
	return b
}

func (b box) contains(p Point) bool {
	return p.Lat >= b.min.Lat && p.Lat <= b.max.Lat && p.Lng >= b.min.Lng && p.Lng <= b.max.Lng
}

func (b box) middle() Point {
	return Point{Lat: (b.min.Lat + b.max.Lat) / 2, Lng: (b.min.Lng + b.max.Lng) / 2}
}

func (b *box) meets(c *box) bool {
	return b.min.Lng <= c.max.Lng && c.min.Lng <= b.max.Lng && b.min.Lat <= c.max.Lat && c.min.Lat <= b.max.Lat
}

// meetsInPoint tells of boxes that meet whether they share one point only.
func (b *box) meetsInPoint(c *box) bool {
	return max(b.min.Lat, c.min.Lat) == min(b.max.Lat, c.max.Lat) &&
		max(b.min.Lng, c.min.Lng) == min(b.max.Lng, c.max.Lng)
}

// nearest returns the point of b that is closest to p in any projection that
// scales the two axes.
func (b box) nearest(p Point) Point {
	return Point{
		Lat: min(max(p.Lat, b.min.Lat), b.max.Lat),
		Lng: min(max(p.Lng, b.min.Lng), b.max.Lng),
	}
}

// contact is how two edges lie to each other.
type contact uint8

const (
	apart contact = iota
	touching
	crossing
	overlapping
)

// contactOf compares the edges a→b and c→d, whose boxes meet.
func contactOf(a, b, c, d Point) contact {
	sc, sd := side(a, b, c), side(a, b, d)
	if sameSide(sc, sd) {
		return apart
	}
	sa, sb := side(c, d, a), side(c, d, b)
	if sameSide(sa, sb) {
		return apart
	}
	ab, cd := boxOf2(a, b), boxOf2(c, d)
	switch {
	case sc == 0 && sd == 0 && !ab.meetsInPoint(&cd):
		return overlapping
	case sc != 0 && sd != 0 && sa != 0 && sb != 0:
		return crossing
	}
	return touching
}

// sameSide tells of two results of side whether both points lie off the line, on
// the same side. Multiplying them could underflow.
func sameSide(s, t float64) bool { return s > 0 && t > 0 || s < 0 && t < 0 }

// boxOf2 is boxOf without its loop, for the inner loops.
func boxOf2(a, b Point) box {
	return box{
		min: Point{Lat: min(a.Lat, b.Lat), Lng: min(a.Lng, b.Lng)},
		max: Point{Lat: max(a.Lat, b.Lat), Lng: max(a.Lng, b.Lng)},
	}
}
