package geo

import (
	"math"
	"strconv"

	"github.com/uber/h3-go/v4"
)

// CellRes is the H3 resolution at which positions are indexed: hexagons of
// about 76 m edge and 15 000 m².
const CellRes = 10

// Cell is an H3 cell index; 0 is no cell.
//
// Layout (H3 core): 4 bits resolution at bit 52, 7 bits base cell at bit 45,
// then fifteen digits of 3 bits, 7 where the resolution does not reach.
type Cell uint64

const (
	cellResShift  = 52
	cellBaseShift = 45
	cellMaxRes    = 15
	baseCells     = 122
)

// CellOf returns the cell of p at CellRes, or 0 if p is out of range, infinite
// or not a number. (H3 itself would answer for a latitude of 91.)
func CellOf(p Point) Cell {
	if !p.inRange() {
		return 0
	}
	c, err := h3.LatLngToCell(h3.LatLng{Lat: p.Lat, Lng: p.Lng}, CellRes)
	if err != nil {
		return 0
	}
	return Cell(c)
}

// Parent returns the ancestor of c at res, 0…resolution of c; otherwise 0.
// Children stick out of their parents, so for 6 % of positions Parent differs
// from the cell that H3 finds directly at res: always index at CellRes and walk.
func (c Cell) Parent(res int) Cell {
	own := c.resolution()
	if c == 0 || res < 0 || res > own {
		return 0
	}
	unused := Cell(1)<<(3*(cellMaxRes-res)) - 1
	return c&^(Cell(15)<<cellResShift) | Cell(res)<<cellResShift | unused
}

// Ring appends the neighbours of c at distance one to dst: six, or five around
// one of the twelve pentagons, none for an invalid cell.
func (c Cell) Ring(dst []Cell) []Cell {
	ring, err := h3.Cell(c).GridDisk(1)
	if err != nil {
		return dst
	}
	for _, n := range ring {
		if Cell(n) != c {
			dst = append(dst, Cell(n))
		}
	}
	return dst
}

// Disk appends c and every cell within k steps of it to dst, nothing for an
// invalid cell: 1, 7, 19, 37 cells for k of 0 to 3, fewer around a pentagon.
func (c Cell) Disk(k int, dst []Cell) []Cell {
	disk, err := h3.Cell(c).GridDisk(k)
	if err != nil {
		return dst
	}
	for _, n := range disk {
		dst = append(dst, Cell(n))
	}
	return dst
}

// String returns the customary hexadecimal form, e.g. "8a309a4a1467fff".
func (c Cell) String() string { return strconv.FormatUint(uint64(c), 16) }

func (c Cell) resolution() int { return int(c>>cellResShift) & 15 }

func (c Cell) base() int { return int(c>>cellBaseShift) & 127 }

// digit tells which of seven children the cell's ancestor at res is.
func (c Cell) digit(res int) int { return int(c>>(3*(cellMaxRes-res))) & 7 }

// children returns the seven children of c, six if c is a pentagon.
func (c Cell) children() []Cell {
	res := c.resolution() + 1
	shift := 3 * (cellMaxRes - res)
	first := c&^(Cell(15)<<cellResShift|Cell(7)<<shift) | Cell(res)<<cellResShift
	kids := make([]Cell, 0, 7)
	for digit := range Cell(7) {
		if digit != 1 || !h3.Cell(c).IsPentagon() {
			kids = append(kids, first|digit<<shift)
		}
	}
	return kids
}

// center returns the centre of c, which must be valid.
func (c Cell) center() Point {
	g, err := h3.CellToLatLng(h3.Cell(c))
	if err != nil {
		return Point{Lat: 90}
	}
	return Point{Lat: g.Lat, Lng: g.Lng}
}

// cellEdgeM returns the average edge length of hexagons at res in metres:
// that at CellRes, times √7 per step.
func cellEdgeM(res int) float64 {
	return 75.8638 * math.Pow(math.Sqrt(7), float64(CellRes-res))
}

// cellReachM bounds the distance from the centre of a cell at res to any point
// in any of its descendants at CellRes. The largest found on a sample of the
// whole Earth is 1.15 average edges.
func cellReachM(res int) float64 { return 1.2 * cellEdgeM(res) }
