package rules

import (
	"math"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
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

// arrive enters the subject's i-th stay at its tile, and at the spots that see it, unless
// the one before has done so and this one only goes on with it.
func (c *crowds) arrive(s *subject, i int, goesOn bool) {
	st := &s.Stays[i]
	if st.Cell == 0 {
		return
	}
	c.newest = max(c.newest, st.At)
	if goesOn {
		return
	}
	if !s.wasIn(st.Cell, c.old, math.MaxInt64, i) {
		at := st.tile()
		c.tiles[at] = append(c.tiles[at], guest{st.Cell, st.Lat, st.Lng, s})
	}
	for _, sp := range c.seen[st.Cell] {
		sp.invite(s)
	}
}

// wasIn reports whether the subject has a stay in the cell after one instant and before
// another, beside the one given.
func (s *subject) wasIn(cell geo.Cell, after, before roster.Instant, beside int) bool {
	for i := len(s.Stays) - 1; i >= 0; i-- {
		if st := &s.Stays[i]; st.Cell == cell && st.At > after && st.At < before && i != beside {
			return true
		}
	}
	return false
}

// sweep drops what the tiles hold that no stay to come may meet.
func (e *Engine) sweep() {
	c := &e.crowds
	if e.clock < c.swept+e.cfg.window() {
		return
	}
	c.swept = e.clock
	c.old = e.clock - e.cfg.window() - length(e.cfg.Gathering.Valid) - 1
	for at, guests := range c.tiles {
		left := slices.DeleteFunc(guests, func(g guest) bool { return !g.s.wasIn(g.Cell, c.old, math.MaxInt64, -1) })
		switch n := len(left); {
		case n == 0:
			delete(c.tiles, at)
		case n <= cap(left)/2: // many came by
			c.tiles[at] = slices.Clone(left)
		default:
			c.tiles[at] = left
		}
	}
}

// vicinity is the surroundings of a point. Wide is by how much a degree of longitude is
// shorter there than one of latitude.
type vicinity struct{ lat, lng, wide float64 }

func vicinityOf(lat, lng float32) vicinity {
	return vicinity{float64(lat), float64(lng), 1 / max(math.Cos(float64(lat)*math.Pi/180), 0.01)}
}

// has reports whether a guest's place lies within reach.
func (v vicinity) has(g *guest) bool {
	y, x := float64(g.Lat)-v.lat, (float64(g.Lng)-v.lng)/v.wide
	return x*x+y*y <= reachDeg*reachDeg
}

// around appends the guests within reach of a stay, who were there at about its time, to a list.
func (c *crowds) around(st stay, about roster.Instant, near []guest) []guest {
	v := vicinityOf(st.Lat, st.Lng)
	for row := rowOf(v.lat - reachDeg); row <= rowOf(v.lat+reachDeg); row++ {
		width := columns(row)
		for col := colOf(v.lng-reachDeg*v.wide, width); col <= colOf(v.lng+reachDeg*v.wide, width); col++ {
			near = v.add(near, c.tiles[tile{row, col}], st.At-about, st.At+about)
		}
	}
	return near
}

// add appends the guests of a tile who were within reach between two instants.
func (v vicinity) add(near, guests []guest, after, before roster.Instant) []guest {
	for i := range guests {
		if g := &guests[i]; v.has(g) && g.s.wasIn(g.Cell, after, before, -1) {
			near = append(near, *g)
		}
	}
	return near
}

// host invites those who were seen at a spot lately, and not only at about the time of
// the stay by which it was found.
func (c *crowds) host(sp *spot, st stay) {
	c.all = c.around(st, math.MaxInt64/4, c.all[:0])
	for i := range c.all {
		if g := &c.all[i]; slices.Contains(sp.cells, g.Cell) {
			sp.invite(g.s)
		}
	}
}

// mayGather reports whether so many people may have been in one neighbourhood, as far as
// distances tell, without asking for cells: one of them had the others within reach.
func mayGather(near []guest, n int) bool {
	return several(near, n, anybody) && slices.ContainsFunc(near, func(g guest) bool {
		v := vicinityOf(g.Lat, g.Lng)
		return several(near, n, func(i int) bool { return v.has(&near[i]) })
	})
}

// next keeps the guests who may share a neighbourhood with a cell: those within two steps.
func (c *crowds) next(near []guest, cell geo.Cell) []guest {
	cells := c.disk(cell, 2)
	return slices.DeleteFunc(near, func(g guest) bool { return !slices.Contains(cells, g.Cell) })
}

func anybody(int) bool { return true }

// view finds the neighbourhoods that each of some guests is in: those around their cells.
func (c *crowds) view(near []guest) {
	c.views = c.views[:0]
	for i := range near {
		c.views = append(c.views, c.disk(near[i].Cell, 1))
	}
}

// enough reports whether so many of the guests that were viewed are in a neighbourhood.
func (c *crowds) enough(near []guest, n int, centre geo.Cell) bool {
	return several(near, n, func(i int) bool { return slices.Contains(c.views[i], centre) })
}

// several reports whether so many people have a stay that fits.
func several(near []guest, n int, fits func(i int) bool) bool {
	var found [16]*subject
	people := found[:0]
	for i := range near {
		if fits(i) && !slices.Contains(people, near[i].s) {
			if people = append(people, near[i].s); len(people) >= n {
				return true
			}
		}
	}
	return false
}
