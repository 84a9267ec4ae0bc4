package rules

import (
	"cmp"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
)

// spot is a neighbourhood, a cell and its ring, where enough people are or have
// just been. What happened before Through is settled.
type spot struct {
	Centre  geo.Cell
	Through roster.Instant
	Cur     span   // that goes on at Through; from 0: none
	Spans   []span // that end after Through, ascending
	// Looked is when it was computed last. A busy spot is not computed with every
	// fix: Pending says that fixes came since.
	Looked  roster.Instant
	Pending bool
	Cost    int // of computing it: comings, goings and fixes

	cells, near []geo.Cell // within one step, within two
	around      []*spot    // itself and those two steps away
	people      []*subject // who have had a stay there lately
	crowd       *crowd
	due         roster.Instant // when it changes by itself
	index       int            // in the heap
}

// span is a time during which enough people were at a spot.
type span struct {
	From, Until roster.Instant
	Who         []roster.SubjectID // ascending: all who were there meanwhile
	Shown       bool               // a fix shows that it lasted long enough
	Group       groupKey
}

// groupKey is the first span of a group.
type groupKey struct {
	First  roster.Instant
	Centre geo.Cell
}

func (a groupKey) compare(b groupKey) int {
	return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Centre, b.Centre))
}

// group is spans that belong together: each begins while another of it, at most
// two cells away, goes on. It has begun with the first that lasted long enough,
// and goes on as long as any of them.
type group struct {
	Key            groupKey
	Started, Until roster.Instant // Started 0: none has lasted long enough
	Who            []roster.SubjectID
}

// add puts a span into the group, whose people are then to be sorted.
func (g *group) add(sp *span) {
	g.Until = max(g.Until, sp.Until)
	if sp.Shown {
		g.Started, g.Who = earlier(g.Started, sp.From), append(g.Who, sp.Who...)
	}
}

func (g *group) sort() {
	slices.Sort(g.Who)
	g.Who = slices.Compact(g.Who)
}

// move is a person's coming to a neighbourhood or leaving it, or a fix there.
type move struct {
	at   roster.Instant
	what step
	s    *subject
}

type step uint8

// What happens at one instant happens in this order: who comes when another
// leaves does not meet them.
const (
	leaves step = iota
	comes
	seen
)

func (a move) compare(b move) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	if a.what != b.what {
		return cmp.Compare(a.what, b.what)
	}
	return cmp.Compare(a.s.rank, b.s.rank)
}

func (sp *spot) invite(s *subject) {
	if !slices.Contains(sp.people, s) {
		sp.people = append(sp.people, s)
	}
}

// look computes what is not settled at a spot, settles what may not change any
// more, and reports whether anything but the end of what goes on as of an instant is different.
func (e *Engine) look(sp *spot, now roster.Instant) bool {
	c := &e.cfg.Gathering
	sp.Looked, sp.Pending = e.clock, false
	moves := e.crowds.moves[:0]
	sp.people = slices.DeleteFunc(sp.people, func(s *subject) bool {
		n := len(moves)
		moves = s.visits(sp, length(c.Valid), moves)
		return len(moves) == n
	})
	slices.SortFunc(moves, move.compare)
	w := watch{enough: c.Subjects, dwell: length(c.Dwell), present: e.crowds.there[:0]}
	sure := max(sp.Through, e.clock-e.cfg.window())
	i := 0
	for ; i < len(moves) && moves[i].at < sp.Through; i++ {
		w.attend(moves[i])
	}
	w.resume(sp.Cur, sp.Through)
	for ; i < len(moves) && moves[i].at < sure; i++ {
		w.take(moves[i])
	}
	cur := w.cur
	w.cur.Who = slices.Clone(cur.Who)
	for ; i < len(moves); i++ {
		w.take(moves[i])
	}
	e.crowds.moves, e.crowds.there, sp.Cost = moves, w.present, len(moves)
	w.inherit(sp.Spans)
	same := slices.EqualFunc(sp.Spans, w.out, func(a, b span) bool { return a.equal(&b, now) })
	sp.Cur, sp.Through, sp.Spans = cur, sure, w.out
	sp.crowd.Through = max(sp.crowd.Through, sure)
	sp.settle()
	e.crowds.remind(sp, sp.next(now, e.cfg.window()))
	return !same
}

// next is when a spot changes by itself, seen from an instant: what goes on ends unless someone is
// seen again, or it is over for good.
func (sp *spot) next(now, window roster.Instant) roster.Instant {
	last := sp.Through
	if n := len(sp.Spans); n > 0 {
		last = sp.Spans[n-1].Until
	}
	if sp.ended(now) {
		last += window + 1
	}
	if sp.Pending {
		last = min(last, sp.Looked+busyPause)
	}
	return last
}

// ended reports whether nothing goes on at a spot as of an instant.
func (sp *spot) ended(now roster.Instant) bool {
	n := len(sp.Spans)
	return n == 0 || sp.Spans[n-1].Until <= now
}

// equal reports whether two spans are the same as of an instant: that one goes on
// for longer is no news before it ends.
func (a *span) equal(b *span, now roster.Instant) bool {
	ends := a.Until == b.Until || a.Until > now && b.Until > now
	return a.From == b.From && ends && a.Shown == b.Shown && slices.Equal(a.Who, b.Who)
}

