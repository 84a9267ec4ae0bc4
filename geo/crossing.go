package geo

import "math"

// checkCrossings finds edges that cross, touch or cover edges of the same ring,
// and edges that cross or cover those of another ring. Rings may touch each
// other in single points; that is noted for checkNesting. One defect is given
// per pair of rings.
func checkCrossings(s *Shape, loops []loop, defects *Defects) {
	c := crossingCheck{Shape: s, loops: loops, defects: defects, seen: map[[2]int]bool{}}
	c.owner = make([]int32, len(s.verts))
	for i := range loops {
		from, end := s.ring(i)
		for e := from; e < end; e++ {
			c.owner[e] = int32(i)
		}
	}
	g := newGrid(s)
	for cell := range g.start[:len(g.start)-1] {
		c.compareAll(g.edges[g.start[cell]:g.start[cell+1]])
	}
}

type crossingCheck struct {
	*Shape
	loops   []loop
	owner   []int32 // loop of each edge
	defects *Defects
	seen    map[[2]int]bool
	boxes   []box // of the edges in question; reused
}

// compareAll compares each edge with those after it. Where long edges crowd
// almost all pairs end at their boxes, which lie side by side for that.
func (c *crossingCheck) compareAll(edges []int32) {
	c.boxes = c.boxes[:0]
	for _, e := range edges {
		c.boxes = append(c.boxes, boxOf2(c.verts[e], c.verts[e+1]))
	}
	for i := range c.boxes {
		b := &c.boxes[i]
		for j := i + 1; j < len(c.boxes); j++ {
			if b.meets(&c.boxes[j]) {
				c.compare(edges[i], edges[j])
			}
		}
	}
}

// compare judges edges e < f.
func (c *crossingCheck) compare(e, f int32) {
	kind := contactOf(c.verts[e], c.verts[e+1], c.verts[f], c.verts[f+1])
	if kind == apart {
		return
	}
	r, q := int(c.owner[e]), int(c.owner[f])
	if r == q {
		if kind != touching || !c.adjacent(e, f, r) {
			c.report(r, q, e, "the ring %s itself", kind)
		}
		return
	}
	if kind == touching {
		c.loops[r].touches, c.loops[q].touches = true, true
		return
	}
	c.report(r, q, e, "the ring %s "+c.loops[q].path, kind)
}

// adjacent edges of a ring share a vertex and may touch there.
func (c *crossingCheck) adjacent(e, f int32, ring int) bool {
	from, end := c.ring(ring)
	return f == e+1 || e == from && f == end-2
}

func (c *crossingCheck) report(r, q int, edge int32, format string, kind contact) {
	c.loops[r].crossed, c.loops[q].crossed = true, true
	if pair := [2]int{r, q}; !c.seen[pair] {
		c.seen[pair] = true
		a := c.verts[edge]
		c.defects.add(c.loops[r].path, format+" at the edge from %g,%g", kind, a.Lng, a.Lat)
	}
}

// String returns the verb for a message.
func (k contact) String() string {
	switch k {
	case touching:
		return "touches"
	case crossing:
		return "crosses"
	case overlapping:
		return "doubles back over"
	}
	return "misses"
}

// grid sorts edges into the cells of a raster that they pass, so that edges
// which meet share a cell.
type grid struct {
	south, west    float64
	perLat, perLng float64 // cells per degree
	rows, cols     int
	start          []int32
	edges          []int32
}

// newGrid adapts the raster to the edges: about one cell per edge, narrow
// across the direction in which most of them run, and at most about eight
// entries per edge.
func newGrid(s *Shape) *grid {
	n, wide, high := 0.0, 0.0, 0.0
	for e := range s.rings.edges {
		a, b := s.verts[e], s.verts[e+1]
		wide += math.Abs(a.Lng - b.Lng)
		high += math.Abs(a.Lat - b.Lat)
		n++
	}
	width, height := s.bounds.max.Lng-s.bounds.min.Lng, s.bounds.max.Lat-s.bounds.min.Lat
	wide, high = max(1, ratio(wide, width)), max(1, ratio(high, height))
	cols := min(n, max(1, math.Sqrt(n*high/wide)))
	rows := min(n, max(1, n/cols))
	shrink := min(1, 7*n/(cols*wide+rows*high))
	g := &grid{
		south: s.bounds.min.Lat, west: s.bounds.min.Lng,
		rows: max(1, int(rows*shrink)), cols: max(1, int(cols*shrink)),
	}
	g.perLat, g.perLng = ratio(float64(g.rows), height), ratio(float64(g.cols), width)
	g.fill(s)
	return g
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

func (g *grid) fill(s *Shape) {
	g.start = make([]int32, g.rows*g.cols+1)
	for e := range s.rings.edges {
		g.pass(s.verts[e], s.verts[e+1], func(cell int) { g.start[cell+1]++ })
	}
	for i := 1; i < len(g.start); i++ {
		g.start[i] += g.start[i-1]
	}
	next := append([]int32(nil), g.start...)
	g.edges = make([]int32, g.start[len(g.start)-1])
	for e := range s.rings.edges {
		g.pass(s.verts[e], s.verts[e+1], func(cell int) {
			g.edges[next[cell]] = e
			next[cell]++
		})
	}
}

// pass calls visit for every cell that the edge from a to b may pass.
func (g *grid) pass(a, b Point, visit func(cell int)) {
	if a.Lat > b.Lat {
		a, b = b, a
	}
	for row := g.row(a.Lat); row <= g.row(b.Lat); row++ {
		lngA, lngB := a.Lng, b.Lng
		if b.Lat > a.Lat && g.perLat > 0 {
			slope := (b.Lng - a.Lng) / (b.Lat - a.Lat)
			low, high := g.south+float64(row)/g.perLat, g.south+float64(row+1)/g.perLat
			lngA += slope * max(0, low-a.Lat)
			lngB -= slope * max(0, b.Lat-high)
		}
		for col := g.col(min(lngA, lngB), -1); col <= g.col(max(lngA, lngB), 1); col++ {
			visit(row*g.cols + col)
		}
	}
}

func (g *grid) row(lat float64) int {
	return max(0, min(g.rows-1, int((lat-g.south)*g.perLat)))
}

// col leans by a millionth of a cell so that rounding never loses one.
func (g *grid) col(lng, lean float64) int {
	return max(0, min(g.cols-1, int((lng-g.west)*g.perLng+lean*1e-6)))
}
