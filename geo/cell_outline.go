package geo

import "github.com/uber/h3-go/v4"

// Outline returns the corners of a cell as a closed ring, nothing for an invalid cell.
func (c Cell) Outline() []Point {
	corners, err := h3.CellToBoundary(h3.Cell(c))
	if c == 0 || err != nil || len(corners) == 0 {
		return nil
	}
	ring := make([]Point, 0, len(corners)+1)
	for _, g := range corners {
		ring = append(ring, Point{Lat: g.Lat, Lng: g.Lng})
	}
	return append(ring, ring[0])
}
