package geo_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"correctiond/geo"

	"pgregory.net/rapid"
)

func mustIndex(t failer, fences ...geo.Fence) *geo.ZoneIndex {
	t.Helper()
	ix, err := geo.NewZoneIndex(fences)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// sameAnswer holds the index to the shape alone.
func sameAnswer(t failer, ix *geo.ZoneIndex, fences []geo.Fence, p geo.Point) {
	t.Helper()
	c := geo.CellOf(p)
	var contain []int32
	for zone, f := range fences {
		exact, got := f.Shape.Signed(p), ix.Signed(zone, p, c)
		if math.Signbit(got) != math.Signbit(exact) {
			t.Fatalf("%v zone %d: %g m, exactly %g", p, zone, got, exact)
		}
		if math.Abs(exact) <= f.ReachM && got != exact {
			t.Fatalf("%v zone %d: %g m, exactly %g within reach %g", p, zone, got, exact, f.ReachM)
		}
		if math.Abs(exact) > f.ReachM && math.Abs(got) < f.ReachM {
			t.Fatalf("%v zone %d: %g m is within reach %g, exactly %g", p, zone, got, f.ReachM, exact)
		}
		if f.Shape.Contains(p) {
			contain = append(contain, int32(zone))
		}
	}
	near := ix.Near(c, nil)
	for zone, f := range fences {
		if f.Shape.Signed(p) >= -f.ReachM && !slices.Contains(near, int32(zone)) {
			t.Fatalf("%v is within reach of zone %d, which is not near", p, zone)
		}
	}
	got := ix.Containing(p, c, nil)
	slices.Sort(got)
	if !slices.Equal(got, contain) {
		t.Fatalf("%v is in %v, index says %v", p, contain, got)
	}
}

func TestIndexAnswersLikeTheShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fences []geo.Fence
		var points []geo.Point
		for range rapid.IntRange(1, 3).Draw(t, "zones") {
			c := drawCase(t)
			reach := rapid.SampledFrom([]float64{0, 50, 300, 700, 5000}).Draw(t, "reach")
			fences = append(fences, geo.Fence{Shape: c.shape, ReachM: reach})
			points = append(points, c.points...)
		}
		ix := mustIndex(t, fences...)
		for _, p := range points {
			sameAnswer(t, ix, fences, p)
		}
	})
}

// Whole provinces, the poles and the antimeridian are rare but must be right.
func TestIndexAnswersAnywhereOnEarth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		south := rapid.Float64Range(-90, 89).Draw(t, "south")
		west := rapid.Float64Range(-180, 179).Draw(t, "west")
		north := min(90, south+math.Pow(10, rapid.Float64Range(-4, 2).Draw(t, "log height")))
		east := min(180, west+math.Pow(10, rapid.Float64Range(-4, 2.2).Draw(t, "log width")))
		ring := []geo.Point{{Lat: south, Lng: west}, {Lat: south, Lng: east}, {Lat: north, Lng: east}, {Lat: north, Lng: west}, {Lat: south, Lng: west}}
		s := mustParse(t, geometryOf([][]geo.Point{ring}), geo.WGS84)
		fences := []geo.Fence{{Shape: s, ReachM: 1000}}
		ix := mustIndex(t, fences...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		for range 100 {
			p := geo.Point{
				Lat: south + (north-south)*(2*r.Float64()-0.5),
				Lng: west + (east-west)*(2*r.Float64()-0.5),
			}
			if p.Valid() {
				sameAnswer(t, ix, fences, p)
			}
		}
	})
}

// Cell covers by centres lose a square of 400 m at every coarse resolution.
func TestSmallSquareIsFound(t *testing.T) {
	center := geo.Point{Lat: 31.23, Lng: 121.45}
	s := mustParse(t, geometryOf([][]geo.Point{star(center, 200*math.Sqrt2, 4, 0, rand.Float64)}), geo.WGS84)
	ix := mustIndex(t, geo.Fence{Shape: s, ReachM: 300})
	for d := -1000.0; d <= 1000; d += 5 {
		p := offset(center, d, 45)
		inside := len(ix.Containing(p, geo.CellOf(p), nil)) == 1
		if want := math.Abs(d) < 200; inside != want && math.Abs(math.Abs(d)-200) > 1 {
			t.Errorf("%g m from the centre: inside %v", d, inside)
		}
	}
}

func TestIndexRefuses(t *testing.T) {
	s := mustParse(t, polygonOf(square), geo.WGS84)
	for _, f := range []geo.Fence{{}, {Shape: s, ReachM: -1}, {Shape: s, ReachM: math.NaN()}, {Shape: s, ReachM: math.Inf(1)}} {
		if _, err := geo.NewZoneIndex([]geo.Fence{f}); err == nil {
			t.Errorf("accepted %v", f)
		}
	}
}

func TestIndexOfNothingAndOfNoCell(t *testing.T) {
	p := geo.Point{Lat: 31, Lng: 121}
	if got := mustIndex(t).Containing(p, geo.CellOf(p), nil); got != nil {
		t.Errorf("no zones contain %v: %v", p, got)
	}
	ix := mustIndex(t, geo.Fence{Shape: mustParse(t, noisySquare(), geo.WGS84)})
	for _, c := range []geo.Cell{0, geo.CellOf(p).Parent(5), math.MaxUint64, 15 << 52, 10 << 52} {
		if d := ix.Signed(0, p, c); d >= 0 {
			t.Errorf("cell %v: %g m", c, d)
		}
	}
}

func noisySquare() string {
	return geometryOf([][]geo.Point{star(geo.Point{Lat: 31, Lng: 121}, 1000, 4, 0, rand.Float64)})
}

func TestLookupDoesNotAllocate(t *testing.T) {
	center := geo.Point{Lat: 31.23, Lng: 121.45}
	s := mustParse(t, geometryOf([][]geo.Point{star(center, 1000, 100, 0.3, rand.Float64)}), geo.WGS84)
	ix := mustIndex(t, geo.Fence{Shape: s, ReachM: 300})
	p := offset(center, 650, 10)
	c, dst := geo.CellOf(p), make([]int32, 0, 8)
	if n := testing.AllocsPerRun(100, func() { dst = ix.Containing(p, c, dst[:0]) }); n != 0 {
		t.Errorf("Containing: %g allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { ix.Signed(0, p, c) }); n != 0 {
		t.Errorf("Signed: %g allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { dst = ix.Containing(p, geo.CellOf(p), dst[:0]) }); n > 2 {
		t.Errorf("CellOf and Containing: %g allocations", n)
	}
}

// The index is the same whatever the number of cores that it was built on.
func TestIndexDoesNotDependOnCores(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var fences []geo.Fence
	for range 50 {
		middle := geo.Point{Lat: 31 + r.Float64()/10, Lng: 121 + r.Float64()/10}
		fences = append(fences, geo.Fence{Shape: mustParse(t, geometryOf([][]geo.Point{star(middle, 800, 30, 0.2, r.Float64)}), geo.WGS84), ReachM: 300})
	}
	const pole = `{"type":"Polygon","coordinates":[[[10,88],[30,88],[20,89],[10,88]]]}` // in no cell
	fences = append(fences, geo.Fence{Shape: mustParse(t, pole, geo.WGS84), ReachM: 300})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	alone := mustIndex(t, fences...)
	runtime.GOMAXPROCS(7)
	if together := mustIndex(t, fences...); !reflect.DeepEqual(alone, together) {
		t.Error("built on seven cores it differs from the one built on one")
	}
}
