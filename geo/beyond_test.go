package geo_test

import (
	"math"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

// TestBeyondIsDistanceCompared: far apart, close by, and near the bound.
func TestBeyondIsDistanceCompared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawPoint(t)
		b := drawPoint(t)
		if rapid.Bool().Draw(t, "close") {
			b.Lat = a.Lat + rapid.Float64Range(-0.01, 0.01).Draw(t, "dlat")
			b.Lng = a.Lng + rapid.Float64Range(-0.01, 0.01).Draw(t, "dlng")
		}
		d := geo.Distance(a, b)
		// No position is so exact that less than a micrometre matters.
		for _, metres := range []float64{max(d*0.999999, 1e-6), d * 1.000001, 1e-6, 500, 1e6} {
			if got := geo.Beyond(a, b, metres); got != (d > metres) && math.Abs(d-metres) > 1e-6 {
				t.Errorf("beyond %v m: %v, at a distance of %v m", metres, got, d)
			}
		}
	})
}
