package main

import (
	"context"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/web"
)

var _ web.Zoning = ports{}

// ZonesOf are the zones of a district as they are in force.
func (p ports) ZonesOf(d roster.DistrictID) []roster.Zone {
	dir := p.d.registry.district(d)
	if dir == nil {
		return nil
	}
	return slices.Clone(dir.Roster().Zones)
}

// namedHomes bounds how many people with their homes in a zone are named.
const namedHomes = 20

// Affected counts the people who have to do with a zone, and those with their homes in
// a shape.
func (p ports) Affected(_ context.Context, s web.Scope, id roster.ZoneID, shape *geo.Shape) (n web.ZoneImpact, _ error) {
	dir := p.d.registry.district(s.District)
	if dir == nil {
		return n, nil
	}
	hidden := setOf(s.Hidden)
	is := func(zone int) bool { return id != "" && zone >= 0 && dir.Zone(zone).ID == id }
	for _, entry := range dir.Subjects() {
		if is(entry.Area) {
			n.Area++
		}
		if slices.ContainsFunc(entry.Forbidden, func(f roster.ForbiddenRef) bool { return is(f.Zone) }) {
			n.Orders++
		}
		if slices.ContainsFunc(entry.Permits, func(l roster.Permit) bool { return is(l.Zone) }) {
			n.Permits++
		}
		if entry.HomeRadiusM > 0 && shape.Contains(entry.Home) {
			n.Homes++
			if !hidden[entry.ID] {
				n.Some = append(n.Some, entry.ID)
			}
		}
	}
	slices.Sort(n.Some)
	n.Some = n.Some[:min(len(n.Some), namedHomes)]
	return n, nil
}
