package geo

import (
	"testing"

	"pgregory.net/rapid"
)

// The cover rests on this bound: descend to the child that sticks out most.
func TestCellReachBoundsAllDescendants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Point{
			Lat: rapid.Float64Range(-85, 85).Draw(t, "lat"),
			Lng: rapid.Float64Range(-180, 180).Draw(t, "lng"),
		}
		top := CellOf(p).Parent(rapid.IntRange(0, CellRes-1).Draw(t, "res"))
		from, reach, at := top.center(), cellReachM(top.resolution()), top
		for at.resolution() < CellRes {
			kids := at.children()
			at = kids[rapid.IntRange(0, len(kids)-1).Draw(t, "child")]
			far := at
			for _, k := range kids {
				if Distance(from, k.center()) > Distance(from, far.center()) {
					far = k
				}
			}
			if rapid.Bool().Draw(t, "outermost") {
				at = far
			}
			if d := Distance(from, at.center()); d > reach {
				t.Fatalf("%v has %v at %.1f m, bound %.1f", top, at, d, reach)
			}
		}
		if d := Distance(from, at.center()) + 1.1*cellEdgeM(CellRes); d > reach {
			t.Fatalf("%v has the edge of %v at %.1f m, bound %.1f", top, at, d, reach)
		}
	})
}

// A pentagon has six children, and all are valid ways down.
func TestChildrenAreChildren(t *testing.T) {
	pentagon := Cell(0x8009fffffffffff)
	if n := len(pentagon.children()); n != 6 {
		t.Errorf("pentagon with %d children", n)
	}
	for _, k := range pentagon.children() {
		if k.Parent(0) != pentagon || CellOf(k.center()).Parent(1) != k {
			t.Errorf("%v is no child of %v", k, pentagon)
		}
	}
}

// A disk is the cell, its ring, and the rings of that; all are of its size.
func TestDisk(t *testing.T) {
	c := CellOf(Point{Lat: 31.5, Lng: 121.5})
	two := map[Cell]bool{c: true}
	for _, n := range c.Ring(nil) {
		for _, far := range n.Ring([]Cell{n}) {
			two[far] = true
		}
	}
	for k, want := range []int{1, 7, 19, 37} {
		disk := c.Disk(k, nil)
		if len(disk) != want || disk[0] != c {
			t.Errorf("%d steps: %d cells, first %v", k, len(disk), disk[0])
		}
		for _, n := range disk {
			if n.resolution() != CellRes || k <= 2 && !two[n] {
				t.Errorf("%d steps: %v", k, n)
			}
		}
	}
	if got := Cell(0).Disk(1, nil); len(got) != 0 {
		t.Errorf("no cell has %v", got)
	}
}
