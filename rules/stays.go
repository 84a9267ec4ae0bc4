package rules

import (
	"cmp"
	"math"
	"slices"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// stay is a good fix's cell and where in it; Cell is 0 where the person does not
// count: at home, or at an office. It speaks for the person until the next one,
// and not for long.
type stay struct {
	At       roster.Instant
	Cell     geo.Cell
	Lat, Lng float32
}

func (a stay) compare(b stay) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Cell, b.Cell))
}

// guest is somebody who was in a cell lately: when, the stays tell. The place is that of
// one of them.
type guest struct {
	Cell     geo.Cell
	Lat, Lng float32
	s        *subject
}

// tile is a square of about 1 km: row and column of a grid.
type tile struct{ row, col int32 }

// Two people in one neighbourhood are at most so far from each other: it is
// 400 m wide on average and 480 m where cells are largest.
const (
	reachDeg = 500 / 111_000.0
	tileDeg  = 1000 / 111_000.0
	degreeM  = 110_000 // less than a degree of latitude has
)

// desk is the place of an office: people come there because they must.
type desk struct {
	geo.Point
	radiusM float64
}

// desks are those of all offices, ascending by latitude, and the greatest radius.
type desks struct {
	list    []desk
	radiusM float64
}

func (e *Engine) desks() desks {
	var out desks
	for _, office := range e.dir.Roster().Offices {
		if p := office.Place; p != nil {
			out.list = append(out.list, desk{p.Datum.ToWGS84(geo.Point{Lat: p.Lat, Lng: p.Lng}), p.RadiusM})
			out.radiusM = max(out.radiusM, p.RadiusM)
		}
	}
	slices.SortStableFunc(out.list, func(a, b desk) int { return cmp.Compare(a.Lat, b.Lat) })
	return out
}

// have reports whether a position may be at one of the desks.
func (d *desks) have(p *event.Position) bool {
	reach := (d.radiusM + p.AccuracyM) / degreeM
	i, _ := slices.BinarySearchFunc(d.list, p.Point.Lat-reach, func(a desk, lat float64) int { return cmp.Compare(a.Lat, lat) })
	for ; i < len(d.list) && d.list[i].Lat <= p.Point.Lat+reach; i++ {
		if within(p, d.list[i].Point, d.list[i].radiusM) {
			return true
		}
	}
	return false
}

// mingle enters a good fix into the subject's stays, if it came in time, and
// brings the crowds up to date that it touches.
func (e *Engine) mingle(s *subject, o *observation, p *event.Position) {
	if !o.fix(e.config(s)) || !o.places() || o.Received-o.At > e.cfg.window() {
		return
	}
	st := stay{At: o.At, Cell: e.counted(s, p), Lat: float32(p.Point.Lat), Lng: float32(p.Point.Lng)}
	i, same := slices.BinarySearchFunc(s.Stays, st, stay.compare)
	if same {
		return
	}
	s.Stays = slices.Insert(s.Stays, i, st)
	goesOn := s.stayed(i, e.crowds.newest, length(e.cfg.Gathering.Valid))
	e.crowds.arrive(s, i, goesOn)
	switch {
	case goesOn:
		e.prolong(st)
	default:
		e.noticed(s.Stays[max(i-1, 0):min(i+2, len(s.Stays))])
		if st.Cell != 0 {
			e.seek(st)
		}
	}
	e.leaveStays(s)
	e.sweep()
}

// stayed reports whether the subject's newest stay only goes on with the one before, which
// still speaks for them, and which everybody seen so far was compared with.
func (s *subject) stayed(i int, known, valid roster.Instant) bool {
	if i == 0 || i != len(s.Stays)-1 {
		return false
	}
	before := s.Stays[i-1]
	return before.Cell == s.Stays[i].Cell && max(known, s.Stays[i].At) < before.At+valid
}

// counted is the cell of a position; 0 if it may be the person's home or the
// place of an office.
func (e *Engine) counted(s *subject, p *event.Position) geo.Cell {
	if within(p, s.entry.Home, s.entry.HomeRadiusM) || e.crowds.desks.have(p) {
		return 0
	}
	return p.Cell
}

// within reports whether a position may be in a circle. Most are far from it,
// which the latitude alone tells.
func within(p *event.Position, centre geo.Point, radiusM float64) bool {
	reach := radiusM + p.AccuracyM
	return radiusM > 0 && math.Abs(p.Point.Lat-centre.Lat)*degreeM <= reach && geo.Distance(p.Point, centre) <= reach
}

