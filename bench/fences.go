package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	"correctiond/geo"
)

// fences are 10 000 polygons of 100 corners, 600 m to 1 km across, in a square of
// 100 km, and positions in the same square: those of geo's benchmark.
type fences struct {
	polygons  []string // GeoJSON
	positions []geo.Point
}

func newFences() (*fences, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	somewhere := func() geo.Point {
		return aside(geo.Point{Lat: 31.23, Lng: 121.45}, (rng.Float64()-0.5)*100_000, (rng.Float64()-0.5)*100_000)
	}
	f := &fences{}
	for range 10_000 {
		centre, ring := somewhere(), make([][2]float64, 0, 101)
		for i := range 100 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 100)
			radius := 500 * (1 - 0.2*rng.Float64())
			p := aside(centre, radius*cos, radius*sin)
			ring = append(ring, [2]float64{p.Lng, p.Lat})
		}
		text, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": [][][2]float64{append(ring, ring[0])}})
		if err != nil {
			return nil, err
		}
		f.polygons = append(f.polygons, string(text))
	}
	for range 1 << 14 {
		f.positions = append(f.positions, somewhere())
	}
	return f, nil
}

// aside is so many metres north and east of p.
func aside(p geo.Point, north, east float64) geo.Point {
	return geo.Point{Lat: p.Lat + north/111195.08, Lng: p.Lng + east/(111195.08*math.Cos(p.Lat*math.Pi/180))}
}

// asking is how one of the geofences did: found over all positions, the time of an
// answer by the clock, and of its processor.
type asking struct {
	name       string
	found      int
	clock, cpu []float64 // µs for an answer, by round
	alone      []float64 // µs for an answer, when each is waited for
	inside     []float64 // µs for an answer as the server itself measures it
}

// fence is a geofence that holds the polygons.
type fence interface {
	// ask answers all positions and counts the polygons that hold them.
	ask(ctx context.Context, positions []geo.Point) (found int, err error)
	// spent is the processor time it has used.
	spent() (time.Duration, error)
}

// measureFences asks ours and the peers about the same positions, in turns. A peer
// that is not here is left out.
func measureFences(ctx context.Context, o options) error {
	f, err := newFences()
	if err != nil {
		return err
	}
	ours, err := newOurFence(f)
	if err != nil {
		return err
	}
	all, by := []*asking{{name: "ours"}}, []fence{ours}
	for name, begin := range map[string]func(context.Context, options, *fences) (fence, func(), error){"Tile38": beginTile38, "PostGIS": beginPostGIS} {
		peer, end, err := begin(ctx, o, f)
		if err != nil {
			fmt.Printf("without %s: %v\n", name, err)
			continue
		}
		defer end()
		all, by = append(all, &asking{name: name}), append(by, peer)
	}
	for range o.rounds {
		for i := range all {
			if err := all[i].round(ctx, by[i], f.positions); err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
		}
	}
	for _, a := range all {
		a.print(all[0])
	}
	return nil
}

func (a *asking) round(ctx context.Context, by fence, positions []geo.Point) error {
	before, errBefore := by.spent()
	began := time.Now()
	found, err := by.ask(ctx, positions)
	took := time.Since(began)
	after, errAfter := by.spent()
	n := float64(len(positions))
	a.found = found
	a.clock = append(a.clock, float64(took.Nanoseconds())/1000/n)
	a.cpu = append(a.cpu, float64((after-before).Nanoseconds())/1000/n)
	if err := errors.Join(err, errBefore, errAfter); err != nil {
		return err
	}
	if by, ok := by.(interface {
		inside(context.Context, []geo.Point) (float64, error)
	}); ok {
		us, err := by.inside(ctx, positions[:1000])
		a.inside = append(a.inside, us)
		if err != nil {
			return err
		}
	}
	for _, p := range positions[:1000] {
		began := time.Now()
		if _, err := by.ask(ctx, []geo.Point{p}); err != nil {
			return err
		}
		a.alone = append(a.alone, float64(time.Since(began).Nanoseconds())/1000)
	}
	return nil
}

func (a *asking) print(ours *asking) {
	mid := func(v []float64) float64 { return quantile(v, 0.5) }
	fmt.Printf("%-8s %6d found  pipelined %8.2f µs (%6.0f ×)  its processor %8.2f µs (%6.0f ×)  one by one %8.2f µs (%6.0f ×)",
		a.name, a.found, mid(a.clock), mid(a.clock)/mid(ours.clock), mid(a.cpu), mid(a.cpu)/mid(ours.cpu), mid(a.alone), mid(a.alone)/mid(ours.alone))
	if len(a.inside) > 0 {
		fmt.Printf("  as it says itself %8.2f µs (%6.0f ×)", mid(a.inside), mid(a.inside)/mid(ours.clock))
	}
	fmt.Printf("  load %s\n", loadAverage())
}

// ourFence is the index, with the cell of each position computed.
type ourFence struct {
	index *geo.ZoneIndex
	dst   []int32
}

func newOurFence(f *fences) (*ourFence, error) {
	var list []geo.Fence
	for _, p := range f.polygons {
		shape, err := geo.ParseShape([]byte(p), geo.WGS84)
		if err != nil {
			return nil, err
		}
		list = append(list, geo.Fence{Shape: shape, ReachM: 300})
	}
	index, err := geo.NewZoneIndex(slices.Clip(list))
	return &ourFence{index: index}, err
}

func (o *ourFence) ask(_ context.Context, positions []geo.Point) (found int, err error) {
	for _, p := range positions {
		o.dst = o.index.Containing(p, geo.CellOf(p), o.dst[:0])
		found += len(o.dst)
	}
	return found, nil
}

func (o *ourFence) spent() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
