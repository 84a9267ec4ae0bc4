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

// guest is a stay in a tile, and whose.
type guest struct {
	stay
	s *subject
}

// tile is a square of about 700 m: row and column of a grid.
type tile struct{ row, col int32 }

// Two people in one neighbourhood are at most so far from each other: it is
// 400 m wide on average and 480 m where cells are largest.
const (
	reachDeg = 500 / 111_000.0
	tileDeg  = 700 / 111_000.0
)

// columns is how many degrees of longitude a tile of the row has.
func columns(row int32) float64 {
	return tileDeg / max(math.Cos((float64(row)+0.5)*tileDeg*math.Pi/180), 0.01)
}

func rowOf(lat float64) int32 { return int32(math.Floor(lat / tileDeg)) }

func colOf(lng, width float64) int32 { return int32(math.Floor(lng / width)) }

func (a stay) tile() tile {
	row := rowOf(float64(a.Lat))
	return tile{row, colOf(float64(a.Lng), columns(row))}
}

// spareMax bounds the lists of left tiles that are kept for others.
const spareMax = 1 << 10

// desk is the place of an office: people come there because they must.
type desk struct {
	geo.Point
	radiusM float64
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

// mingle enters a good fix into the subject's stays, if it came in time, and
// brings the crowds up to date that it touches.
func (e *Engine) mingle(s *subject, o *observation) {
	if o.fix(e.config(s)) == nil || !o.places() || o.Received-o.At > e.cfg.window() {
		return
	}
	p := o.Event.Position
	st := stay{At: o.At, Cell: e.counted(s, p), Lat: float32(p.Point.Lat), Lng: float32(p.Point.Lng)}
	i, same := slices.BinarySearchFunc(s.Stays, st, stay.compare)
	if same {
		return
	}
	s.Stays = slices.Insert(s.Stays, i, st)
	e.crowds.arrive(s, st)
	if len(e.crowds.spots) > 0 {
		e.noticed(s.Stays[max(i-1, 0):min(i+2, len(s.Stays))])
	}
	if st.Cell != 0 {
		e.seek(st)
	}
	e.crowds.forget(s, e.clock-2*(e.cfg.window()+length(e.cfg.Gathering.Valid))-roster.Minute)
}

// counted is the cell of a position; 0 if it may be the person's home or the
// place of an office.
func (e *Engine) counted(s *subject, p *event.Position) geo.Cell {
	if within(p, s.entry.Home, s.entry.HomeRadiusM) {
		return 0
	}
	for i := range e.crowds.desks {
		if d := &e.crowds.desks[i]; within(p, d.Point, d.radiusM) {
			return 0
		}
	}
	return p.Cell
}

// within reports whether a position may be in a circle. Most are far from it,
// which the latitude alone tells.
func within(p *event.Position, centre geo.Point, radiusM float64) bool {
	const degreeM = 110_000
	reach := radiusM + p.AccuracyM
	return radiusM > 0 && math.Abs(p.Point.Lat-centre.Lat)*degreeM <= reach && geo.Distance(p.Point, centre) <= reach
}

// arrive enters a stay at its tile, and at the spots that see it.
func (c *crowds) arrive(s *subject, st stay) {
	if st.Cell == 0 {
		return
	}
	at := st.tile()
	guests := c.tiles[at]
	if n := len(c.spare); guests == nil && n > 0 {
		guests, c.spare = c.spare[n-1], c.spare[:n-1]
	}
	c.tiles[at] = append(guests, guest{st, s})
	for _, sp := range c.seen[st.Cell] {
		sp.invite(s)
	}
}

// forget drops the subject's stays of before a limit.
func (c *crowds) forget(s *subject, limit roster.Instant) {
	n := 0
	for n < len(s.Stays) && s.Stays[n].At < limit {
		c.vacate(s, s.Stays[n])
		n++
	}
	s.Stays = slices.Delete(s.Stays, 0, n)
}

func (c *crowds) vacate(s *subject, st stay) {
	if st.Cell == 0 {
		return
	}
	at := st.tile()
	left := slices.DeleteFunc(c.tiles[at], func(g guest) bool { return g.s == s && g.stay == st })
	if c.tiles[at] = left; len(left) == 0 {
		delete(c.tiles, at)
		if len(c.spare) < spareMax {
			c.spare = append(c.spare, left)
		}
	}
}

// disperse forgets where someone was who left the roster.
func (e *Engine) disperse(s *subject) {
	gone := s.Stays
	for _, st := range gone {
		e.crowds.vacate(s, st)
	}
	s.Stays = nil
	e.noticed(gone)
}

// around lists the stays within reach of one, all that are kept. The list is
// good until the next call.
func (c *crowds) around(st stay) []guest {
	c.near = c.near[:0]
	lat, lng := float64(st.Lat), float64(st.Lng)
	wide := 1 / max(math.Cos(lat*math.Pi/180), 0.01)
	for row := rowOf(lat - reachDeg); row <= rowOf(lat+reachDeg); row++ {
		width := columns(row)
		for col := colOf(lng-reachDeg*wide, width); col <= colOf(lng+reachDeg*wide, width); col++ {
			c.within(tile{row, col}, lat, lng, wide)
		}
	}
	return c.near
}

// within adds the stays of a tile that lie within reach of a point.
func (c *crowds) within(t tile, lat, lng, wide float64) {
	for _, g := range c.tiles[t] {
		if y, x := float64(g.Lat)-lat, (float64(g.Lng)-lng)/wide; x*x+y*y <= reachDeg*reachDeg {
			c.near = append(c.near, g)
		}
	}
}

// enough reports whether so many people were among the guests at about an
// instant, in the cells if any are given.
func enough(near []guest, st stay, about roster.Instant, n int, cells []geo.Cell) bool {
	var found [16]*subject
	people := found[:0]
	for i := range near {
		g := &near[i]
		meets := g.At > st.At-about && g.At < st.At+about
		if meets && (cells == nil || slices.Contains(cells, g.Cell)) && !slices.Contains(people, g.s) {
			if people = append(people, g.s); len(people) >= n {
				return true
			}
		}
	}
	return false
}

// seek begins to watch the neighbourhoods of a stay where enough people may be
// at once. Of people who are there at once, the last to be known sees the others.
func (e *Engine) seek(st stay) {
	c, about := &e.cfg.Gathering, length(e.cfg.Gathering.Valid)
	if e.crowds.watched(st.Cell) {
		return
	}
	near := e.crowds.around(st)
	if !enough(near, st, about, c.Subjects, nil) || !enough(near, st, about, c.Subjects, e.crowds.disk(st.Cell, 2)) {
		return
	}
	for _, centre := range e.crowds.disk(st.Cell, 1) {
		if e.crowds.spots[centre] != nil || !enough(near, st, about, c.Subjects, e.crowds.disk(centre, 1)) {
			continue
		}
		sp := e.crowds.found(centre, e.clock-e.cfg.window())
		for i := range near {
			if slices.Contains(sp.cells, near[i].Cell) {
				sp.invite(near[i].s)
			}
		}
		e.look(sp)
		e.regather(sp.crowd, e.clock-1)
	}
}

// watched reports whether every neighbourhood of a cell is a spot already.
func (c *crowds) watched(cell geo.Cell) bool {
	return len(c.seen[cell]) >= len(c.disk(cell, 1))
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
			if sp.busy() && e.clock < sp.Looked+busyPause {
				e.postpone(sp)
				continue
			}
			if e.look(sp) && !slices.Contains(changed, sp.crowd) {
				changed = append(changed, sp.crowd)
			}
		}
	}
	for _, c := range changed {
		e.regather(c, e.clock-1)
	}
}

// What happens at a busy spot is computed at most once a minute: the gathering is
// known by then, and the result is the same.
const (
	busyCost  = 512 // some forty people with a fix each five minutes
	busyPause = roster.Minute
)

func (sp *spot) busy() bool { return sp.Cost > busyCost }

// postpone lets the clock compute a spot.
func (e *Engine) postpone(sp *spot) {
	if sp.Pending {
		return
	}
	sp.Pending = true
	sp.crowd.due = earlier(sp.crowd.due, sp.Looked+busyPause)
	e.crowds.remind(sp.crowd)
}
