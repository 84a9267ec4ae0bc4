package geo_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"correctiond/geo"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// town is 10 000 zones of 100 corners, 600 m to 1 km across, in a square of
// 100 km, and positions in the same square.
type town struct {
	rings     [][]geo.Point
	fences    []geo.Fence
	positions []geo.Point
	cells     []geo.Cell
}

func newTown(b *testing.B, zones int) town {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	center := geo.Point{Lat: 31.23, Lng: 121.45}
	somewhere := func() geo.Point {
		return offset(offset(center, (r.Float64()-0.5)*100_000, 0), (r.Float64()-0.5)*100_000, 90)
	}
	var w town
	for range zones {
		ring := star(somewhere(), 500, 100, 0.2, r.Float64)
		w.rings = append(w.rings, ring)
		w.fences = append(w.fences, geo.Fence{Shape: mustParse(b, geometryOf([][]geo.Point{ring}), geo.WGS84), ReachM: 300})
	}
	for range 1 << 14 {
		p := somewhere()
		w.positions = append(w.positions, p)
		w.cells = append(w.cells, geo.CellOf(p))
	}
	return w
}

// BenchmarkContaining compares the index with a scan of the same polygons by
// orb, the way most programs do it (with its bounding boxes at hand).
func BenchmarkContaining(b *testing.B) {
	w := newTown(b, 10_000)
	ix := mustIndex(b, w.fences...)
	dst := make([]int32, 0, 64)
	b.Run("index+CellOf", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p := w.positions[i%len(w.positions)]
			dst = ix.Containing(p, geo.CellOf(p), dst[:0])
		}
	})
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			k := i % len(w.positions)
			dst = ix.Containing(w.positions[k], w.cells[k], dst[:0])
		}
	})
	b.Run("orb-scan", func(b *testing.B) { scanWithOrb(b, w) })
}

func scanWithOrb(b *testing.B, w town) {
	polygons := make([]orb.Polygon, len(w.rings))
	for i, ring := range w.rings {
		r := make(orb.Ring, len(ring))
		for j, p := range ring {
			r[j] = orb.Point{p.Lng, p.Lat}
		}
		polygons[i] = orb.Polygon{r}
	}
	found := 0
	for i := 0; b.Loop(); i++ {
		p := w.positions[i%len(w.positions)]
		for _, polygon := range polygons {
			if planar.PolygonContains(polygon, orb.Point{p.Lng, p.Lat}) {
				found++
			}
		}
	}
	b.ReportMetric(float64(found)/float64(b.N), "zones/op")
}

// BenchmarkSigned asks one zone of the town: mostly far from it, near its
// edge, and for comparison the shape without index.
func BenchmarkSigned(b *testing.B) {
	w := newTown(b, 10_000)
	ix := mustIndex(b, w.fences...)
	p := offset(w.rings[0][0], 100, 30)
	c := geo.CellOf(p)
	b.Run("far", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			k := i % len(w.positions)
			ix.Signed(i%10_000, w.positions[k], w.cells[k])
		}
	})
	b.Run("at-edge", func(b *testing.B) {
		for b.Loop() {
			ix.Signed(0, p, c)
		}
	})
	b.Run("shape", func(b *testing.B) {
		for b.Loop() {
			w.fences[0].Shape.Signed(p)
		}
	})
}

// BenchmarkCity asks whether somebody is in the permitted area: a city of
// 100 km and 5 000 corners.
func BenchmarkCity(b *testing.B) {
	fence, positions := newCity(b, 5000)
	ix := mustIndex(b, fence)
	cells := make([]geo.Cell, len(positions))
	for i, p := range positions {
		cells[i] = geo.CellOf(p)
	}
	b.Run("signed", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			k := i % len(positions)
			ix.Signed(0, positions[k], cells[k])
		}
	})
	b.Run("signed-shape", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			fence.Shape.Signed(positions[i%len(positions)])
		}
	})
}

func newCity(b *testing.B, corners int) (geo.Fence, []geo.Point) {
	b.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	center := geo.Point{Lat: 31.23, Lng: 121.45}
	// An outline like a coast: each corner close to the one before it.
	radius := 0.5
	coast := func() float64 {
		radius = min(0.9, max(0.1, radius+(r.Float64()-0.5)*20/float64(corners)))
		return radius
	}
	s := mustParse(b, geometryOf([][]geo.Point{star(center, 50_000, corners, 1, coast)}), geo.WGS84)
	positions := make([]geo.Point, 1<<14)
	for i := range positions {
		positions[i] = offset(center, 50_000*math.Sqrt(r.Float64()), 360*r.Float64())
	}
	return geo.Fence{Shape: s, ReachM: 300}, positions
}

// BenchmarkBuild reports the memory that the index keeps beside the shapes.
func BenchmarkBuild(b *testing.B) {
	w := newTown(b, 10_000)
	city, _ := newCity(b, 5000)
	huge, _ := newCity(b, 99_999)
	for _, bench := range []struct {
		name   string
		fences []geo.Fence
	}{
		{"10000-zones", w.fences},
		{"city-5000-corners", []geo.Fence{city}},
		{"city-99999-corners", []geo.Fence{huge}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var ix *geo.ZoneIndex
			before := heapBytes()
			for b.Loop() {
				ix = mustIndex(b, bench.fences...)
			}
			b.ReportMetric(float64(heapBytes()-before)/float64(len(bench.fences)), "B/zone")
			runtime.KeepAlive(ix)
		})
	}
}

func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkCellOf(b *testing.B) {
	b.ReportAllocs()
	p := geo.Point{Lat: 31.23, Lng: 121.45}
	for b.Loop() {
		geo.CellOf(p)
	}
}

// BenchmarkParseShape checks outlines of about 100 000 corners: a coast, a star
// whose edges each span a tenth of it, a comb of long teeth.
func BenchmarkParseShape(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for name, noise := range map[string]float64{"coast": 0.002, "star": 0.5} {
		ring := star(geo.Point{Lat: 31, Lng: 121}, 50_000, 99_999, noise, r.Float64)
		b.Run(name, func(b *testing.B) { parseOften(b, geometryOf([][]geo.Point{ring})) })
	}
	b.Run("comb", func(b *testing.B) { parseOften(b, comb(99_999)) })
}

func parseOften(b *testing.B, geometry string) {
	for b.Loop() {
		if _, err := geo.ParseShape([]byte(geometry), geo.WGS84); err != nil {
			b.Fatal(err)
		}
	}
}
