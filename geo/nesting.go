package geo

// checkNesting finds holes that are not in their outer ring, or in another hole
// of it, and polygons that lie in one another. Rings that do not cross have one
// answer for all their points, so one vertex tells; a ring that touches others
// may still change sides at a shared vertex, so there all of them do.
func checkNesting(s *Shape, loops []loop, defects *Defects) {
	n := nestingCheck{Shape: s, loops: loops, around: map[int]bool{}, outerSound: map[int]bool{}}
	for _, l := range loops {
		if !l.hole {
			n.outerSound[l.polygon] = len(l.points) > 0 && !l.crossed
		}
	}
	for i, l := range loops {
		if len(l.points) == 0 || l.crossed {
			continue
		}
		if what := n.examine(i); what != "" {
			defects.add(l.path, "%s", what)
		}
	}
}

type nestingCheck struct {
	*Shape
	loops      []loop
	around     map[int]bool // rings around the point in question; reused
	outerSound map[int]bool // by polygon
}

// examine returns what is wrong with the place of ring i.
func (n *nestingCheck) examine(i int) string {
	points := n.loops[i].points
	if !n.loops[i].touches {
		points = points[:1]
	}
	for k, p := range points {
		if what := n.judge(i, p); what != "" {
			return what
		}
		if k > 0 {
			q := points[k-1]
			if what := n.judge(i, Point{Lat: (p.Lat + q.Lat) / 2, Lng: (p.Lng + q.Lng) / 2}); what != "" {
				return what
			}
		}
	}
	return ""
}

// judge looks at one point of ring i.
func (n *nestingCheck) judge(i int, p Point) string {
	if !n.findAround(i, p) {
		return ""
	}
	own := n.loops[i]
	inOuter, inHole := n.polygonsAround()
	for polygon := range inOuter {
		if polygon != own.polygon && !inHole[polygon] {
			return "inside another polygon of the same geometry"
		}
	}
	switch {
	case own.hole && !inOuter[own.polygon] && n.outerSound[own.polygon]:
		return "the hole is not inside its outer ring"
	case own.hole && inHole[own.polygon]:
		return "the hole lies in another hole"
	}
	return ""
}

// polygonsAround tells of the rings found around a point which polygons they are
// the outer ring of, and which a hole of.
func (n *nestingCheck) polygonsAround() (inOuter, inHole map[int]bool) {
	inOuter, inHole = map[int]bool{}, map[int]bool{}
	for r, inside := range n.around {
		if l := n.loops[r]; inside && l.hole {
			inHole[l.polygon] = true
		} else if inside {
			inOuter[l.polygon] = true
		}
	}
	return inOuter, inHole
}

// findAround notes the sound rings around p, a point of ring i. It is false if
// p lies on another ring and so tells nothing.
func (n *nestingCheck) findAround(i int, p Point) bool {
	clear(n.around)
	for _, e := range n.bands.at(p.Lat) {
		r := n.ringOf(e)
		if r == i || n.loops[r].crossed {
			continue
		}
		switch meet(p, n.verts[e], n.verts[e+1]) {
		case onEdge:
			return false
		case crosses:
			n.around[r] = !n.around[r]
		}
	}
	return true
}
