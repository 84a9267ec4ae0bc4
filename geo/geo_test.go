package geo_test

import (
	"math"
	"testing"

	"correctiond/geo"

	"github.com/uber/h3-go/v4"
	"pgregory.net/rapid"
)

func drawPoint(t *rapid.T) geo.Point {
	return geo.Point{
		Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"),
		Lng: rapid.Float64Range(-180, 180).Draw(t, "lng"),
	}
}

func TestPointValid(t *testing.T) {
	tests := []struct {
		p    geo.Point
		want bool
	}{
		{geo.Point{Lat: 31.23, Lng: 121.45}, true},
		{geo.Point{Lat: -90, Lng: 180}, true},
		{geo.Point{Lat: 0, Lng: 1e-9}, true},
		{geo.Point{}, false},
		{geo.Point{Lat: 90.0001, Lng: 0}, false},
		{geo.Point{Lat: 0, Lng: -180.0001}, false},
		{geo.Point{Lat: math.NaN(), Lng: 1}, false},
		{geo.Point{Lat: 1, Lng: math.Inf(1)}, false},
	}
	for _, tt := range tests {
		if got := tt.p.Valid(); got != tt.want {
			t.Errorf("%v valid = %v", tt.p, got)
		}
	}
}

func TestDistance(t *testing.T) {
	beijing, shanghai := geo.Point{Lat: 39.9042, Lng: 116.4074}, geo.Point{Lat: 31.2304, Lng: 121.4737}
	if d := geo.Distance(beijing, shanghai); math.Abs(d-1_067_300) > 1000 {
		t.Errorf("北京 to 上海: %.0f m", d)
	}
	if d := geo.Distance(geo.Point{Lat: 0, Lng: -180}, geo.Point{Lat: 0, Lng: 0}); math.Abs(d-math.Pi*6371008.8) > 1 {
		t.Errorf("half around: %.0f m", d)
	}
	if d := geo.Distance(beijing, beijing); d != 0 {
		t.Errorf("to itself: %g", d)
	}
}

func TestCellOfRefusesWhatIsNoPosition(t *testing.T) {
	for _, p := range []geo.Point{{Lat: 91, Lng: 0}, {Lat: 0, Lng: 540}, {Lat: math.NaN()}, {Lng: math.Inf(-1)}} {
		if c := geo.CellOf(p); c != 0 {
			t.Errorf("CellOf(%v) = %v", p, c)
		}
	}
}

func TestParentEqualsH3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := geo.CellOf(drawPoint(t))
		for res := 0; res <= geo.CellRes; res++ {
			want, err := h3.Cell(c).Parent(res)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Parent(res); got != geo.Cell(want) || got.String() != want.String() {
				t.Fatalf("parent of %v at %d: %v, H3 says %v", c, res, got, want)
			}
		}
	})
	c := geo.CellOf(geo.Point{Lat: 31, Lng: 121})
	for _, res := range []int{-1, 11, 16} {
		if p := c.Parent(res); p != 0 {
			t.Errorf("parent at %d: %v", res, p)
		}
	}
	if geo.Cell(0).Parent(3) != 0 {
		t.Error("no cell has a parent")
	}
}

func TestRing(t *testing.T) {
	c := geo.CellOf(geo.Point{Lat: 31.23, Lng: 121.45})
	ring := c.Ring(nil)
	if len(ring) != 6 {
		t.Fatalf("ring of %d", len(ring))
	}
	for _, n := range ring {
		if near, err := h3.Cell(c).IsNeighbor(h3.Cell(n)); err != nil || !near {
			t.Errorf("%v is no neighbour (%v)", n, err)
		}
	}
	if got := geo.Cell(0).Ring(nil); len(got) != 0 {
		t.Errorf("ring of no cell: %v", got)
	}
}