// leaveStays drops the subject's stays that matter no more. A spot found later looks back
// as far as a fix may be late and still speak for somebody; one that is known already may
// not have been computed for as long, and devices' clocks run up to five minutes ahead.
func (e *Engine) leaveStays(s *subject) {
	back := e.cfg.window() + length(e.cfg.Gathering.Valid)
	n := 0
	for _, st := range s.Stays {
		if st.At >= e.clock-back-roster.Minute {
			break
		}
		if st.At >= e.clock-2*back-6*roster.Minute && len(e.crowds.seen[st.Cell]) > 0 {
			break
		}
		n++
	}
	s.Stays = slices.Delete(s.Stays, 0, n)
}

// disperse forgets where someone was who left the roster.
func (e *Engine) disperse(s *subject) {
	gone := s.Stays
	s.Stays = nil // the tiles ask for them
	e.noticed(gone)
}

// seek begins to watch the neighbourhoods of a stay where enough people may be
// at once. Of people who are there at once, the last to be known sees the others.
func (e *Engine) seek(st stay) {
	c, about := &e.cfg.Gathering, length(e.cfg.Gathering.Valid)
	if e.crowds.watched(st.Cell) {
		return
	}
	near := e.crowds.around(st, about, e.crowds.near[:0])
	e.crowds.near = near
	if !mayGather(near, c.Subjects) {
		return
	}
	if near = e.crowds.next(near, st.Cell); !several(near, c.Subjects, anybody) {
		return
	}
	e.crowds.view(near)
	for _, centre := range e.crowds.disk(st.Cell, 1) {
		if e.crowds.spots[centre] != nil || !e.crowds.enough(near, c.Subjects, centre) {
			continue
		}
		sp := e.crowds.found(centre, e.clock-e.cfg.window())
		e.crowds.host(sp, st)
		e.look(sp, e.clock-1)
		e.regather(sp.crowd, e.clock-1)
	}
}

// watched reports whether every neighbourhood of a cell is a spot already.
func (c *crowds) watched(cell geo.Cell) bool {
	seen := c.seen[cell]
	return len(seen) > 0 && len(seen) >= len(c.disk(cell, 1))
}

// noticed looks again at the spots that see one of the stays.
func (e *Engine) noticed(stays []stay) {
	var seen [4]*crowd
	changed := seen[:0]
	for i, st := range stays {
		if st.Cell == 0 || i > 0 && st.Cell == stays[i-1].Cell {
			continue
		}
		for _, sp := range e.crowds.seen[st.Cell] {
			changed = e.relook(sp, changed)
		}
	}
	for _, c := range changed {
		e.regather(c, e.clock-1)
	}
}

// prolong is noticed for a stay that only goes on: it looks again only where it may show
// that enough people were there for long enough.
func (e *Engine) prolong(st stay) {
	var seen [4]*crowd
	changed := seen[:0]
	for _, sp := range e.crowds.seen[st.Cell] {
		if !sp.Pending && sp.proves(st, e.clock, length(e.cfg.Gathering.Dwell)) {
			changed = e.relook(sp, changed)
		}
	}
	for _, c := range changed {
		e.regather(c, e.clock-1)
	}
}

// relook looks again at a spot, now or, if it is busy, within a minute, and appends its
// crowd to those that have changed.
func (e *Engine) relook(sp *spot, changed []*crowd) []*crowd {
	switch {
	case sp.busy() && e.clock < sp.Looked+busyPause:
		e.postpone(sp)
	case e.look(sp, e.clock-1) && !slices.Contains(changed, sp.crowd):
		changed = append(changed, sp.crowd)
	}
	return changed
}

// proves reports whether a stay that only goes on with one of the same person may change
// more of a spot than how long what goes on there will last, which is computed when it
// seems to end. Everybody known was there before the one before ceases to speak.
func (sp *spot) proves(st stay, now, dwell roster.Instant) bool {
	if len(sp.Spans) == 0 {
		return false
	}
	switch last := &sp.Spans[len(sp.Spans)-1]; {
	case st.At < last.From:
		return true
	case last.Until <= st.At:
		return false
	case last.Until <= now:
		return true
	default:
		return !last.Shown && st.At-last.From >= dwell
	}
}

// What happens at a busy spot is computed at most once a minute: the gathering is
// known by then, and the result is the same.
const (
	busyCost  = 192 // some forty people with a fix each five minutes
	busyPause = roster.Minute
)

func (sp *spot) busy() bool { return sp.Cost > busyCost }

// postpone lets the clock compute a spot.
func (e *Engine) postpone(sp *spot) {
	if sp.Pending {
		return
	}
	sp.Pending = true
	e.crowds.remind(sp, earlier(sp.due, sp.Looked+busyPause))
}
