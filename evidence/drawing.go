package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"

	"correctiond/geo"
	"correctiond/roster"
)

// Size of the drawing, in pixels.
const (
	drawSize   = 900.0
	drawMargin = 30.0
)

// frame maps WGS-84 to the drawing: the track fills it, whatever of the zones is near
// comes along.
type frame struct {
	west, north, scale, squeeze float64
}

func frameOf(points []geo.Point) frame {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, p := range points {
		south, north = min(south, p.Lat), max(north, p.Lat)
		west, east = min(west, p.Lng), max(east, p.Lng)
	}
	squeeze := math.Cos((south + north) / 2 * math.Pi / 180)
	wide := max(north-south, (east-west)*squeeze, 0.01) // at least about a kilometre
	return frame{west: west, north: north, scale: (drawSize - 2*drawMargin) / wide, squeeze: squeeze}
}

func (f frame) place(p geo.Point) string {
	return fmt.Sprintf("%.1f,%.1f", drawMargin+(p.Lng-f.west)*f.squeeze*f.scale, drawMargin+(f.north-p.Lat)*f.scale)
}

// drawing shows zones, home and track, north up, without any map below.
func (c *Case) drawing() []byte {
	var track []geo.Point
	for i := range c.Events {
		if p := c.Events[i].Position; p != nil {
			track = append(track, p.Point)
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]v %[1]v" font-family="sans-serif" font-size="12">`+"\n"+
		`<rect width="100%%" height="100%%" fill="#fff"/>`+"\n", drawSize)
	if len(track) == 0 {
		fmt.Fprint(&out, `<text x="30" y="40">没有位置 / no positions</text></svg>`+"\n")
		return out.Bytes()
	}
	f := frameOf(track)
	for i := range c.Facts.Zones {
		f.zone(&out, &c.Facts.Zones[i])
	}
	fmt.Fprint(&out, `<polyline fill="none" stroke="#1d4ed8" stroke-width="1.5" points="`)
	for _, p := range track {
		fmt.Fprint(&out, f.place(p), " ")
	}
	fmt.Fprint(&out, `"/>`+"\n")
	for _, p := range track {
		fmt.Fprintf(&out, `<circle r="2.5" fill="#1d4ed8" transform="translate(%s)"/>`+"\n", f.place(p))
	}
	fmt.Fprintf(&out, `<text x="30" y="20">北 N ↑  %d 个位置，蓝线为轨迹，红色为禁止区域，灰色为活动区域 (WGS-84)</text></svg>`+"\n", len(track))
	return out.Bytes()
}

// zone draws the rings of a zone; one that cannot be read is left out.
func (f frame) zone(out *bytes.Buffer, z *roster.Zone) {
	colour := "#6b7280"
	if z.Kind == roster.ForbiddenZone {
		colour = "#dc2626"
	}
	for _, ring := range ringsOf(z.Geometry) {
		fmt.Fprintf(out, `<polygon fill="%s" fill-opacity="0.08" stroke="%[1]s" points="`, colour)
		for _, at := range ring {
			fmt.Fprint(out, f.place(z.Datum.ToWGS84(geo.Point{Lat: at[1], Lng: at[0]})), " ")
		}
		fmt.Fprintf(out, `"><title>%s</title></polygon>`+"\n", html.EscapeString(z.Name))
	}
}

// ringsOf reads the rings of a GeoJSON Polygon or MultiPolygon.
func ringsOf(geometry json.RawMessage) (rings [][][2]float64) {
	var one struct{ Coordinates [][][2]float64 }
	if json.Unmarshal(geometry, &one) == nil {
		return one.Coordinates
	}
	var many struct{ Coordinates [][][][2]float64 }
	if json.Unmarshal(geometry, &many) != nil {
		return nil
	}
	for _, polygon := range many.Coordinates {
		rings = append(rings, polygon...)
	}
	return rings
}
