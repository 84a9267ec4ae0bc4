package rules

import (
	"cmp"
	"slices"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// How long stays are kept, and how old what follows from them may be to be sure
// that no stay it rests on is forgotten.
const (
	stayKept = roster.Hour
	staySure = 45 * roster.Minute
)

// diskCache bounds the neighbourhoods that are remembered.
const diskCache = 1 << 14

// stay is the cell of a good fix; 0 where the person does not count: at home, or
// at an office. It speaks for the person until the next one, and not for long.
type stay struct {
	At   roster.Instant
	Cell geo.Cell
}

func (a stay) compare(b stay) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Cell, b.Cell))
}

// crowds finds people near each other by their cells. A fix looks at the seven
// blocks around it, and where these have people at its 19 cells, however many
// people there are elsewhere.
type crowds struct {
	list   []crowd               // in the order in which they began
	owner  map[geo.Cell]geo.Cell // centre of a neighbourhood → anchor of its crowd
	blocks map[geo.Cell]*patch
	where  map[geo.Cell]guests
	disks  [2]map[geo.Cell][]geo.Cell // within one step, within two
	desks  []desk
	due    roster.Instant
}

// patch is a cell of a coarser resolution: how many people had stays there
// lately. Two people of one neighbourhood are at most in neighbouring blocks.
type patch struct {
	people int
	near   []geo.Cell
}

const blockRes = 8

// guests are who had a stay in a cell lately; mostly it is one.
type guests struct {
	first *subject
	more  []*subject
}

// desk is the place of an office: people come there because they must.
type desk struct {
	geo.Point
	radiusM float64
}

func newCrowds() crowds {
	return crowds{
		owner: make(map[geo.Cell]geo.Cell), where: make(map[geo.Cell]guests), blocks: make(map[geo.Cell]*patch),
		disks: [2]map[geo.Cell][]geo.Cell{make(map[geo.Cell][]geo.Cell), make(map[geo.Cell][]geo.Cell)},
	}
}

func (e *Engine) desks() []desk {
	var out []desk
	for _, office := range e.dir.Roster().Offices {
		if p := office.Place; p != nil {
			out = append(out, desk{p.Datum.ToWGS84(geo.Point{Lat: p.Lat, Lng: p.Lng}), p.RadiusM})
		}
	}
	return out
}

// mingle enters a good fix into the subject's stays, if it came in time.
func (e *Engine) mingle(s *subject, o *observation) {
	c := e.config(s)
	if o.fix(c) == nil || !o.places() || o.late(c) {
		return
	}
	st := stay{At: o.At, Cell: e.counted(s, o.Event.Position)}
	i, same := slices.BinarySearchFunc(s.Stays, st, stay.compare)
	if same {
		return
	}
	e.crowds.arrive(s, st.Cell)
	s.Stays = slices.Insert(s.Stays, i, st)
	var left geo.Cell
	if i > 0 {
		left = s.Stays[i-1].Cell
	}
	e.crowds.forget(s)
	if left != st.Cell {
		e.update(left)
	}
	e.around(s, st)
}

// counted is the cell of a position; 0 if it may be the person's home or the
// place of an office.
func (e *Engine) counted(s *subject, p *event.Position) geo.Cell {
	if s.entry.HomeRadiusM > 0 && geo.Distance(p.Point, s.entry.Home)-p.AccuracyM <= s.entry.HomeRadiusM {
		return 0
	}
	for i := range e.crowds.desks {
		if d := &e.crowds.desks[i]; geo.Distance(p.Point, d.Point)-p.AccuracyM <= d.radiusM {
			return 0
		}
	}
	return p.Cell
}

func (s *subject) stayed(cell geo.Cell, res int) bool {
	return slices.ContainsFunc(s.Stays, func(st stay) bool { return st.Cell.Parent(res) == cell })
}

// arrive enters a subject at a cell, and at its patch, unless a stay of theirs
// is there already.
func (c *crowds) arrive(s *subject, cell geo.Cell) {
	if cell == 0 || s.stayed(cell, geo.CellRes) {
		return
	}
	g := c.where[cell]
	if g.first == nil {
		g.first = s
	} else {
		g.more = append(g.more, s)
	}
	c.where[cell] = g
	if b := cell.Parent(blockRes); !s.stayed(b, blockRes) {
		c.patch(b).people++
	}
}

