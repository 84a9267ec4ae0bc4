package geo_test

import (
	"testing"

	"correctiond/geo"
)

func TestOutlineOfACellSurroundsIt(t *testing.T) {
	p := geo.Point{Lat: 31.23, Lng: 121.47}
	ring := geo.CellOf(p).Outline()
	if len(ring) != 7 || ring[0] != ring[6] {
		t.Fatalf("ring %v", ring)
	}
	for i, corner := range ring[:6] {
		if d := geo.Distance(p, corner); d > 160 {
			t.Errorf("corner %d lies %.0f m away", i, d)
		}
		if side := geo.Distance(corner, ring[i+1]); side < 50 || side > 100 {
			t.Errorf("side %d is %.0f m long", i, side)
		}
	}
	if ring := geo.Cell(0).Outline(); ring != nil {
		t.Errorf("no cell has the outline %v", ring)
	}
}
