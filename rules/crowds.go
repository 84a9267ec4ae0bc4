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
	heap  spotHeap
	disks [2]map[geo.Cell][]geo.Cell // within one step, within two
	desks desks
	near  []guest      // reused: those around the fix at hand
	all   []guest      // reused: those around, at any time
	views [][]geo.Cell // reused: the neighbourhoods of those near
	moves []move       // reused
	there []*subject   // reused: who is at a spot
	// Placed is reused, too: the spans of a crowd.
	placed []placed
	// Newest is the latest time of a stay, swept when guests were dropped last, and old the
	// time up to which their stays were.
	newest, swept, old roster.Instant
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
	own := &crowd{Spots: []*spot{sp}, Through: since}
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
	sp.crowd, sp.index, sp.cells, sp.near = of, -1, c.disk(sp.Centre, 1), c.disk(sp.Centre, 2)
	c.spots[sp.Centre] = sp
	for _, cell := range sp.near {
		if other := c.spots[cell]; other != nil {
			sp.around = append(sp.around, other)
			if other != sp {
				other.around = append(other.around, sp)
			}
		}
	}
	for _, cell := range sp.cells {
		c.seen[cell] = append(c.seen[cell], sp)
	}
}

// join puts what the smaller of two crowds has into the other.
func (c *crowds) join(into, from *crowd) {
	if len(from.Spots) > len(into.Spots) {
		into, from = from, into
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
	heap.Remove(&c.heap, sp.index)
	delete(c.spots, sp.Centre)
	for _, other := range sp.around {
		if other != sp {
			other.around = slices.DeleteFunc(other.around, func(o *spot) bool { return o == sp })
		}
	}
	for _, cell := range sp.cells {
		left := slices.DeleteFunc(c.seen[cell], func(o *spot) bool { return o == sp })
		if c.seen[cell] = left; len(left) == 0 {
			delete(c.seen, cell)
		}
	}
}

// conclude forgets what of a crowd is over for good.
func (e *Engine) conclude(c *crowd) {
	alive := make(map[groupKey]bool)
	c.Spots = slices.DeleteFunc(c.Spots, func(sp *spot) bool {
		sp.settle()
		over := len(sp.Spans) == 0
		if over {
			e.crowds.abandon(sp)
		}
		for i := range sp.Spans {
			alive[sp.Spans[i].Group] = true
		}
		return over
	})
	c.Groups = slices.DeleteFunc(c.Groups, func(g group) bool { return !alive[g.Key] })
}

// remind sets when a spot changes by itself.
func (c *crowds) remind(sp *spot, due roster.Instant) {
	sp.due = due
	if sp.index < 0 {
		heap.Push(&c.heap, sp)
		return
	}
	heap.Fix(&c.heap, sp.index)
}

// list is the crowds in a fixed order.
func (c *crowds) list() []crowd {
	var out []crowd
	for _, sp := range c.spots {
		if sp == sp.crowd.Spots[0] {
			out = append(out, *sp.crowd)
		}
	}
	slices.SortFunc(out, func(a, b crowd) int { return cmp.Compare(a.Spots[0].Centre, b.Spots[0].Centre) })
	return out
}

// assemble takes the crowds of a snapshot over, and finds everybody's places.
func (e *Engine) assemble(list []crowd) {
	for i := range list {
		c := &list[i]
		for _, sp := range c.Spots {
			e.crowds.enter(sp, c)
			e.crowds.remind(sp, sp.next(e.clock-1, e.cfg.window()))
		}
	}
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		for i, all := 0, s.Stays; i < len(all); i++ {
			s.Stays = all[:i+1]
			e.crowds.arrive(s, i, false)
		}
	}
}

// spotHeap orders spots by when they change by themselves; equal ones by place.
type spotHeap []*spot

func (h spotHeap) Len() int { return len(h) }

func (h spotHeap) Less(i, j int) bool {
	return h[i].due < h[j].due || h[i].due == h[j].due && h[i].Centre < h[j].Centre
}

func (h spotHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *spotHeap) Push(x any) {
	if sp, ok := x.(*spot); ok {
		sp.index = len(*h)
		*h = append(*h, sp)
	}
}

func (h *spotHeap) Pop() any {
	last := len(*h) - 1
	sp := (*h)[last]
	(*h)[last], sp.index = nil, -1
	*h = (*h)[:last]
	return sp
}

var _ heap.Interface = (*spotHeap)(nil)
