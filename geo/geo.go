// Package geo answers where a position lies: datum conversion, distances, the
// exact polygon with holes as judge, and an index of H3 cells in front of it.
// It holds pure values and is the only importer of h3-go.
//
// All coordinates are degrees. Inside the daemon they are WGS-84; other datums
// exist only at the edges (see Datum). The polygon decides and the cells only
// save work: ZoneIndex never answers differently from Shape.
package geo

import "math"

// earthRadiusM is the mean radius of the Earth (IUGG), in metres.
const earthRadiusM = 6371008.8

const radians = math.Pi / 180

// Point is a position in degrees: latitude −90…90, longitude −180…180.
type Point struct {
	Lat, Lng float64
}

// Valid reports whether p can be a real position: finite, in range, and not
// exactly (0,0), which is what receivers without a fix report.
func (p Point) Valid() bool {
	return p.inRange() && p != Point{}
}

// inRange is false for NaN, too: every comparison with it is.
func (p Point) inRange() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lng) <= 180
}

// Distance returns the great-circle distance from a to b in metres.
func Distance(a, b Point) float64 {
	sinLat := math.Sin((b.Lat - a.Lat) * radians / 2)
	sinLng := math.Sin((b.Lng - a.Lng) * radians / 2)
	h := sinLat*sinLat + math.Cos(a.Lat*radians)*math.Cos(b.Lat*radians)*sinLng*sinLng
	return 2 * earthRadiusM * math.Asin(math.Sqrt(min(1, h)))
}

// Beyond reports whether two points are farther apart than so many metres, as
// Distance has it. Mostly the differences of the coordinates decide.
func Beyond(a, b Point, metres float64) bool {
	const (
		perDegree = earthRadiusM * radians
		slack     = 1e-9 // rounding must not decide
	)
	lat, lng := math.Abs(a.Lat-b.Lat), math.Abs(a.Lng-b.Lng)
	switch {
	case (lat+lng)*perDegree*(1+slack) < metres: // along a meridian, then a parallel
		return false
	case lat*perDegree*(1-slack) > metres:
		return true
	}
	return Distance(a, b) > metres
}
