package geo_test

import (
	"fmt"
	"math"
	"testing"

	"correctiond/geo"
)

// block is a closed ring so many degrees wide, south-west corner first.
func block(lat, lng, wide float64) string {
	return fmt.Sprintf("[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]", lng, lat, lng+wide, lat, lng+wide, lat+wide, lng, lat+wide, lng, lat)
}

// The cells of a shape have their centres in it, those of a hole are left out, and a
// large shape has coarser cells, not more of them.
func TestFillShowsAShapeAsCells(t *testing.T) {
	solid := `{"type":"Polygon","coordinates":[` + block(31, 121, 0.05) + `]}`
	holed := `{"type":"Polygon","coordinates":[` + block(31, 121, 0.05) + `,` + block(31.01, 121.01, 0.02) + `]}`
	large := `{"type":"Polygon","coordinates":[` + block(31, 121, 1) + `]}`
	const degree = 111195.08
	for _, c := range []struct {
		name, shape string
		res         int
		km2         float64
	}{
		{"a town", solid, 10, 0.05 * 0.05 * degree * degree * math.Cos(31.025*math.Pi/180) / 1e6},
		{"a town with a lake", holed, 10, (0.05*0.05 - 0.02*0.02) * degree * degree * math.Cos(31.025*math.Pi/180) / 1e6},
		{"a province", large, 7, degree * degree * math.Cos(31.5*math.Pi/180) / 1e6},
	} {
		s, err := geo.ParseShape([]byte(c.shape), geo.WGS84)
		if err != nil {
			t.Fatal(err)
		}
		cells, res := s.Fill(5000)
		if res != c.res || len(cells) == 0 || len(cells) > 7*5000 {
			t.Errorf("%s: %d cells at resolution %d, want %d", c.name, len(cells), res, c.res)
		}
		for _, cell := range cells {
			ring := cell.Outline()
			if middle := (geo.Point{Lat: (ring[0].Lat + ring[3].Lat) / 2, Lng: (ring[0].Lng + ring[3].Lng) / 2}); len(ring) == 7 && s.Signed(middle) < -50 {
				t.Errorf("%s: the centre of %s lies outside", c.name, cell)
				break
			}
		}
		if got := s.AreaM2() / 1e6; math.Abs(got-c.km2) > 0.06*c.km2 {
			t.Errorf("%s: %.1f km², want %.1f", c.name, got, c.km2)
		}
	}
}
