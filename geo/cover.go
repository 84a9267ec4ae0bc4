package geo

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/uber/h3-go/v4"
)

// Bounds of a leaf of the cover. A leaf with many edges makes distances slow,
// small leaves make the index big.
const (
	leafEdges = 16
	leafPart  = 8 // a leaf reaches no farther than the fence does, or this part of its size
)

// builder collects the notes of some of the fences.
type builder struct {
	plain  []int32
	notes  []note
	owners []Cell // of each note
	runs   []run
	reachM [CellRes + 2]float64
	all    []int32              // edges of the fence at work; reused
	edges  [CellRes + 1][]int32 // those that matter to the cell at work, by resolution; reused
	nearby []int32              // those near enough for the step at hand; reused
	// Neighbouring fences ask for the same cells, and asking H3 is slow.
	centers map[Cell]Point
}

// cover is the work on one fence. It walks cells from coarse to fine and stops
// where a cell is wholly within or out of the fence and its reach, or where few
// edges are left. Distances of whole cells are safe bounds: from a centre with
// distance d, no point within R of it is nearer to an edge than d·ρ − R, where
// ρ is how much a degree of longitude can shrink on the way. Where no ρ can be
// given, near the poles and the antimeridian and for fences as big as a base
// cell, the fence is unfit and its shape answers alone.
type cover struct {
	*builder
	*Shape
	zone  int32
	reach float64
	leaf  float64 // reach of the largest leaf allowed, in metres
	unfit bool
}

func newBuilder() *builder {
	b := &builder{centers: map[Cell]Point{}}
	for res := range b.reachM {
		b.reachM[res] = cellReachM(res)
	}
	return b
}

// coverAll works on the zones in their order, on as many cores as there are, and
// returns the notes in that order.
func coverAll(fences []Fence, order []int32) []*builder {
	share := len(order)/runtime.GOMAXPROCS(0) + 1
	var all []*builder
	var work sync.WaitGroup
	for zones := range slices.Chunk(order, share) {
		b := newBuilder()
		all = append(all, b)
		work.Go(func() {
			for _, zone := range zones {
				b.add(zone, fences[zone])
			}
			b.centers = nil
		})
	}
	work.Wait()
	return all
}

func (b *builder) add(zone int32, f Fence) {
	notes, runs := len(b.notes), len(b.runs)
	bounds, middle := f.Shape.bounds, f.Shape.bounds.middle()
	radius := max(
		Distance(middle, bounds.min), Distance(middle, bounds.max),
		Distance(middle, Point{Lat: bounds.min.Lat, Lng: bounds.max.Lng}),
		Distance(middle, Point{Lat: bounds.max.Lat, Lng: bounds.min.Lng}),
	)
	k := cover{
		builder: b, Shape: f.Shape, zone: zone,
		reach: f.ReachM, leaf: 2 * radius / leafPart,
	}
	k.start(middle, radius+f.ReachM)
	if k.unfit {
		b.notes, b.owners, b.runs = b.notes[:notes], b.owners[:notes], b.runs[:runs]
		b.plain = append(b.plain, zone)
	}
}

// start begins with the cell around the middle and two rings. They cover three
// edge lengths in every direction, and half of that suffices; the rest is for
// the unevenness of cells.
func (k *cover) start(middle Point, radius float64) {
	res := CellRes
	for res >= 0 && 1.5*cellEdgeM(res) < radius {
		res--
	}
	disk, err := h3.Cell(CellOf(middle).Parent(max(0, res))).GridDisk(2)
	if err != nil || res < 0 {
		k.unfit = true
		return
	}
	k.all = slices.AppendSeq(k.all[:0], k.rings.edges)
	for _, c := range disk {
		k.descend(Cell(c), k.all)
	}
}

// descend notes what a cell knows, or asks its children. The edges given are
// all that can matter to the cell or to any cell in it.
func (k *cover) descend(c Cell, edges []int32) {
	v, ok := k.look(c)
	if !ok || k.unfit {
		k.unfit = true
		return
	}
	corner := k.bounds.nearest(v.frame.at)
	if v.frame.distance2(corner, corner) > v.square(v.reach+k.reach) {
		return
	}
	nearest, few := k.prune(&v, edges)
	switch {
	case nearest > v.square(v.reach+k.reach):
		if k.Contains(v.frame.at) {
			k.note(c, note{first: int32(len(k.runs)), sides: allInside})
		}
	case v.res == CellRes || v.reach <= k.reach || few && v.reach <= k.leaf:
		k.noteEdges(c, &v, nearest)
	default:
		for _, child := range c.children() {
			k.descend(child, k.edges[v.res])
		}
	}
}

// view is a cell seen from its centre.
type view struct {
	res    int
	frame  frame
	reach  float64 // to any point of it, in metres
	shrink float64 // ρ
}

// square returns the squared distance from the centre at which an edge is
// surely so many metres from it after deducting what ρ may take.
func (v *view) square(metres float64) float64 {
	d := metres / v.shrink
	return d * d
}

