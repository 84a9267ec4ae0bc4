package geo_test

import (
	"math"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

// Great-circle distances as published: Rosetta Code's haversine task for the two
// airports, Movable Type's worked example for the length of Britain, the
// definition of the mean radius for the arcs.
func TestPublishedDistances(t *testing.T) {
	const degree = 6371008.8 * math.Pi / 180
	for _, c := range []struct {
		name       string
		a, b       geo.Point
		want, slip float64 // metres
	}{
		{"Nashville to Los Angeles", geo.Point{Lat: 36.12, Lng: -86.67}, geo.Point{Lat: 33.94, Lng: -118.40}, 2_886_444, 10},
		{
			"Land's End to John o' Groats",
			geo.Point{Lat: 50 + 3./60 + 59./3600, Lng: -5 - 42./60 - 53./3600},
			geo.Point{Lat: 58 + 38./60 + 38./3600, Lng: -3 - 4./60 - 12./3600},
			968_900, 100,
		},
		{"a degree of a meridian", geo.Point{Lat: 31, Lng: 121}, geo.Point{Lat: 32, Lng: 121}, degree, 0.001},
		{"a degree of the equator", geo.Point{Lng: 121}, geo.Point{Lng: 122}, degree, 0.001},
		{"pole to equator", geo.Point{Lat: 90}, geo.Point{Lng: 121}, 90 * degree, 0.001},
		{"pole to pole", geo.Point{Lat: 90}, geo.Point{Lat: -90}, 180 * degree, 0.001},
		{"across the antimeridian", geo.Point{Lng: 179.5}, geo.Point{Lng: -179.5}, degree, 0.001},
		{"one metre", geo.Point{Lat: 31, Lng: 121}, geo.Point{Lat: 31 + 1/degree, Lng: 121}, 1, 1e-6},
		{"the pole has every longitude", geo.Point{Lat: 90, Lng: 10}, geo.Point{Lat: 90, Lng: 170}, 0, 1e-6},
	} {
		for _, got := range []float64{geo.Distance(c.a, c.b), geo.Distance(c.b, c.a)} {
			if math.Abs(got-c.want) > c.slip {
				t.Errorf("%s: %.3f m, published %.3f", c.name, got, c.want)
			}
		}
	}
}

func TestNoDetourIsShorter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPoint(t), drawPoint(t), drawPoint(t)
		direct, detour := geo.Distance(a, b), geo.Distance(a, c)+geo.Distance(c, b)
		if direct > detour+1e-3 || direct < 0 || direct > math.Pi*6371008.8+1e-3 {
			t.Fatalf("%v to %v: %g m, by %v %g m", a, b, direct, c, detour)
		}
	})
}

// The example of the coordtransform converters, which their tests repeat in
// every language: 116.404, 39.915 read in one datum and written in the next.
func TestPublishedConversions(t *testing.T) {
	p := geo.Point{Lat: 39.915, Lng: 116.404}
	for _, c := range []struct {
		from, to geo.Datum
		want     geo.Point
		slip     float64 // metres; what they invert in one step is coarse
	}{
		{geo.WGS84, geo.GCJ02, geo.Point{Lat: 39.91640428150164, Lng: 116.41024449916938}, 0.01},
		{geo.GCJ02, geo.BD09, geo.Point{Lat: 39.92133699351021, Lng: 116.41036949371029}, 0.01},
		{geo.BD09, geo.GCJ02, geo.Point{Lat: 39.90865673957631, Lng: 116.39762729119315}, 0.5},
		{geo.GCJ02, geo.WGS84, geo.Point{Lat: 39.91359571849836, Lng: 116.39775550083061}, 5},
	} {
		got := c.to.FromWGS84(c.from.ToWGS84(p))
		if d := geo.Distance(got, c.want); d > c.slip {
			t.Errorf("%s to %s: %v, %.3f m from the published %v", c.from, c.to, got, d, c.want)
		}
	}
}

// CGCS2000 is WGS-84 here; unknown datums convert nothing, their user refuses.
func TestDatumsThatShiftNothing(t *testing.T) {
	p := geo.Point{Lat: 31.23, Lng: 121.45}
	for _, d := range []geo.Datum{geo.WGS84, geo.CGCS2000, ""} {
		if d.FromWGS84(p) != p || d.ToWGS84(p) != p {
			t.Errorf("%q moves %v", d, p)
		}
	}
}

// The shift begins at the border of the box that the public formula names.
func TestTheBoxOfTheShift(t *testing.T) {
	for _, c := range []struct {
		lat, lng float64
		shifted  bool
	}{
		{0.8293, 100, true},
		{0.8292, 100, false},
		{55.8271, 100, true},
		{55.8272, 100, false},
		{30, 72.004, true},
		{30, 72.0039, false},
		{30, 137.8347, true},
		{30, 137.8348, false},
	} {
		p := geo.Point{Lat: c.lat, Lng: c.lng}
		if got := geo.GCJ02.FromWGS84(p) != p; got != c.shifted {
			t.Errorf("%v shifted: %v", p, got)
		}
	}
}

// Cells as the H3 tools print them, for places in the middle of their cells.
func TestCellsKeepTheirNames(t *testing.T) {
	p := geo.Point{Lat: 37.775938728915946, Lng: -122.41795063018799} // H3's own example
	if got := geo.CellOf(p).Parent(9).String(); got != "8928308280fffff" {
		t.Errorf("%v lies in %s at resolution 9", p, got)
	}
	if got := geo.CellOf(p).Parent(0).String(); got != "8029fffffffffff" {
		t.Errorf("%v lies in %s at resolution 0", p, got)
	}
}
