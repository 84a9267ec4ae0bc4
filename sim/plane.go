package sim

import (
	"encoding/json"
	"math"

	"correctiond/geo"
)

// metresPerDegree of latitude on the mean sphere. People move tens of
// kilometres at most, so a plane tangent at each point is exact enough here.
const metresPerDegree = 6371008.8 * math.Pi / 180

// move returns the point so many metres east and north of p.
func move(p geo.Point, east, north float64) geo.Point {
	return geo.Point{
		Lat: p.Lat + north/metresPerDegree,
		Lng: p.Lng + east/(metresPerDegree*math.Cos(p.Lat*math.Pi/180)),
	}
}

// toward returns the point at a bearing (radians, 0 is east) and a distance in metres.
func toward(p geo.Point, bearing, metres float64) geo.Point {
	sin, cos := math.Sincos(bearing)
	return move(p, metres*cos, metres*sin)
}

// metres between two points.
func metres(a, b geo.Point) float64 {
	north := (b.Lat - a.Lat) * metresPerDegree
	east := (b.Lng - a.Lng) * metresPerDegree * math.Cos(a.Lat*math.Pi/180)
	return math.Hypot(east, north)
}

// between returns the point at fraction f of the way from a to b.
func between(a, b geo.Point, f float64) geo.Point {
	return geo.Point{Lat: a.Lat + (b.Lat-a.Lat)*f, Lng: a.Lng + (b.Lng-a.Lng)*f}
}

// outerRing returns the vertices of the first ring of a GeoJSON polygon or
// multipolygon in WGS-84; nil when there is none. The roster has checked it.
func outerRing(geometry json.RawMessage, d geo.Datum) []geo.Point {
	var g struct {
		Type        string
		Coordinates json.RawMessage
	}
	if json.Unmarshal(geometry, &g) != nil {
		return nil
	}
	var rings [][][]float64
	if g.Type == "MultiPolygon" {
		var many [][][][]float64
		if json.Unmarshal(g.Coordinates, &many) != nil || len(many) == 0 {
			return nil
		}
		rings = many[0]
	} else if json.Unmarshal(g.Coordinates, &rings) != nil {
		return nil
	}
	if len(rings) == 0 {
		return nil
	}
	ring := make([]geo.Point, 0, len(rings[0]))
	for _, c := range rings[0] {
		if len(c) >= 2 {
			ring = append(ring, d.ToWGS84(geo.Point{Lat: c[1], Lng: c[0]}))
		}
	}
	return ring
}

// centre is the mean of the vertices.
func centre(ring []geo.Point) geo.Point {
	var c geo.Point
	for _, p := range ring {
		c.Lat += p.Lat / float64(len(ring))
		c.Lng += p.Lng / float64(len(ring))
	}
	return c
}
