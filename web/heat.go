package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// heatCell is where one person was, and for how long. It is shown with the track that
// it is made of, under the same authority, reason and record; a map of several people
// would have to be coarser (no finer than H3 resolution 7, five persons a cell), and
// there is none.
type heatCell struct {
	Cell  geo.Cell
	Stay  roster.Instant
	Level int // 1 … heatLevels, of the colours
	Share int // of all that is known, in percent
}

// heatLevels is how many colours there are.
const heatLevels = 5

// heatOf adds up the time between the fixes of a track, by cell. After a fix somebody
// is taken to be there until the next, or for gapAfter at most: beyond that nothing is
// known.
func heatOf(track []MapFix) []heatCell {
	stay := map[geo.Cell]roster.Instant{}
	var all, most roster.Instant
	for i := 1; i < len(track); i++ {
		from := &track[i-1]
		lasted := min(track[i].At-from.At, gapAfter)
		if c := geo.CellOf(from.Point); c != 0 && lasted > 0 {
			stay[c] += lasted
			all += lasted
			most = max(most, stay[c])
		}
	}
	out := make([]heatCell, 0, len(stay))
	for c, t := range stay {
		level := int(math.Ceil(heatLevels * math.Sqrt(float64(t)/float64(most))))
		out = append(out, heatCell{c, t, max(1, level), int(math.Round(100 * float64(t) / float64(all)))})
	}
	slices.SortFunc(out, func(a, b heatCell) int { return cmp.Or(cmp.Compare(b.Stay, a.Stay), cmp.Compare(a.Cell, b.Cell)) })
	return out
}

// heatPath is a cell on a drawing.
type heatPath struct {
	Level int
	D     string
	Says  string
}

// Heat says how long somebody was in a cell.
func (l words) Heat(h *heatCell) string {
	return fmt.Sprintf(l.T("停留约 %s（占已知时间 %d%%）", "about %s (%d%% of the time that is known)"), l.Age(h.Stay.Duration().Round(time.Minute)), h.Share)
}

// heat are the cells as GeoJSON, the coolest first, so that the warm lie on top.
func (m mapper) heat(cells []heatCell) featureCollection {
	out := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	for i := range slices.Backward(cells) {
		h := &cells[i]
		out.Features = append(out.Features, feature{
			"Feature", geometry{"Polygon", [][]lngLat{m.ring(h.Cell.Outline())}}, map[string]any{"level": h.Level, "text": m.Heat(h), "cell": h.Cell.String()},
		})
	}
	return out
}

// stayRow is one of the places where somebody was longest.
type stayRow struct {
	Level int
	Says  string
	Home  string // how far from home
}

// longestStays are the rows of a map.
const longestStays = 5

func (l words) stays(cells []heatCell, zones []MapZone) []stayRow {
	var out []stayRow
	home := slices.IndexFunc(zones, func(z MapZone) bool { return z.Kind == HomePlace })
	for i := range cells[:min(len(cells), longestStays)] {
		row := stayRow{Level: cells[i].Level, Says: l.Heat(&cells[i])}
		if ring := cells[i].Cell.Outline(); home >= 0 && len(ring) > 3 {
			middle := geo.Point{Lat: (ring[0].Lat + ring[3].Lat) / 2, Lng: (ring[0].Lng + ring[3].Lng) / 2}
			row.Home = fmt.Sprintf(l.T("距住所约 %s", "about %s from home"), l.metres(geo.Distance(middle, zones[home].middle())))
		}
		out = append(out, row)
	}
	return out
}
