package rules

import (
	"cmp"
	"container/heap"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
)

// diskCache bounds the neighbourhoods that are remembered.
const diskCache = 1 << 14

// crowds finds people near each other. A fix looks at the tiles around it, and
// only where these have enough people at cells, however many there are elsewhere.
type crowds struct {
	tiles map[tile][]guest
	spots map[geo.Cell]*spot   // by centre
	seen  map[geo.Cell][]*spot // that see a cell
	heap  crowdHeap
	disks [2]map[geo.Cell][]geo.Cell // within one step, within two
	desks []desk
	near  []guest            // reused: those around the fix at hand
	all   []guest            // reused: those around, at any time
	views [][]geo.Cell       // reused: the neighbourhoods of those near
	moves []move             // reused
	there []roster.SubjectID // reused: who is at a spot
	// Newest is the latest time of a stay, and swept when old ones were dropped last.
	newest, swept roster.Instant
}

func newCrowds() crowds {
	return crowds{
		tiles: make(map[tile][]guest), spots: make(map[geo.Cell]*spot), seen: make(map[geo.Cell][]*spot),
		disks: [2]map[geo.Cell][]geo.Cell{make(map[geo.Cell][]geo.Cell), make(map[geo.Cell][]geo.Cell)},
	}
}

// disk is the cells within one or two steps of a cell. Those computed lately
// are remembered.
func (c *crowds) disk(cell geo.Cell, steps int) []geo.Cell {
	known := c.disks[steps-1]
	cells, ok := known[cell]
	if !ok {
		if len(known) >= diskCache {
			clear(known)
		}
		cells = cell.Disk(steps, make([]geo.Cell, 0, 19))
		known[cell] = cells
	}
	return cells
}

// found begins to watch a neighbourhood where enough people may be, and puts
// those near to it into one crowd.
// There were never enough of them at once before the instant.
func (c *crowds) found(centre geo.Cell, since roster.Instant) *spot {
	sp := &spot{Centre: centre, Through: since}
	own := &crowd{Spots: []*spot{sp}, Through: since, index: -1}
	c.enter(sp, own)
	for _, near := range c.disk(centre, 2) {
		if other := c.spots[near]; other != nil && other.crowd != sp.crowd {
			c.join(sp.crowd, other.crowd)
		}
	}
	return sp
}

// enter makes a spot known; that its people are is left to the caller.
func (c *crowds) enter(sp *spot, of *crowd) {
	sp.crowd, sp.cells, sp.near = of, c.disk(sp.Centre, 1), c.disk(sp.Centre, 2)
	c.spots[sp.Centre] = sp
	for _, cell := range sp.cells {
		c.seen[cell] = append(c.seen[cell], sp)
	}
}

// join puts what a crowd has into another.
func (c *crowds) join(into, from *crowd) {
	if from.index >= 0 {
		heap.Remove(&c.heap, from.index)
	}
	for _, sp := range from.Spots {
		sp.crowd = into
	}
	into.Spots = append(into.Spots, from.Spots...)
	into.Groups = append(into.Groups, from.Groups...)
	into.Runs = append(into.Runs, from.Runs...)
	into.Through = max(into.Through, from.Through)
	slices.SortFunc(into.Spots, func(a, b *spot) int { return cmp.Compare(a.Centre, b.Centre) })
	slices.SortFunc(into.Groups, func(a, b group) int { return a.Key.compare(b.Key) })
	slices.SortFunc(into.Runs, func(a, b run) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Proof.Ref, b.Proof.Ref))
	})
}

// abandon forgets a spot.
func (c *crowds) abandon(sp *spot) {
	delete(c.spots, sp.Centre)
	for _, cell := range sp.cells {
		left := slices.DeleteFunc(c.seen[cell], func(o *spot) bool { return o == sp })
		if c.seen[cell] = left; len(left) == 0 {
			delete(c.seen, cell)
		}
	}
}

// conclude forgets what of a crowd is over for good.
func (e *Engine) conclude(c *crowd) {
	c.Spots = slices.DeleteFunc(c.Spots, func(sp *spot) bool {
		sp.settle()
		over := len(sp.Spans) == 0
		if over {
			e.crowds.abandon(sp)
		}
		return over
	})
	c.Groups = slices.DeleteFunc(c.Groups, func(g group) bool { return !c.has(g.Key) })
}

func (c *crowds) remind(of *crowd) {
	switch {
	case len(of.Spots) == 0 && of.index >= 0:
		heap.Remove(&c.heap, of.index)
	case len(of.Spots) == 0:
	case of.index < 0:
		heap.Push(&c.heap, of)
	default:
		heap.Fix(&c.heap, of.index)
	}
}

// list is the crowds in a fixed order.
func (c *crowds) list() []crowd {
	out := make([]crowd, 0, len(c.heap))
	for _, of := range c.heap {
		out = append(out, *of)
	}
	slices.SortFunc(out, func(a, b crowd) int { return cmp.Compare(a.Spots[0].Centre, b.Spots[0].Centre) })
	return out
}

// assemble takes the crowds of a snapshot over, and finds everybody's places.
func (e *Engine) assemble(list []crowd) {
	for i := range list {
		c := &list[i]
		c.index = -1
		for _, sp := range c.Spots {
			e.crowds.enter(sp, c)
		}
		c.due = c.next(c.gather(), e.clock-1, e.cfg.window())
		e.crowds.remind(c)
	}
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		for _, st := range s.Stays {
			e.crowds.arrive(s, st)
		}
	}
}

// crowdHeap orders crowds by when they change by themselves; equal ones by place.
type crowdHeap []*crowd

func (h crowdHeap) Len() int { return len(h) }

func (h crowdHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].due, h[j].due), cmp.Compare(h[i].Spots[0].Centre, h[j].Spots[0].Centre)) < 0
}

func (h crowdHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *crowdHeap) Push(x any) {
	if c, ok := x.(*crowd); ok {
		c.index = len(*h)
		*h = append(*h, c)
	}
}

func (h *crowdHeap) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last], c.index = nil, -1
	*h = (*h)[:last]
	return c
}

var _ heap.Interface = (*crowdHeap)(nil)
