package web

import (
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// featureCollection is GeoJSON (RFC 7946), but for the datum: where the operator's
// tiles have another one, coordinates are in that.
type featureCollection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
}

type feature struct {
	Type       string   `json:"type"`
	Geometry   geometry `json:"geometry"`
	Properties any      `json:"properties"`
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

type lngLat = [2]float64

// mapper writes positions in the datum of the tiles.
type mapper struct {
	datum geo.Datum
	zone  *time.Location
	words
}

func (m mapper) place(p geo.Point) lngLat {
	if m.datum == geo.GCJ02 || m.datum == geo.BD09 {
		p = m.datum.FromWGS84(p)
	}
	return lngLat{p.Lng, p.Lat}
}

func (m mapper) ring(ring []geo.Point) []lngLat {
	out := make([]lngLat, len(ring))
	for i, p := range ring {
		out[i] = m.place(p)
	}
	return out
}

// zones are drawn as outlines and, where a place is one ring, as areas.
func (m mapper) zones(zones []MapZone) featureCollection {
	out := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for i := range zones {
		z := &zones[i]
		for _, ring := range z.Rings {
			out.Features = append(out.Features, feature{
				"Feature",
				geometry{"Polygon", [][]lngLat{m.ring(ring)}},
				map[string]any{"kind": z.Kind, "name": z.Name, "id": z.ID, "fill": len(z.Rings) == 1 && z.Kind != roster.AreaZone},
			})
		}
	}
	return out
}

// fixes are the points of a track, each with the circle of its accuracy as a ring.
func (m mapper) fixes(track []MapFix) featureCollection {
	out := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for i := range track {
		f := &track[i]
		out.Features = append(out.Features, feature{
			"Feature",
			geometry{"Point", m.place(f.Point)},
			map[string]any{
				"n": i, "at": f.At.Time(m.zone).Format(time.RFC3339), "text": m.fixText(f), "checkin": f.Checkin,
				"gap": i > 0 && f.At-track[i-1].At > gapAfter, "around": m.ring(geo.Around(f.Point, f.AccuracyM)),
			},
		})
	}
	return out
}

// fixText says when and how well a position was found.
func (m mapper) fixText(f *MapFix) string {
	text := f.At.Time(m.zone).Format("01-02 15:04:05") + " · " + m.Source(f.Source) + " ±" + m.metres(f.AccuracyM)
	if f.Checkin {
		text += " · " + m.T("签到", "check-in")
	}
	if f.Verify == deviceOnly {
		text += m.T("（", " (") + m.DeviceOnly() + m.T("）", ")")
	}
	if f.Mock {
		text += " · " + m.T("模拟定位", "simulated")
	}
	return text
}
