package geo_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

const (
	square = `[[0,0],[10,0],[10,10],[0,10],[0,0]]`
	hole   = `[[2,2],[2,4],[4,4],[4,2],[2,2]]`
)

func polygonOf(rings ...string) string {
	return `{"type":"Polygon","coordinates":[` + strings.Join(rings, ",") + `]}`
}

func multiOf(polygons ...string) string {
	return `{"type":"MultiPolygon","coordinates":[` + strings.Join(polygons, ",") + `]}`
}

func TestParseShapeAccepts(t *testing.T) {
	tests := []struct{ name, geometry string }{
		{"square with hole", polygonOf(square, hole)},
		{"altitudes", polygonOf(`[[0,0,5],[1,0,5],[1,1,5],[0,0,5]]`)},
		{"repeated positions", polygonOf(`[[0,0],[0,0],[1,0],[1,1],[1,1],[0,0],[0,0]]`)},
		{"straight-on vertex", polygonOf(`[[0,0],[1,0],[2,0],[2,2],[0,0]]`)},
		{"hole touching the outer ring in a point", polygonOf(square, `[[0,5],[2,4],[2,6],[0,5]]`)},
		{"island in the hole", multiOf(`[`+square+`,`+hole+`]`, `[[[2.5,2.5],[3,2.5],[3,3],[2.5,2.5]]]`)},
		{"polygons touching in a corner", multiOf(`[`+square+`]`, `[[[10,10],[11,10],[11,11],[10,10]]]`)},
	}
	for _, tt := range tests {
		if _, err := geo.ParseShape([]byte(tt.geometry), geo.WGS84); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseShapeRefuses(t *testing.T) {
	tests := []struct{ name, geometry, want string }{
		{"not JSON", `{`, "geometry: not a GeoJSON polygon"},
		{"a ring for a polygon", `{"type":"Polygon","coordinates":[[0,0],[1,0],[1,1],[0,0]]}`, "geometry: not a GeoJSON polygon"},
		{"a point", `{"type":"Point","coordinates":[1,2]}`, "neither Polygon nor MultiPolygon"},
		{"no coordinates", `{"type":"Polygon"}`, "coordinates missing"},
		{"null for a number", polygonOf(`[[null,0],[1,0],[1,1],[null,0]]`), "coordinates missing or null"},
		{"no ring", polygonOf(), "polygon 0 has no ring"},
		{"no polygon", multiOf(), "no polygon"},
		{"open ring", polygonOf(`[[0,0],[1,0],[1,1],[0,1]]`), "coordinates[0]: not closed"},
		{"three positions", polygonOf(`[[0,0],[1,0],[0,0]]`), "coordinates[0]: 3 positions"},
		{"two places", polygonOf(`[[0,0],[1,0],[1,0],[0,0]]`), "only 2 different"},
		{"latitude first", polygonOf(`[[31,121],[31,122],[32,122],[31,121]]`), "coordinates[0][0]: longitude 31, latitude 121 out of range"},
		{"one number", polygonOf(`[[0],[1,0],[1,1],[0,0]]`), "coordinates[0][0]: 1 numbers"},
		{"antimeridian", polygonOf(`[[170,0],[-170,0],[-170,10],[170,0]]`), "antimeridian"},
		{"bow tie", polygonOf(`[[0,0],[2,2],[2,0],[0,2],[0,0]]`), "coordinates[0]: the ring crosses itself"},
		{"pinched", polygonOf(`[[0,0],[4,0],[2,2],[4,4],[0,4],[2,2],[0,0]]`), "touches itself"},
		{"spike", polygonOf(`[[0,0],[4,0],[4,4],[4,6],[4,4],[0,4],[0,0]]`), "the ring touches itself"},
		{"flat", polygonOf(`[[0,0],[1,0],[2,0],[0,0]]`), "doubles back"},
		{"hole outside", polygonOf(square, `[[20,2],[20,4],[22,4],[20,2]]`), "coordinates[1]: the hole is not inside"},
		{"hole across", polygonOf(square, `[[8,2],[8,4],[12,4],[8,2]]`), "crosses coordinates[1]"},
		{"hole equal to the ring", polygonOf(square, square), "doubles back over coordinates[1]"},
		{"hole leaving at a shared vertex", polygonOf(`[[0,0],[10,0],[10,5],[10,10],[0,10],[0,0]]`, `[[8,5],[10,5],[12,4],[12,6],[10,5.5],[8,5]]`), "coordinates["},
		{"hole in a hole", polygonOf(square, hole, `[[2.5,2.5],[3,2.5],[3,3],[2.5,2.5]]`), "coordinates[2]: the hole lies in another"},
		{"polygon in polygon", multiOf(`[`+square+`]`, `[`+hole+`]`), "coordinates[1][0]: inside another polygon"},
		{"polygons sharing an edge", multiOf(`[`+square+`]`, `[[[10,2],[12,2],[12,4],[10,4],[10,2]]]`), "doubles back over"},
	}
	for _, tt := range tests {
		_, err := geo.ParseShape([]byte(tt.geometry), geo.WGS84)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestParseShapeListsEveryDefect(t *testing.T) {
	_, err := geo.ParseShape([]byte(polygonOf(`[[0,0],[2,2],[2,0],[0,2],[0,0]]`, `[[1,95],[1,0],[200,1],[1,1]]`, `[[0,0]]`)), "mars")
	var defects geo.Defects
	if !errors.As(err, &defects) {
		t.Fatalf("error %v", err)
	}
	var paths []string
	for _, d := range defects {
		paths = append(paths, d.Path)
	}
	want := []string{"datum", "coordinates[1][0]", "coordinates[1][2]", "coordinates[2]", "coordinates[0]"}
	if !slices.Equal(paths, want) {
		t.Errorf("defects at %v, want %v", paths, want)
	}
}

func TestSignedDistance(t *testing.T) {
	s := mustParse(t, polygonOf(square, hole), geo.WGS84)
	const degree = 111195.08 // metres of latitude
	tests := []struct {
		p    geo.Point
		want float64
	}{
		{geo.Point{Lat: 1, Lng: 5}, degree},
		{geo.Point{Lat: -1, Lng: 5}, -degree},
		{geo.Point{Lat: 2.5, Lng: 3}, -degree / 2}, // in the hole
		{geo.Point{Lat: 0, Lng: 0}, 0},
		{geo.Point{Lat: 0, Lng: 5}, 0},
		{geo.Point{Lat: 10, Lng: 10}, 0},
		{geo.Point{Lat: 4, Lng: 3}, 0},
		{geo.Point{Lat: 9, Lng: 11}, -degree * math.Cos(9*math.Pi/180)},
		{geo.Point{Lat: 13, Lng: 6}, -3 * degree},
	}
	for _, tt := range tests {
		if got := s.Signed(tt.p); math.Abs(got-tt.want) > 1 {
			t.Errorf("%v: %.1f m, want %.1f", tt.p, got, tt.want)
		}
		if s.Contains(tt.p) != (tt.want >= 0) {
			t.Errorf("%v: contained %v", tt.p, tt.want < 0)
		}
	}
}

// A map's outline drawn on AMap encloses the positions a receiver reports.
func TestShapeInOtherDatum(t *testing.T) {
	center := geo.Point{Lat: 31.23, Lng: 121.45}
	for _, d := range []geo.Datum{geo.GCJ02, geo.BD09} {
		var drawn []string
		for _, k := range []float64{0, 90, 180, 270, 0} {
			q := d.FromWGS84(offset(center, 200, k))
			drawn = append(drawn, fmt.Sprintf("[%.9f,%.9f]", q.Lng, q.Lat))
		}
		s := mustParse(t, polygonOf("["+strings.Join(drawn, ",")+"]"), d)
		if got := s.Signed(center); math.Abs(got-200/math.Sqrt2) > 0.5 {
			t.Errorf("%s: the centre is %.2f m inside", d, got)
		}
	}
}

func TestContainsIsTheSignOfSigned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		s := c.shape
		for _, p := range c.points {
			if d := s.Signed(p); s.Contains(p) != (d >= 0 && !math.Signbit(d)) {
				t.Fatalf("%v: signed %g, contained %v", p, d, s.Contains(p))
			}
		}
	})
}

// Crowded outlines of the greatest size are checked, not refused; one vertex
// more is a defect of its own.
func TestVertexLimit(t *testing.T) {
	mustParse(t, comb(100_000), geo.WGS84)
	var defects geo.Defects
	if _, err := geo.ParseShape([]byte(comb(100_001)), geo.WGS84); !errors.As(err, &defects) || len(defects) != 1 {
		t.Errorf("100 001 vertices: %v", err)
	}
}

// comb has n/2 long thin teeth.
func comb(n int) string {
	ring := []geo.Point{{Lat: 30, Lng: 120}}
	for i := range n - 3 {
		ring = append(ring, geo.Point{Lat: 30.1 + float64(i%2)*0.8, Lng: 120 + float64(i)/float64(n)})
	}
	return geometryOf([][]geo.Point{append(ring, geo.Point{Lat: 30, Lng: 121}, ring[0])})
}

func FuzzParseShape(f *testing.F) {
	f.Add([]byte(polygonOf(square, hole)), "gcj02")
	f.Add([]byte(multiOf(`[`+square+`]`, `[`+hole+`]`)), "wgs84")
	f.Add([]byte(polygonOf(`[[0,0],[2,2],[2,0],[0,2],[0,0]]`)), "bd09")
	f.Fuzz(func(t *testing.T, geometry []byte, datum string) {
		s, err := geo.ParseShape(geometry, geo.Datum(datum))
		if err != nil {
			return
		}
		for _, p := range []geo.Point{{Lat: 1, Lng: 1}, {Lat: 31, Lng: 121}, {Lat: 0, Lng: 180}} {
			if d := s.Signed(p); s.Contains(p) != !math.Signbit(d) {
				t.Errorf("%v: signed %g, contained %v", p, d, s.Contains(p))
			}
		}
	})
}
