package geo

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// beyondM stands for a distance above every reach: half the Earth's girth.
const beyondM = math.Pi * earthRadiusM

// Fence is a shape that positions are compared with. Distances to its edge are
// wanted exactly up to ReachM metres on either side.
type Fence struct {
	Shape  *Shape
	ReachM float64
}

// ZoneIndex answers for many fences at once. It is a tree over the digits of H3
// indexes: the way from a base cell down to the cell of a position passes every
// note about fences near that position, and a fence not met on the way is out
// of reach. A note either says that the whole cell is deep inside, or names the
// few edges that can be within reach. A ZoneIndex does not change and may be
// shared.
type ZoneIndex struct {
	fences []fence
	plain  []int32 // zones in no cell, for want of a projection: see cover
	roots  [baseCells]int32
	nodes  []node // [0] is nothing, the last only ends the notes of the one before
	notes  []note
	runs   []run
}

// fence is a Fence with a box beyond which nothing is within reach.
type fence struct {
	shape *Shape
	near  box
}

func newFence(f Fence) fence {
	near := f.Shape.bounds
	lat := (f.ReachM + 0.001) / metresPerDegree // for rounding
	near.min.Lat -= lat
	near.max.Lat += lat
	farthest := max(math.Abs(near.min.Lat), math.Abs(near.max.Lat))
	lng := lat / math.Cos(min(farthest, 89.9)*radians)
	if farthest > 89 {
		lng = 360
	}
	near.min.Lng -= lng
	near.max.Lng += lng
	return fence{shape: f.Shape, near: near}
}

// node is a cell with its children, by digit, and its first note.
type node struct {
	child [7]int32
	first int32
}

// note is what a cell knows about one fence.
type note struct {
	zone  int32
	sides sides
	runs  int32 // number of runs
	first int32 // run
}

// where tells on which side of a fence's edge the points of a cell are.
type where uint8

const (
	outside where = iota
	inside
	mixed
)

// sides holds where each of the seven children of a cell is, two bits each, and
// in the last place where a cell at CellRes is itself: its digit below is 7.
type sides uint16

const allInside = sides(inside) * 0x5555

func (s sides) of(digit int) where { return where(s>>(2*digit)) & 3 }

func (s sides) with(digit int, w where) sides {
	return s&^(3<<(2*digit)) | sides(w)<<(2*digit)
}

// run is a range of neighbouring edges.
type run struct{ from, end int32 }

// NewZoneIndex builds the index; zones are named by their place in fences. An
// error means a fence without shape or a reach that is negative or no number.
func NewZoneIndex(fences []Fence) (*ZoneIndex, error) {
	ix := &ZoneIndex{fences: make([]fence, len(fences))}
	places, order := make([]Cell, len(fences)), make([]int32, len(fences))
	for zone, f := range fences {
		if f.Shape == nil || !(f.ReachM >= 0 && f.ReachM < beyondM) {
			return nil, fmt.Errorf("index zone %d: no shape or reach of %g m", zone, f.ReachM)
		}
		ix.fences[zone] = newFence(f)
		places[zone], order[zone] = CellOf(f.Shape.bounds.middle()), int32(zone)
	}
	// Neighbours one after another keep what they share in the caches, now and
	// in every lookup.
	slices.SortStableFunc(order, func(v, w int32) int { return cmp.Compare(places[v], places[w]) })
	ix.join(coverAll(fences, order))
	return ix, nil
}

// Signed is Shape.Signed of the zone for positions up to ReachM from its edge.
// Farther away only the sign is right and the size is at least ReachM. The cell
// must be CellOf(p).
func (ix *ZoneIndex) Signed(zone int, p Point, c Cell) float64 {
	f := &ix.fences[zone]
	if !f.near.contains(p) {
		return -beyondM
	}
	if n, side := ix.find(int32(zone), c); n != nil {
		return ix.signed(n, side, p)
	}
	if _, plain := slices.BinarySearch(ix.plain, int32(zone)); plain {
		return f.shape.Signed(p)
	}
	return -beyondM
}

// Containing appends the zones that contain p to dst, in an order that depends
// only on the position. The cell must be CellOf(p).
func (ix *ZoneIndex) Containing(p Point, c Cell, dst []int32) []int32 {
	at := ix.root(c)
	for res := 1; at != 0; res++ {
		for i := ix.nodes[at].first; i < ix.nodes[at+1].first; i++ {
			n := &ix.notes[i]
			side := n.sides.of(c.digit(res))
			if side == inside || side == mixed && ix.fences[n.zone].shape.Contains(p) {
				dst = append(dst, n.zone)
			}
		}
		at = ix.below(at, c, res)
	}
	for _, zone := range ix.plain {
		if ix.fences[zone].shape.Contains(p) {
			dst = append(dst, zone)
		}
	}
	return dst
}

// Near appends to dst the zones of which an edge or the inside may be within
// their reach of a position in c, in an order that depends only on c. One that
// it leaves out does not contain the position, and is out of reach.
func (ix *ZoneIndex) Near(c Cell, dst []int32) []int32 {
	at := ix.root(c)
	for res := 1; at != 0; res++ {
		for i := ix.nodes[at].first; i < ix.nodes[at+1].first; i++ {
			dst = append(dst, ix.notes[i].zone)
		}
		at = ix.below(at, c, res)
	}
	return append(dst, ix.plain...)
}

// find returns the note about the zone on the way to c and where that says c
// is, or nil.
func (ix *ZoneIndex) find(zone int32, c Cell) (*note, where) {
	at := ix.root(c)
	for res := 1; at != 0; res++ {
		low, end := ix.nodes[at].first, ix.nodes[at+1].first
		for high := end; low < high; {
			if mid := (low + high) / 2; ix.notes[mid].zone < zone {
				low = mid + 1
			} else {
				high = mid
			}
		}
		if low < end && ix.notes[low].zone == zone {
			n := &ix.notes[low]
			return n, n.sides.of(c.digit(res))
		}
		at = ix.below(at, c, res)
	}
	return nil, outside
}

// root returns the node of c's base cell, 0 if there is none.
func (ix *ZoneIndex) root(c Cell) int32 {
	if c.resolution() != CellRes || c.base() >= baseCells {
		return 0
	}
	return ix.roots[c.base()]
}

// below returns the child of a node on the way to c at res, 0 if there is none.
func (ix *ZoneIndex) below(at int32, c Cell, res int) int32 {
	digit := c.digit(res)
	if res > CellRes || digit > 6 {
		return 0
	}
	return ix.nodes[at].child[digit]
}

// signed takes the distance from the edges that the note names: those within
// reach are all among them.
func (ix *ZoneIndex) signed(n *note, side where, p Point) float64 {
	s, nearest := ix.fences[n.zone].shape, beyondM*beyondM
	f := newFrame(p)
	for _, r := range ix.runs[n.first : n.first+n.runs] {
		nearest = min(nearest, f.nearest2(s.verts[r.from:r.end+1]))
	}
	return signed(math.Sqrt(nearest), side == inside || side == mixed && s.Contains(p))
}
