package rules

import (
	"cmp"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
)

// span is a time during which enough people were in a neighbourhood.
type span struct {
	from, until roster.Instant
	who         []roster.SubjectID // ascending: all who were there meanwhile
}

// move is a person's coming to a neighbourhood or leaving it, or a fix there.
type move struct {
	at   roster.Instant
	what step
	id   roster.SubjectID
}

type step uint8

// What happens at one instant happens in this order: who comes when another
// leaves does not meet them.
const (
	leaves step = iota
	comes
	seen
)

// spans are the times of a crowd: those of all its neighbourhoods, put together
// where they overlap.
func (e *Engine) spans(anchor geo.Cell) []span {
	var all []span
	for _, centre := range e.crowds.disk(anchor, 2) {
		if e.crowds.owner[centre] == anchor {
			all = append(all, e.hot(centre)...)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, sp := range all {
		if n := len(out); n > 0 && sp.from <= out[n-1].until {
			last := &out[n-1]
			last.until, last.who = max(last.until, sp.until), mergeSorted(last.who, sp.who)
			continue
		}
		out = append(out, sp)
	}
	return out
}

// hot are the times at which enough people were in a cell or its ring for long
// enough. A fix at the end of the time must show it; that positions stay valid
// for a while does not.
func (e *Engine) hot(centre geo.Cell) []span {
	c := &e.cfg.Gathering
	cells := e.crowds.disk(centre, 1)
	people := e.crowds.people(cells)
	if len(people) < c.Subjects {
		return nil
	}
	var moves []move
	for _, s := range people {
		moves = s.visits(cells, length(c.Valid), moves)
	}
	slices.SortFunc(moves, func(a, b move) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.what, b.what)) })
	w := watch{enough: c.Subjects, dwell: length(c.Dwell)}
	for _, m := range moves {
		w.take(m)
	}
	return w.out
}

// watch counts who is present.
type watch struct {
	enough  int
	dwell   roster.Instant
	present []roster.SubjectID
	cur     span // from 0: there are too few
	shown   bool
	out     []span
}

func (w *watch) take(m move) {
	switch m.what {
	case leaves:
		w.present = slices.DeleteFunc(w.present, func(id roster.SubjectID) bool { return id == m.id })
		w.close(m.at)
	case comes:
		w.comes(m)
	case seen:
		w.shown = w.shown || w.cur.from != 0 && m.at-w.cur.from >= w.dwell
	}
}

// comes adds one who has come; the time begins when they are enough.
func (w *watch) comes(m move) {
	w.present = append(w.present, m.id)
	switch {
	case w.cur.from != 0:
		w.cur.who = insertSorted(w.cur.who, m.id)
	case len(w.present) >= w.enough:
		w.cur.from, w.cur.who = m.at, mergeSorted(nil, w.present)
	}
}

// insertSorted adds to an ascending list what is not in it.
func insertSorted(ids []roster.SubjectID, id roster.SubjectID) []roster.SubjectID {
	if i, found := slices.BinarySearch(ids, id); !found {
		return slices.Insert(ids, i, id)
	}
	return ids
}

// close ends the time when too few are left.
func (w *watch) close(at roster.Instant) {
	if w.cur.from == 0 || len(w.present) >= w.enough {
		return
	}
	if w.cur.until = at; w.shown {
		w.out = append(w.out, w.cur)
	}
	w.cur, w.shown = span{}, false
}

// people had a stay in one of the cells lately.
func (c *crowds) people(cells []geo.Cell) []*subject {
	var out []*subject
	for _, cell := range cells {
		g := c.where[cell]
		if g.first != nil && !slices.Contains(out, g.first) {
			out = append(out, g.first)
		}
		for _, s := range g.more {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// visits appends the subject's moves in and out of the cells.
func (s *subject) visits(cells []geo.Cell, valid roster.Instant, moves []move) []move {
	id := s.entry.ID
	var until roster.Instant // of the visit so far; 0: none
	for i, st := range s.Stays {
		end := st.At + valid
		if i+1 < len(s.Stays) {
			end = min(end, s.Stays[i+1].At)
		}
		if end == st.At || !slices.Contains(cells, st.Cell) {
			continue
		}
		if until != 0 && until < st.At {
			moves = append(moves, move{until, leaves, id})
			until = 0
		}
		if until == 0 {
			moves = append(moves, move{st.At, comes, id})
		}
		moves = append(moves, move{st.At, seen, id})
		until = end
	}
	if until != 0 {
		moves = append(moves, move{until, leaves, id})
	}
	return moves
}

// mergeSorted is the union of two lists, ascending, in a list of its own.
func mergeSorted(a, b []roster.SubjectID) []roster.SubjectID {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// many reports whether so many people were in the cells at about an instant.
func (c *crowds) many(cells []geo.Cell, at, about roster.Instant, enough int) bool {
	var found [16]*subject
	n := 0
	for _, cell := range cells {
		g := c.where[cell]
		if g.first == nil {
			continue
		}
		if n += g.at(cell, at, about, found[n:]); n >= len(found) {
			return true
		}
	}
	slices.SortFunc(found[:n], func(a, b *subject) int { return cmp.Compare(a.entry.Pos, b.entry.Pos) })
	return len(slices.Compact(found[:n])) >= enough
}

// at lists the guests of a cell who were there at about an instant, as many as
// there is room for.
func (g *guests) at(cell geo.Cell, at, about roster.Instant, room []*subject) int {
	n := 0
	for i := -1; i < len(g.more) && n < len(room); i++ {
		s := g.first
		if i >= 0 {
			s = g.more[i]
		}
		if s.wasIn(cell, at, about) {
			room[n] = s
			n++
		}
	}
	return n
}

func (s *subject) wasIn(cell geo.Cell, at, about roster.Instant) bool {
	for _, st := range slices.Backward(s.Stays) {
		if st.Cell == cell && st.At > at-about && st.At < at+about {
			return true
		}
	}
	return false
}
