package geo_test

import (
	"math"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

// Offsets between the datums as computed by others from the same public
// formula, for the centres of these places.
func TestOffsetsOfCities(t *testing.T) {
	tests := []struct {
		name     string
		at       geo.Point
		from, to geo.Datum
		wantM    float64
	}{
		{"静安", geo.Point{Lat: 31.2288, Lng: 121.4480}, geo.WGS84, geo.GCJ02, 485},
		{"金山", geo.Point{Lat: 30.7420, Lng: 121.3420}, geo.WGS84, geo.GCJ02, 497},
		{"镇海", geo.Point{Lat: 29.9490, Lng: 121.7160}, geo.WGS84, geo.GCJ02, 494},
		{"宝安", geo.Point{Lat: 22.5550, Lng: 113.8830}, geo.WGS84, geo.GCJ02, 606},
		{"北京", geo.Point{Lat: 39.9042, Lng: 116.4074}, geo.WGS84, geo.GCJ02, 555},
		{"乌鲁木齐", geo.Point{Lat: 43.8256, Lng: 87.6168}, geo.WGS84, geo.GCJ02, 265},
		{"静安 Baidu", geo.Point{Lat: 31.2288, Lng: 121.4480}, geo.WGS84, geo.BD09, 1160},
		{"静安 AMap to Baidu", geo.Point{Lat: 31.2288, Lng: 121.4480}, geo.GCJ02, geo.BD09, 931},
	}
	for _, tt := range tests {
		got := geo.Distance(tt.from.FromWGS84(tt.at), tt.to.FromWGS84(tt.at))
		if math.Abs(got-tt.wantM) > 5 {
			t.Errorf("%s: offset %.1f m, want %.0f ± 5", tt.name, got, tt.wantM)
		}
	}
}

// Pairs published with the open converters (eviltransform's test data).
func TestPublishedPairs(t *testing.T) {
	tests := []struct{ wgs, gcj geo.Point }{
		{geo.Point{Lat: 31.1774276, Lng: 121.5272106}, geo.Point{Lat: 31.17530398364597, Lng: 121.531541859215}},
		{geo.Point{Lat: 22.543847, Lng: 113.912316}, geo.Point{Lat: 22.540796131694766, Lng: 113.9171764808363}},
		{geo.Point{Lat: 39.911954, Lng: 116.377817}, geo.Point{Lat: 39.91334545536069, Lng: 116.38404722455657}},
	}
	for _, tt := range tests {
		if d := geo.Distance(geo.GCJ02.FromWGS84(tt.wgs), tt.gcj); d > 0.01 {
			t.Errorf("%v: %.4f m from the published point", tt.wgs, d)
		}
		if d := geo.Distance(geo.GCJ02.ToWGS84(tt.gcj), tt.wgs); d > 0.01 {
			t.Errorf("back from %v: %.4f m", tt.gcj, d)
		}
	}
}

func TestDatumRoundTripOverChina(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.Point{
			Lat: rapid.Float64Range(0.85, 55.8).Draw(t, "lat"),
			Lng: rapid.Float64Range(72.03, 137.8).Draw(t, "lng"),
		}
		for _, d := range []geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09} {
			if off := geo.Distance(p, d.ToWGS84(d.FromWGS84(p))); off > 0.001 {
				t.Fatalf("%s: %v comes back %.4f m away", d, p, off)
			}
		}
	})
}

func TestOutsideChinaIsNotShifted(t *testing.T) {
	for _, p := range []geo.Point{{Lat: 51.5, Lng: -0.12}, {Lat: 35.68, Lng: 139.69}, {Lat: -33.9, Lng: 100}, {}} {
		for _, d := range []geo.Datum{geo.GCJ02, geo.BD09} {
			if d.FromWGS84(p) != p || d.ToWGS84(p) != p {
				t.Errorf("%s shifts %v", d, p)
			}
		}
	}
}

func TestDatumIsNeverGuessed(t *testing.T) {
	for d, want := range map[geo.Datum]bool{"wgs84": true, "cgcs2000": true, "gcj02": true, "bd09": true, "": false, "WGS84": false} {
		if d.Valid() != want {
			t.Errorf("Valid(%q) = %v", d, !want)
		}
	}
}