// settle adds the spans that are over for good to their groups.
func (sp *spot) settle() {
	sp.Spans = slices.DeleteFunc(sp.Spans, func(s span) bool {
		over := s.Until < sp.Through && s.Group.First != 0
		if over {
			g := sp.crowd.group(s.Group)
			g.Who = slices.Clip(g.Who) // told as it was
			g.add(&s)
			g.sort()
		}
		return over
	})
}

// group finds what is settled of a group.
func (c *crowd) group(k groupKey) *group {
	i, known := slices.BinarySearchFunc(c.Groups, k, func(g group, k groupKey) int { return g.Key.compare(k) })
	if !known {
		c.Groups = slices.Insert(c.Groups, i, group{Key: k})
	}
	return &c.Groups[i]
}

// placed is a span of a crowd and where.
type placed struct {
	*span
	at *spot
}

// gather assigns the spans to groups in the order in which they began, and
// returns the groups, ascending. The older group takes a span near to two.
func (c *crowds) gather(of *crowd) []group {
	all := c.placed[:0]
	for _, sp := range of.Spots {
		for i := range sp.Spans {
			all = append(all, placed{&sp.Spans[i], sp})
		}
	}
	slices.SortFunc(all, placed.compare)
	defer clear(all)
	c.placed = all
	whole := crowd{Groups: slices.Clone(of.Groups)}
	for i := range whole.Groups {
		whole.Groups[i].Who = slices.Clip(whole.Groups[i].Who)
	}
	for _, p := range all {
		if p.Group.First == 0 || p.From >= of.Through {
			p.assign()
		}
		whole.group(p.Group).add(p.span)
	}
	for i := range whole.Groups {
		whole.Groups[i].sort()
	}
	return whole.Groups
}

func (p placed) compare(o placed) int {
	if p.From != o.From {
		return cmp.Compare(p.From, o.From)
	}
	return cmp.Compare(p.at.Centre, o.at.Centre)
}

// assign finds the group of a span among those that began before, which have theirs.
func (p placed) assign() {
	p.Group = groupKey{p.From, p.at.Centre}
	for _, sp := range p.at.around {
		for i := range sp.Spans {
			o := placed{&sp.Spans[i], sp}
			if o.compare(p) < 0 && o.Until >= p.From && o.Group.compare(p.Group) < 0 {
				p.Group = o.Group
			}
		}
	}
}

// watch counts who is present.
type watch struct {
	enough  int
	dwell   roster.Instant
	present []*subject
	cur     span // from 0: there are too few
	out     []span
}

// attend follows who is present.
func (w *watch) attend(m move) {
	switch m.what {
	case leaves:
		w.present = slices.DeleteFunc(w.present, func(s *subject) bool { return s == m.s })
	case comes:
		w.present = append(w.present, m.s)
	}
}

// resume goes on from what was settled.
func (w *watch) resume(cur span, at roster.Instant) {
	w.cur = cur
	w.cur.Who = slices.Clone(cur.Who)
	if w.count(at); w.cur.From != 0 {
		w.meet()
	}
}

// meet adds those present to the span.
func (w *watch) meet() {
	for _, s := range w.present {
		w.cur.meet(s.entry.ID)
	}
}

func (w *watch) take(m move) {
	if w.attend(m); m.what != seen {
		w.count(m.at)
		if m.what == comes && w.cur.From != 0 {
			w.cur.meet(m.s.entry.ID)
		}
		return
	}
	w.cur.Shown = w.cur.Shown || w.cur.From != 0 && m.at-w.cur.From >= w.dwell
}

// count begins the time of a span when there are enough people, and ends it when
// too few are left.
func (w *watch) count(at roster.Instant) {
	switch many := len(w.present) >= w.enough; {
	case many && w.cur.From == 0:
		w.cur = span{From: at, Who: make([]roster.SubjectID, 0, len(w.present))}
		w.meet()
	case many:
	case w.cur.From != 0:
		w.cur.Until = at
		w.out = append(w.out, w.cur)
		w.cur = span{}
	}
}

// meet adds somebody to those who were there. The list is the span's own.
func (s *span) meet(id roster.SubjectID) {
	if i, known := slices.BinarySearch(s.Who, id); !known {
		s.Who = slices.Insert(s.Who, i, id)
	}
}

// inherit keeps the groups of spans that were known.
func (w *watch) inherit(known []span) {
	for i := range w.out {
		for j := range known {
			if w.out[i].From == known[j].From {
				w.out[i].Group = known[j].Group
			}
		}
	}
}

// visits appends the subject's moves in and out of a spot, except those of visits that were
// over before what is settled there.
func (s *subject) visits(sp *spot, valid roster.Instant, moves []move) []move {
	var until roster.Instant // of the visit so far; 0: none
	for i, st := range s.Stays {
		end := st.At + valid
		if i+1 < len(s.Stays) {
			end = min(end, s.Stays[i+1].At)
		}
		if end == st.At || end < sp.Through || !slices.Contains(sp.cells, st.Cell) {
			continue
		}
		if until != 0 && until < st.At {
			moves = append(moves, move{until, leaves, s})
			until = 0
		}
		if until == 0 {
			moves = append(moves, move{st.At, comes, s})
		}
		moves = append(moves, move{st.At, seen, s})
		until = end
	}
	if until != 0 {
		moves = append(moves, move{until, leaves, s})
	}
	return moves
}
