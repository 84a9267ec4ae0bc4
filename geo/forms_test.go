package geo_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var (
	_ failer = (*testing.T)(nil)
	_ failer = (*testing.B)(nil)
	_ failer = (*rapid.T)(nil)
)

func mustParse(t failer, geometry string, d geo.Datum) *geo.Shape {
	t.Helper()
	s, err := geo.ParseShape([]byte(geometry), d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// offset returns the point at metres from p in the direction of bearing.
func offset(p geo.Point, metres, bearing float64) geo.Point {
	sin, cos := math.Sincos(bearing * math.Pi / 180)
	return geo.Point{
		Lat: p.Lat + metres*cos/111195.08,
		Lng: p.Lng + metres*sin/(111195.08*math.Cos(p.Lat*math.Pi/180)),
	}
}

// star returns a closed ring of n corners around a centre, with radii between
// radius·(1−noise) and radius.
func star(center geo.Point, radius float64, n int, noise float64, random func() float64) []geo.Point {
	ring := make([]geo.Point, 0, n+1)
	for i := range n {
		ring = append(ring, offset(center, radius*(1-noise*random()), 360*float64(i)/float64(n)))
	}
	return append(ring, ring[0])
}

// geometryOf writes one polygon per argument: its outer ring and its holes.
func geometryOf(polygons ...[][]geo.Point) string {
	coordinates := make([][][][2]float64, len(polygons))
	for i, rings := range polygons {
		for _, ring := range rings {
			var positions [][2]float64
			for _, p := range ring {
				positions = append(positions, [2]float64{p.Lng, p.Lat})
			}
			coordinates[i] = append(coordinates[i], positions)
		}
	}
	data, err := json.Marshal(map[string]any{"type": "MultiPolygon", "coordinates": coordinates})
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// testCase is a random shape with points that matter to it.
type testCase struct {
	shape  *geo.Shape
	points []geo.Point
}

// drawCase makes one or two noisy stars, from 100 m to 100 km, each perhaps
// with a hole, drawn in any datum.
func drawCase(t *rapid.T) testCase {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	size := math.Pow(10, rapid.Float64Range(1.7, 4.7).Draw(t, "log radius"))
	center := geo.Point{
		Lat: rapid.Float64Range(18, 53).Draw(t, "lat"),
		Lng: rapid.Float64Range(74, 134).Draw(t, "lng"),
	}
	datum := rapid.SampledFrom([]geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09}).Draw(t, "datum")
	parts := rapid.IntRange(1, 2).Draw(t, "parts")
	var polygons [][][]geo.Point
	for i := range parts {
		at := offset(center, 2.1*size*float64(i), 60)
		rings := [][]geo.Point{star(at, size, rapid.IntRange(3, 120).Draw(t, "corners"), 0.4, r.Float64)}
		if len(rings[0]) > 7 && rapid.Bool().Draw(t, "hole") {
			rings = append(rings, star(at, size*0.4, rapid.IntRange(3, 40).Draw(t, "hole corners"), 0.6, r.Float64))
		}
		polygons = append(polygons, rings)
	}
	c := testCase{shape: mustParse(t, geometryOf(polygons...), datum)}
	c.addPoints(polygons, size, datum, r)
	return c
}

// addPoints scatters points over the surroundings and along the edges, and puts
// some exactly on vertices and edges.
func (c *testCase) addPoints(polygons [][][]geo.Point, size float64, d geo.Datum, r *rand.Rand) {
	for _, rings := range polygons {
		for range 60 {
			c.points = append(c.points, offset(d.ToWGS84(rings[0][0]), size*4*r.Float64(), 360*r.Float64()))
		}
		for _, ring := range rings {
			for range 20 {
				i := r.IntN(len(ring) - 1)
				a, b := d.ToWGS84(ring[i]), d.ToWGS84(ring[i+1])
				f := r.Float64()
				on := geo.Point{Lat: a.Lat + f*(b.Lat-a.Lat), Lng: a.Lng + f*(b.Lng-a.Lng)}
				c.points = append(c.points, a, on, offset(on, 1000*r.Float64()*r.Float64(), 360*r.Float64()))
			}
		}
	}
}