func (c *crowds) patch(cell geo.Cell) *patch {
	b := c.blocks[cell]
	if b == nil {
		b = &patch{near: cell.Ring(nil)}
		c.blocks[cell] = b
	}
	return b
}

// lonely reports whether so few people are around a cell that no gathering can
// be; it may say no for want of a closer look.
func (c *crowds) lonely(s *subject, cell geo.Cell, enough int) bool {
	b := c.patch(cell.Parent(blockRes))
	n := b.people
	for _, near := range b.near {
		if other := c.blocks[near]; other != nil && other.people > 0 {
			if n += other.people; s.stayed(near, blockRes) {
				n--
			}
		}
	}
	return n < enough
}

// forget drops the subject's stays of more than an hour ago.
func (c *crowds) forget(s *subject) {
	limit := s.Stays[len(s.Stays)-1].At - stayKept
	for len(s.Stays) > 0 && s.Stays[0].At < limit {
		cell := s.Stays[0].Cell
		s.Stays = slices.Delete(s.Stays, 0, 1)
		c.vacate(s, cell)
	}
}

// vacate forgets the subject at a cell, unless another stay of theirs is there.
func (c *crowds) vacate(s *subject, cell geo.Cell) {
	if cell == 0 || s.stayed(cell, geo.CellRes) {
		return
	}
	g := c.where[cell]
	if g.first != s {
		g.more = slices.DeleteFunc(g.more, func(o *subject) bool { return o == s })
	} else if g.first = nil; len(g.more) > 0 {
		g.first, g.more = g.more[0], slices.Delete(g.more, 0, 1)
	}
	if c.where[cell] = g; g.first == nil {
		delete(c.where, cell)
	}
	if b := cell.Parent(blockRes); !s.stayed(b, blockRes) {
		c.patch(b).people--
	}
}

// disperse forgets where someone was who left the roster.
func (e *Engine) disperse(s *subject) {
	for len(s.Stays) > 0 {
		cell := s.Stays[0].Cell
		s.Stays = s.Stays[1:]
		e.crowds.vacate(s, cell)
	}
}

// assemble takes the crowds of a snapshot over, and finds everybody's cells.
func (e *Engine) assemble(list []crowd) {
	for i := range list {
		e.crowds.found(list[i].Anchor).Runs = list[i].Runs
		e.crowds.list[i].Until = list[i].Until
	}
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		all := s.Stays
		s.Stays = nil
		for _, st := range all {
			e.crowds.arrive(s, st.Cell)
			s.Stays = append(s.Stays, st)
		}
	}
	e.crowds.remind()
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

// found begins a crowd, which takes the neighbourhoods that none has yet.
func (c *crowds) found(anchor geo.Cell) *crowd {
	for _, centre := range c.disk(anchor, 2) {
		if c.owner[centre] == 0 {
			c.owner[centre] = anchor
		}
	}
	c.list = append(c.list, crowd{Anchor: anchor})
	return &c.list[len(c.list)-1]
}

// owns reports whether any of the neighbourhoods is part of a crowd.
func (c *crowds) owns(centres []geo.Cell) bool {
	return len(c.owner) > 0 && slices.ContainsFunc(centres, func(centre geo.Cell) bool { return c.owner[centre] != 0 })
}

// has reports whether any of the neighbourhoods is part of this crowd.
func (c *crowds) has(anchor geo.Cell, centres []geo.Cell) bool {
	return slices.ContainsFunc(centres, func(centre geo.Cell) bool { return c.owner[centre] == anchor })
}

// taken reports whether a gathering of that key and start has its id already.
func (c *crowds) taken(key string, started roster.Instant) bool {
	return slices.ContainsFunc(c.list, func(o crowd) bool {
		return slices.ContainsFunc(o.Runs, func(r run) bool { return r.Said != nil && r.Key == key && r.Said.First == started })
	})
}

// prune forgets the crowds without runs and sets the timer to the next change.
func (c *crowds) prune() {
	c.list = slices.DeleteFunc(c.list, func(o crowd) bool {
		if len(o.Runs) > 0 {
			return false
		}
		for _, centre := range c.disk(o.Anchor, 2) {
			if c.owner[centre] == o.Anchor {
				delete(c.owner, centre)
			}
		}
		return true
	})
	c.remind()
}

func (c *crowds) remind() {
	c.due = 0
	for i := range c.list {
		c.due = earlier(c.due, c.list[i].due())
	}
}
