package sim

import (
	"slices"

	"correctiond/geo"
	"correctiond/roster"
)

// vague is how exactly the start and the end of a meeting are known: that depends
// on the fixes of several people.
const vague = 15 * roster.Minute

// meetForbidden meets a person whom an order forbids to meet.
func (c *scene) meetForbidden() *script {
	other := c.parted()
	if other == nil {
		return nil
	}
	return c.appointment([]*scene{other}, 0, []string{"no-contact"})
}

// parted is whom the person must not meet, if both wear wristbands.
func (c *scene) parted() *scene {
	if c.band() == nil || len(c.p.NoContact) != 1 {
		return nil
	}
	for _, p := range c.s.people {
		if other := (&scene{c.s, p, c.rng}); p.ID == c.p.NoContact[0] && len(p.scripts) == 0 && other.band() != nil {
			return other
		}
	}
	return nil
}

// gather meets two others.
func (c *scene) gather() *script {
	if c.band() == nil || len(c.p.NoContact) > 0 {
		return nil
	}
	return c.appointment(c.friends(2), 0, []string{"gathering"})
}

// friends are so many people with wristbands whom no order concerns.
func (c *scene) friends(n int) []*scene {
	var list []*scene
	for _, p := range c.s.people {
		other := &scene{c.s, p, c.rng}
		if p != c.p && len(p.scripts) == 0 && other.band() != nil && !c.s.ordered[p.ID] && p.Nights == nil && len(list) < n {
			list = append(list, other)
		}
	}
	if len(list) < n {
		return nil
	}
	return list
}

// appointment has people stay at one place for an hour of an afternoon, the first
// of them so many metres away. Each kind must follow for them.
func (c *scene) appointment(others []*scene, apart float64, kinds []string) *script {
	t, ok := c.moment(18*roster.Hour, 14*roster.Hour)
	if len(others) == 0 || !ok {
		return nil
	}
	arrive := c.s.cal.DayStart(t) + 15*roster.Hour + 40*roster.Minute
	for range 20 {
		to, ok := c.far(1500, 5000)
		if !ok || !c.reachable(others, to) || !c.free(arrive-roster.Hour, arrive+2*roster.Hour) {
			continue
		}
		for _, o := range others {
			sc := o.attend(to, arrive)
			sc.kind = "company"
			o.p.scripts = append(o.p.scripts, sc)
		}
		sc := c.attend(move(to, apart, 0), arrive)
		for _, kind := range kinds {
			sc.truth = append(sc.truth, c.meeting(kind, others, arrive))
		}
		return sc
	}
	return nil
}

func (c *scene) reachable(others []*scene, to geo.Point) bool {
	for _, o := range others {
		if d := metres(o.p.home, to); d > 25_000 || d < 1000 || !o.p.ground.clearWay(o.p.home, to) {
			return false
		}
	}
	return true
}

const meetingLength = roster.Hour

// attend is a drive to a place and back.
func (c *scene) attend(to geo.Point, arrive roster.Instant) *script {
	way := journey(c.p.home, to, carSpeed)
	t := trip{at: to, from: c.p.home, depart: arrive - way, arrive: arrive, leave: arrive + meetingLength}
	t.back = t.leave + way
	c.p.trips = append(c.p.trips, t)
	return around(t.depart, t.back)
}

// meeting is the episode of a kind; a gathering is about nobody in particular.
func (c *scene) meeting(kind string, others []*scene, arrive roster.Instant) Truth {
	e := Truth{Kind: kind, Started: arrive + 3*roster.Minute, Ended: arrive + meetingLength + 8*roster.Minute, Tolerance: vague}
	if kind != "gathering" {
		e.Subject = c.p.ID
		return e
	}
	e.Subjects = []roster.SubjectID{c.p.ID}
	for _, o := range others {
		e.Subjects = append(e.Subjects, o.p.ID)
	}
	slices.Sort(e.Subjects)
	return e
}
