package geo

import (
	"math"
	"testing"
)

func TestRingsAreCopiesOfEveryRing(t *testing.T) {
	text := []byte(`{"type":"MultiPolygon","coordinates":[
		[[[121,31],[122,31],[122,32],[121,32],[121,31]],[[121.4,31.4],[121.4,31.6],[121.6,31.6],[121.6,31.4],[121.4,31.4]]],
		[[[123,31],[124,31],[124,32],[123,31]]]]}`)
	s, err := ParseShape(text, WGS84)
	if err != nil {
		t.Fatal(err)
	}
	rings := s.Rings()
	if len(rings) != 3 || len(rings[0]) != 5 || len(rings[2]) != 4 {
		t.Fatalf("rings %v", rings)
	}
	for i, r := range rings {
		if r[0] != r[len(r)-1] {
			t.Errorf("ring %d is open: %v", i, r)
		}
	}
	rings[0][0].Lat = 0
	if !s.Contains(Point{31.1, 121.1}) {
		t.Error("a change of the copy changed the shape")
	}
}

func TestAroundKeepsItsDistance(t *testing.T) {
	middle := Point{31.23, 121.47}
	ring := Around(middle, 150)
	if len(ring) != 65 || ring[0] != ring[64] {
		t.Fatalf("%d points, from %v to %v", len(ring), ring[0], ring[64])
	}
	for _, p := range ring {
		if d := Distance(middle, p); math.Abs(d-150) > 0.1 {
			t.Errorf("%v lies %.2f m away", p, d)
		}
	}
}
