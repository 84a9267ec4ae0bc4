package alerts

import (
	"slices"

	"correctiond/alerts/duty"
	"correctiond/roster"
)

// Roles of officers that rungs are about.
const (
	headRole     = "office_head"
	districtRole = "district"
)

// people are those whom a target means at an instant and whom a channel reaches.
// Where it means nobody, those above are told: never nobody, as long as anybody
// can be reached.
func (b *Book) people(target duty.Target, a *Alert, at roster.Instant) []*roster.Officer {
	if b.Dir == nil {
		return nil
	}
	var found []*roster.Officer
	for _, stage := range b.stages(target, a, at) {
		for _, id := range stage {
			o := b.Dir.Officer(id)
			if o != nil && b.reachable(o, a) {
				found = append(found, o)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}

func (b *Book) reachable(o *roster.Officer, a *Alert) bool {
	return slices.ContainsFunc(o.Notify, func(way roster.Notify) bool { return b.reaches(way, a.Episode.Severity) })
}

// stages are whom a target means, and then who stands in for them.
func (b *Book) stages(target duty.Target, a *Alert, at roster.Instant) [][]roster.OfficerID {
	office := a.Episode.Office
	district := b.withRole(districtRole, "")
	onDuty := b.on(duty.Duty, "", at)
	if target == duty.TheLeader {
		return [][]roster.OfficerID{b.on(duty.Leader, "", at), district}
	}
	stages := [][]roster.OfficerID{onDuty, district}
	if target != duty.TheDistrict && office != "" {
		stages = slices.Concat(b.ofOffice(target, office, at), stages)
	}
	if target == duty.TheOfficer {
		stages = slices.Insert(stages, 0, []roster.OfficerID{a.Officer()})
	}
	return stages
}

// ofOffice are those of an office: who is on duty, its head, everyone.
func (b *Book) ofOffice(target duty.Target, office roster.OfficeID, at roster.Instant) [][]roster.OfficerID {
	onDuty, head := b.on(duty.Duty, office, at), b.withRole(headRole, office)
	if target == duty.TheHead {
		onDuty, head = head, onDuty
	}
	return [][]roster.OfficerID{onDuty, head, b.withRole("", office)}
}

func (b *Book) on(post duty.Post, office roster.OfficeID, at roster.Instant) []roster.OfficerID {
	if b.Rota == nil {
		return nil
	}
	return b.Rota.On(b.Dir.Calendar(), post, office, at)
}

// withRole lists the officers of a role and an office; empty: of any.
func (b *Book) withRole(role string, office roster.OfficeID) (ids []roster.OfficerID) {
	for _, o := range b.Dir.Roster().Officers {
		if (role == "" || role == o.Role) && (office == "" || office == o.Office) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
