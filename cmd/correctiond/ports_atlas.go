package main

import (
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/web"
)

var _ web.Atlas = ports{}

// Zones are those that matter to a person now: the area, what an order forbids,
// where a permit leads, what the district watches, and the home.
func (p ports) Zones(d roster.DistrictID, s roster.SubjectID) []web.MapZone {
	dir := p.d.registry.district(d)
	if dir == nil || dir.Subject(s) == nil {
		return nil
	}
	entry := dir.Subject(s)
	chart := chart{dir: dir, seen: map[int]bool{-1: true}}
	chart.add(entry.Area, roster.AreaZone)
	for _, f := range entry.Forbidden {
		chart.add(f.Zone, roster.ForbiddenZone)
	}
	for _, permit := range entry.Permits {
		if permit.Covers(nowInstant()) {
			chart.add(permit.Zone, web.LeaveZone)
		}
	}
	for i := range dir.Roster().Zones {
		if dir.Zone(i).Kind == roster.WatchZone {
			chart.add(i, roster.WatchZone)
		}
	}
	if entry.HomeRadiusM > 0 {
		ring := geo.Around(entry.Home, entry.HomeRadiusM)
		chart.zones = append(chart.zones, web.MapZone{Kind: web.HomePlace, Rings: [][]geo.Point{ring}})
	}
	return chart.zones
}

// chart collects zones, each once.
type chart struct {
	dir   *roster.Directory
	seen  map[int]bool
	zones []web.MapZone
}

func (c *chart) add(i int, kind roster.ZoneKind) {
	if c.seen[i] {
		return
	}
	c.seen[i] = true
	z := c.dir.Zone(i)
	c.zones = append(c.zones, web.MapZone{ID: z.ID, Name: z.Name, Kind: kind, Rings: c.dir.Shape(i).Rings()})
}
