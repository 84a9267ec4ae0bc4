package geo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"correctiond/geo"
)

// Zones from a courtyard to a province: the index must say what the shape says
// on a line from the middle to far outside, densest about the edge.
func TestZonesOfEveryScale(t *testing.T) {
	centre := geo.Point{Lat: 31.23, Lng: 121.45}
	for _, radius := range []float64{20, 60, 200, 1000, 10_000, 100_000, 400_000} {
		for _, reach := range []float64{0, 300, 1000} {
			t.Run(fmt.Sprintf("%.0f m, reach %.0f", radius, reach), func(t *testing.T) {
				random := rand.New(rand.NewPCG(uint64(radius), 7)).Float64
				s := mustParse(t, geometryOf([][]geo.Point{star(centre, radius, 90, 0.2, random)}), geo.WGS84)
				fences := []geo.Fence{{Shape: s, ReachM: reach}}
				ix := mustIndex(t, fences...)
				for _, at := range transect(radius, reach) {
					sameAnswer(t, ix, fences, offset(centre, at, 77))
				}
			})
		}
	}
}

// transect lists distances from the centre of a zone.
func transect(radius, reach float64) []float64 {
	var out []float64
	for f := 0.0; f < 3; f += 0.05 {
		out = append(out, f*radius)
	}
	for d := -2.0; d <= 2; d += 0.1 {
		out = append(out, radius+d*max(reach, 30))
	}
	return out
}

// A school in a district in a city in a province: a position is in all that hold
// it, and each answers for its own edge.
func TestZonesWithinZones(t *testing.T) {
	centre := geo.Point{Lat: 31.23, Lng: 121.45}
	radii := []float64{200_000, 30_000, 4000, 150}
	var fences []geo.Fence
	for i, radius := range radii {
		ring := star(centre, radius, 40+i, 0, rand.Float64)
		fences = append(fences, geo.Fence{Shape: mustParse(t, geometryOf([][]geo.Point{ring}), geo.WGS84), ReachM: 300})
	}
	ix := mustIndex(t, fences...)
	for at, want := range map[float64][]int32{
		0: {0, 1, 2, 3}, 100: {0, 1, 2, 3}, 200: {0, 1, 2}, 3900: {0, 1, 2}, 4100: {0, 1}, 29_000: {0, 1}, 31_000: {0}, 190_000: {0}, 210_000: nil,
	} {
		p := offset(centre, at, 10)
		got := ix.Containing(p, geo.CellOf(p), nil)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%g m from the centre: in %v, want %v", at, got, want)
		}
		sameAnswer(t, ix, fences, p)
	}
}

// A strip of ten metres, as a river bank, has no cell of its own inside.
func TestAStripNarrowerThanACell(t *testing.T) {
	a := geo.Point{Lat: 31.23, Lng: 121.45}
	b, wide := offset(a, 5000, 60), 10.0
	ring := []geo.Point{a, b, offset(b, wide, 150), offset(a, wide, 150), a}
	s := mustParse(t, geometryOf([][]geo.Point{ring}), geo.WGS84)
	ix := mustIndex(t, geo.Fence{Shape: s, ReachM: 100})
	for along := 100.0; along < 4900; along += 170 {
		for across, inside := range map[float64]bool{-5: false, 5: true, 15: false} {
			p := offset(offset(a, along, 60), across, 150)
			c := geo.CellOf(p)
			if got := len(ix.Containing(p, c, nil)) == 1; got != inside {
				t.Errorf("%g m along, %g m across: inside %v", along, across, got)
			}
			if d := ix.Signed(0, p, c); math.Abs(math.Abs(d)-5) > 0.5 {
				t.Errorf("%g m along, %g m across: %.2f m from the edge", along, across, d)
			}
		}
	}
}

// Thousands of zones of one city are told apart by where they are.
func TestManySmallZones(t *testing.T) {
	const n = 60
	corner := geo.Point{Lat: 31, Lng: 121}
	at := func(i, j int) geo.Point { return offset(offset(corner, float64(i)*500, 0), float64(j)*500, 90) }
	var fences []geo.Fence
	for i := range n * n {
		ring := star(at(i/n, i%n), 100, 6, 0, rand.Float64)
		fences = append(fences, geo.Fence{Shape: mustParse(t, geometryOf([][]geo.Point{ring}), geo.WGS84), ReachM: 50})
	}
	ix := mustIndex(t, fences...)
	for i := range n * n {
		p := at(i/n, i%n)
		if got := ix.Containing(p, geo.CellOf(p), nil); !slices.Equal(got, []int32{int32(i)}) {
			t.Fatalf("the centre of zone %d lies in %v", i, got)
		}
		between := offset(p, 250, 45)
		if got := ix.Containing(between, geo.CellOf(between), nil); len(got) != 0 {
			t.Fatalf("between the zones lies %v", got)
		}
	}
}
