package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"correctiond/geo"
	"correctiond/roster"
)

// Size of a drawing, in its own units.
const (
	drawWidth  = 960
	drawHeight = 600
)

// drawing is a map as an SVG: for print, for browsers without scripts or WebGL.
type drawing struct {
	Zones  []shapePath
	Heat   []heatPath
	Lines  []string // points of connected parts of the track
	Gaps   []string // points of the parts over which nothing is known
	Dots   []dot
	First  *dot
	Last   *dot
	Scale  string  // what the bar measures
	ScaleW float64 // its width
}

// shapePath is a zone as a path.
type shapePath struct {
	Kind roster.ZoneKind
	Name string
	D    string
}

// dot is a fix on the drawing. R is its accuracy.
type dot struct {
	X, Y, R float64
	Fix     *MapFix
}

// gapAfter is how long a device may be silent within a connected track.
const gapAfter = 30 * roster.Minute

// projection turns positions into the units of a drawing: equirectangular around
// its middle, which is exact enough for a city.
type projection struct {
	middle geo.Point
	x, y   float64 // units per degree
	perM   float64 // units per metre
}

const metresPerDegree = 111195.08

// fit chooses a projection that shows all points with a margin, and at least 600 m.
func fit(points []geo.Point) projection {
	lo, hi := geo.Point{Lat: 90, Lng: 180}, geo.Point{Lat: -90, Lng: -180}
	for _, p := range points {
		lo = geo.Point{Lat: min(lo.Lat, p.Lat), Lng: min(lo.Lng, p.Lng)}
		hi = geo.Point{Lat: max(hi.Lat, p.Lat), Lng: max(hi.Lng, p.Lng)}
	}
	middle := geo.Point{Lat: (lo.Lat + hi.Lat) / 2, Lng: (lo.Lng + hi.Lng) / 2}
	narrow := math.Cos(middle.Lat * math.Pi / 180)
	const least, margin = 600, 0.84
	wide := max(least, (hi.Lng-lo.Lng)*narrow*metresPerDegree)
	high := max(least, (hi.Lat-lo.Lat)*metresPerDegree)
	perM := margin * min(drawWidth/wide, drawHeight/high)
	return projection{middle, perM * metresPerDegree * narrow, perM * metresPerDegree, perM}
}

func (p *projection) at(q geo.Point) (x, y float64) {
	return drawWidth/2 + (q.Lng-p.middle.Lng)*p.x, drawHeight/2 - (q.Lat-p.middle.Lat)*p.y
}

// path writes rings as the d of a path.
func (p *projection) path(rings [][]geo.Point) string {
	var b strings.Builder
	for _, ring := range rings {
		for i, q := range ring {
			x, y := p.at(q)
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], x, y)
		}
		b.WriteByte('Z')
	}
	return b.String()
}

// draw makes the drawing of zones and a track.
func (l words) draw(zones []MapZone, track []MapFix) *drawing {
	p := fit(extent(zones, track))
	d := &drawing{}
	for i := range zones {
		d.Zones = append(d.Zones, shapePath{zones[i].Kind, zones[i].Name, p.path(zones[i].Rings)})
	}
	cells := heatOf(track)
	for i := range slices.Backward(cells) {
		d.Heat = append(d.Heat, heatPath{cells[i].Level, p.path([][]geo.Point{cells[i].Cell.Outline()}), l.Heat(&cells[i])})
	}
	for i := range track {
		x, y := p.at(track[i].Point)
		d.Dots = append(d.Dots, dot{x, y, max(3, track[i].AccuracyM*p.perM), &track[i]})
	}
	d.connect()
	d.Scale, d.ScaleW = l.scale(p.perM)
	return d
}

// connect joins the dots: gaps apart from what is known.
func (d *drawing) connect() {
	if len(d.Dots) == 0 {
		return
	}
	d.First, d.Last = &d.Dots[0], &d.Dots[len(d.Dots)-1]
	line := d.First.point()
	for i := 1; i < len(d.Dots); i++ {
		from, to := &d.Dots[i-1], &d.Dots[i]
		if to.Fix.At-from.Fix.At <= gapAfter {
			line += " " + to.point()
			continue
		}
		d.Lines, d.Gaps = append(d.Lines, line), append(d.Gaps, from.point()+" "+to.point())
		line = to.point()
	}
	d.Lines = append(d.Lines, line)
}

func (d *dot) point() string { return fmt.Sprintf("%.1f,%.1f", d.X, d.Y) }

// extent is what a map has to show: the track, and the home if it is not far away;
// without a track the smallest places that there are.
func extent(zones []MapZone, track []MapFix) []geo.Point {
	var points, home []geo.Point
	for i := range track {
		points = append(points, track[i].Point)
	}
	for i := range zones {
		if zones[i].Kind == HomePlace {
			home = append(home, zones[i].Rings[0]...)
		}
	}
	const near = 20_000
	if len(home) > 0 && (len(points) == 0 || geo.Distance(points[len(points)-1], home[0]) < near) {
		points = append(points, home...)
	}
	if len(points) > 0 {
		return points
	}
	for i := range zones {
		for _, ring := range zones[i].Rings {
			points = append(points, ring...)
		}
	}
	return points
}

// scale is a round length that the bar of the scale shows, and its width.
func (l words) scale(perM float64) (string, float64) {
	const widest = 200
	step := math.Pow(10, math.Floor(math.Log10(widest/perM)))
	for _, n := range []float64{5, 2} {
		if n*step*perM <= widest {
			step *= n
			break
		}
	}
	if step >= 1000 {
		return fmt.Sprintf(l.T("%.0f 公里", "%.0f km"), step/1000), step * perM
	}
	return fmt.Sprintf(l.T("%.0f 米", "%.0f m"), step), step * perM
}
