package geo

import (
	"math"
	"slices"

	"github.com/uber/h3-go/v4"
)

// cellM2 is the average area of a cell at CellRes, in square metres.
const cellM2 = 15047.5

// Fill lists the cells with their centres inside the shape, in order, at the finest
// resolution up to CellRes that gives about most of them; and that resolution. It is
// for people to look at: the index covers shapes exactly.
func (s *Shape) Fill(most int) (cells []Cell, res int) {
	res = CellRes
	for area := s.extentM2(); res > 0 && area > cellM2*math.Pow(7, float64(CellRes-res))*float64(most); {
		res--
	}
	odd := map[Cell]bool{} // inside an odd number of rings
	for _, ring := range s.Rings() {
		var loop h3.GeoLoop
		for _, p := range ring {
			loop = append(loop, h3.LatLng{Lat: p.Lat, Lng: p.Lng})
		}
		found, err := h3.PolygonToCells(h3.GeoPolygon{GeoLoop: loop}, res)
		if err != nil {
			continue
		}
		for _, c := range found {
			odd[Cell(c)] = !odd[Cell(c)]
		}
	}
	for c, inside := range odd {
		if inside {
			cells = append(cells, c)
		}
	}
	slices.Sort(cells)
	return cells, res
}

// extentM2 is the sum of the areas of all rings, holes among them.
func (s *Shape) extentM2() (sum float64) {
	for _, ring := range s.Rings() {
		sum += ringM2(ring)
	}
	return sum
}

// AreaM2 is the area inside the shape in square metres, as a plane at its middle has it.
func (s *Shape) AreaM2() (sum float64) {
	rings := s.Rings()
	for i, ring := range rings {
		around := 0 // rings that this one lies in
		for j, other := range rings {
			if i != j && newShape(only(other)).Contains(ring[0]) {
				around++
			}
		}
		if around%2 == 0 {
			sum += ringM2(ring)
		} else {
			sum -= ringM2(ring)
		}
	}
	return sum
}

// only is one ring.
func only(ring []Point) rings { return rings{ring, []int32{int32(len(ring))}} }

func ringM2(ring []Point) float64 {
	f, twice := newFrame(boxOf(ring...).middle()), 0.0
	for i := range len(ring) - 1 {
		p, q := ring[i], ring[i+1]
		twice += ((p.Lng-ring[0].Lng)*(q.Lat-ring[0].Lat) - (q.Lng-ring[0].Lng)*(p.Lat-ring[0].Lat)) * f.x * f.y
	}
	return math.Abs(twice) / 2
}
