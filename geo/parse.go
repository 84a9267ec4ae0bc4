package geo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// maxVertices bounds one shape, over all its rings.
const maxVertices = 100_000

// Defect is one thing wrong with a geometry: where (a path like
// "coordinates[0][1]") and what, with the fix where it is not obvious.
type Defect struct {
	Path, What string
}

// Defects is the error of ParseShape: everything found wrong at once.
type Defects []Defect

// Error joins the defects with semicolons.
func (d Defects) Error() string {
	all := make([]string, len(d))
	for i, one := range d {
		all[i] = one.Path + ": " + one.What
	}
	return strings.Join(all, "; ")
}

func (d *Defects) add(path, format string, args ...any) {
	*d = append(*d, Defect{Path: path, What: fmt.Sprintf(format, args...)})
}

// ParseShape reads a GeoJSON geometry of type Polygon or MultiPolygon (RFC 7946
// section 3.1, altitudes ignored) whose positions are in datum d. The geometry
// is checked as written and then converted to WGS-84 vertex by vertex. Rings
// must be closed, have four positions or more, not cross or touch themselves,
// nor cross each other, nor the antimeridian; holes lie in their outer ring and
// polygons do not overlap. The error is of type Defects.
func ParseShape(geojson []byte, d Datum) (*Shape, error) {
	var defects Defects
	if !d.Valid() {
		defects.add("datum", "unknown %q; state wgs84, cgcs2000, gcj02 or bd09", d)
	}
	loops := readLoops(geojson, &defects)
	shape := joinLoops(loops)
	if len(shape.verts) > 0 {
		checkCrossings(shape, loops, &defects)
		checkNesting(shape, loops, &defects)
	}
	if len(defects) > 0 {
		return nil, defects
	}
	if d != WGS84 && d != CGCS2000 {
		for i, p := range shape.verts {
			shape.verts[i] = d.ToWGS84(p)
		}
		shape = newShape(shape.rings)
	}
	return shape, nil
}

// loop is one ring of the geometry on its way into the shape.
type loop struct {
	path    string
	polygon int
	hole    bool
	points  []Point // without repetitions; empty if the ring is unsound
	touches bool    // another ring, which is no defect yet
	crossed bool    // itself or another ring, which is one
}

// polygon is as in GeoJSON: rings of positions, longitude first.
type polygon [][][]float64

// decodeGeometry returns the polygons and the format of their rings' paths.
func decodeGeometry(geojson []byte) (parts []polygon, path string, err error) {
	const one, several = "coordinates[%[2]d]", "coordinates[%d][%d]"
	if whole, ok := readWhole(geojson); ok {
		return []polygon{whole}, one, nil
	}
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(geojson, &g); err != nil {
		return nil, "", err
	}
	// The decoder would take null for 0.
	if len(g.Coordinates) == 0 || bytes.Contains(g.Coordinates, []byte("null")) {
		return nil, "", errors.New("coordinates missing or null")
	}
	switch g.Type {
	case "Polygon":
		parts = make([]polygon, 1)
		return parts, one, json.Unmarshal(g.Coordinates, &parts[0])
	case "MultiPolygon":
		if all, ok := readPolygons(g.Coordinates); ok {
			return all, several, nil
		}
		return parts, several, json.Unmarshal(g.Coordinates, &parts)
	}
	return nil, "", fmt.Errorf("type %q is neither Polygon nor MultiPolygon", g.Type)
}

// readLoops decodes the geometry and checks each ring alone.
func readLoops(geojson []byte, defects *Defects) []loop {
	parts, path, err := decodeGeometry(geojson)
	if err != nil {
		defects.add("geometry", "not a GeoJSON polygon: %v", err)
		return nil
	}
	var loops []loop
	vertices := 0
	for i, part := range parts {
		for j, positions := range part {
			l := loop{path: fmt.Sprintf(path, i, j), polygon: i, hole: j > 0}
			l.points = readRing(l.path, positions, defects)
			loops = append(loops, l)
			vertices += len(positions)
		}
		if len(part) == 0 {
			defects.add("coordinates", "polygon %d has no ring", i)
		}
	}
	if len(parts) == 0 {
		defects.add("coordinates", "no polygon")
	}
	if vertices > maxVertices {
		defects.add("coordinates", "%d vertices, at most %d; simplify the outline", vertices, maxVertices)
		return nil // too many to examine further
	}
	return loops
}

// readRing returns the ring without repeated positions, nil if it is unsound.
func readRing(path string, positions [][]float64, defects *Defects) []Point {
	before := len(*defects)
	points := make([]Point, 0, len(positions))
	for i, pos := range positions {
		p, fault := readPosition(pos)
		if fault != "" {
			defects.add(fmt.Sprintf("%s[%d]", path, i), "%s", fault)
			continue
		}
		if n := len(points); n == 0 || points[n-1] != p {
			points = append(points, p)
		}
		if n := len(points); n > 1 && math.Abs(p.Lng-points[n-2].Lng) > 180 {
			defects.add(fmt.Sprintf("%s[%d]", path, i), "edge across the antimeridian; split the polygon there")
		}
	}
	if len(*defects) > before {
		return nil
	}
	n := len(points)
	switch {
	case len(positions) < 4:
		defects.add(path, "%d positions, a ring needs 4", len(positions))
	case points[0] != points[n-1]:
		defects.add(path, "not closed; repeat the first position at the end")
	case n < 4:
		defects.add(path, "only %d different positions, a ring needs 3", n-1)
	default:
		return points
	}
	return nil
}

func readPosition(pos []float64) (p Point, fault string) {
	if len(pos) < 2 || len(pos) > 3 {
		return p, fmt.Sprintf("%d numbers; write longitude, latitude", len(pos))
	}
	p = Point{Lng: pos[0], Lat: pos[1]}
	if !p.inRange() {
		return p, fmt.Sprintf("longitude %g, latitude %g out of range; the longitude comes first", p.Lng, p.Lat)
	}
	return p, ""
}

// joinLoops puts the sound rings into one shape, in order.
func joinLoops(loops []loop) *Shape {
	var r rings
	for _, l := range loops {
		r.verts = append(r.verts, l.points...)
	}
	for _, l := range loops {
		end := len(l.points)
		if n := len(r.ends); n > 0 {
			end += int(r.ends[n-1])
		}
		r.ends = append(r.ends, int32(end))
	}
	return newShape(r)
}