// look is false where the projection bears no bound.
func (k *cover) look(c Cell) (view, bool) {
	center, known := k.centers[c]
	if !known {
		center = c.center()
		k.centers[c] = center
	}
	v := view{res: c.resolution(), frame: newFrame(center)}
	v.reach = k.reachM[v.res]
	farthest := math.Abs(center.Lat) + v.reach/metresPerDegree
	if farthest > 85 {
		return v, false
	}
	narrow := math.Cos(farthest * radians)
	v.shrink = narrow / math.Cos(center.Lat*radians)
	return v, math.Abs(center.Lng)+v.reach/(metresPerDegree*narrow) < 180
}

// prune leaves in k.edges those edges that can matter within the cell, its
// descendants' centres included, and returns the nearest distance squared and
// whether a leaf would have few edges.
func (k *cover) prune(v *view, edges []int32) (nearest float64, few bool) {
	kept, nearby := k.edges[v.res][:0], k.nearby[:0]
	keep := v.square(v.reach + (k.reachM[v.res+1]+k.reach)/v.shrink)
	leaf := v.square(v.reach + k.reach)
	nearest = math.Inf(1)
	for _, e := range edges {
		d := v.frame.distance2(k.verts[e], k.verts[e+1])
		if d <= keep {
			kept = append(kept, e)
		}
		if d <= leaf {
			nearby = append(nearby, e)
		}
		nearest = min(nearest, d)
	}
	k.edges[v.res], k.nearby = kept, nearby
	return nearest, len(nearby) <= leafEdges
}

// noteEdges makes the cell a leaf.
func (k *cover) noteEdges(c Cell, v *view, nearest float64) {
	n := note{first: int32(len(k.runs))}
	for _, e := range k.nearby {
		if last := len(k.runs) - 1; last >= int(n.first) && k.runs[last].end == e {
			k.runs[last].end = e + 1
		} else {
			k.runs = append(k.runs, run{from: e, end: e + 1})
		}
	}
	n.runs = int32(len(k.runs)) - n.first
	n.sides = k.sidesOf(c, v, nearest)
	k.note(c, n)
}

// sidesOf finds the side of a cell, and if its edges pass through it of each of
// its children.
func (k *cover) sidesOf(c Cell, v *view, nearest float64) sides {
	if side := k.sideOf(v, nearest); side != mixed || v.res == CellRes {
		return sides(side) * allInside
	}
	limit := v.square(v.reach + k.reachM[v.res+1]/v.shrink)
	k.nearby = k.nearby[:0]
	for _, e := range k.edges[v.res] {
		if v.frame.distance2(k.verts[e], k.verts[e+1]) <= limit {
			k.nearby = append(k.nearby, e)
		}
	}
	all := sides(mixed) * allInside
	for _, child := range c.children() {
		cv, ok := k.look(child)
		if !ok {
			continue
		}
		nearest := math.Inf(1)
		for _, e := range k.nearby {
			nearest = min(nearest, cv.frame.distance2(k.verts[e], k.verts[e+1]))
		}
		all = all.with(child.digit(cv.res), k.sideOf(&cv, nearest))
	}
	return all
}

func (k *cover) sideOf(v *view, nearest float64) where {
	switch {
	case nearest <= v.square(v.reach):
		return mixed
	case k.Contains(v.frame.at):
		return inside
	}
	return outside
}

func (k *cover) note(c Cell, n note) {
	n.zone = k.zone
	k.notes = append(k.notes, n)
	k.owners = append(k.owners, c)
}

// nodeOf returns the node of c and makes it and those above it where missing.
func (ix *ZoneIndex) nodeOf(c Cell) int32 {
	at := &ix.roots[c.base()]
	for res := 1; ; res++ {
		if *at == 0 {
			*at = int32(len(ix.nodes))
			ix.nodes = append(ix.nodes, node{})
		}
		if res > c.resolution() {
			return *at
		}
		at = &ix.nodes[*at].child[c.digit(res)]
	}
}

// join takes over what was found, the notes by node, and by zone within a node.
func (ix *ZoneIndex) join(found []*builder) {
	ix.nodes = make([]node, 1)
	var owners []int32
	for _, b := range found {
		for i, c := range b.owners {
			owners = append(owners, ix.nodeOf(c))
			b.notes[i].first += int32(len(ix.runs))
		}
		ix.runs, ix.plain = append(ix.runs, b.runs...), append(ix.plain, b.plain...)
	}
	ix.nodes = slices.Clip(append(ix.nodes, node{}))
	for _, owner := range owners {
		ix.nodes[owner+1].first++
	}
	next := make([]int32, len(ix.nodes))
	for i := 1; i < len(ix.nodes); i++ {
		ix.nodes[i].first += ix.nodes[i-1].first
		next[i] = ix.nodes[i].first
	}
	ix.notes = make([]note, len(owners))
	n := 0
	for _, b := range found {
		for i := range b.notes {
			ix.notes[next[owners[n]]] = b.notes[i]
			next[owners[n]]++
			n++
		}
	}
	for i := range ix.nodes[1:] {
		slices.SortFunc(ix.notes[ix.nodes[i].first:ix.nodes[i+1].first], func(m, n note) int { return cmp.Compare(m.zone, n.zone) })
	}
	slices.Sort(ix.plain)
}
