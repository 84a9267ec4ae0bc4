package rules

import (
	"cmp"
	"fmt"
	"slices"

	"correctiond/roster"
)

// Gathering is several people under supervision in one place, other than at
// home or at an office, for a while. It accuses nobody; a person looks at it.
const Gathering Kind = "gathering"

// gatheringConfig says how many people in a cell and its ring, for how long,
// are a gathering, and how long a position speaks for a person.
type gatheringConfig struct {
	Subjects int             `yaml:"subjects" json:"subjects"`
	Dwell    roster.Duration `yaml:"dwell" json:"dwell"`
	Valid    roster.Duration `yaml:"valid" json:"valid"`
}

func (c gatheringConfig) valid() bool {
	const longest = 30 * roster.Minute
	return c.Subjects >= 2 && length(c.Dwell) > 0 && length(c.Dwell) <= longest && length(c.Valid) > 0 && length(c.Valid) <= longest
}

func gatheringInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: Gathering, Label: Text{"聚集", "gathering"}, Ending: Auto, Basis: "个案研判"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			n := len(r.Proof.Subjects)
			return Text{
				fmt.Sprintf("%d 名社区矫正对象在同一地点聚集", n),
				fmt.Sprintf("%d people under supervision gathered in one place", n),
			}, map[string]any{"subjects": r.Proof.Subjects, "cell": r.Proof.Ref}
		},
	}
}

// crowd is the spots that are near each other, and the gatherings there. What its
// runs are follows from the stays alone, in whatever order they arrived: what is
// older than the reorder window is settled, the rest is computed anew with every
// change. So order and repetition do not matter.
type crowd struct {
	Spots   []*spot        // ascending by centre
	Groups  []group        // ascending: what the settled spans have brought to those that go on
	Through roster.Instant // spans that began before have their group for good
	Runs    []run
}

// gatheringDue is asked at every entry.
func gatheringDue(e *Engine) roster.Instant {
	if len(e.crowds.heap) == 0 {
		return 0
	}
	return e.crowds.heap[0].due
}

// gatheringExpire ends the gatherings of which nothing was seen, and forgets
// those long over.
func gatheringExpire(e *Engine, at roster.Instant) {
	var changed []*crowd
	for len(e.crowds.heap) > 0 && e.crowds.heap[0].due <= at {
		sp := e.crowds.heap[0]
		news := e.look(sp, at)
		if (news || sp.ended(at)) && !slices.Contains(changed, sp.crowd) {
			changed = append(changed, sp.crowd)
		}
		e.crowds.remind(sp, max(sp.due, at+1))
	}
	for _, c := range changed {
		e.regather(c, at)
	}
}

// regather computes a crowd's runs as of an instant and publishes what changed.
func (e *Engine) regather(c *crowd, now roster.Instant) {
	before := slices.DeleteFunc(c.Runs, func(r run) bool { return !r.open() && r.Ended < c.Through })
	groups := e.crowds.gather(c)
	c.Runs = nil
	for i := range groups {
		if g := &groups[i]; g.Started != 0 && g.Until >= c.Through {
			c.Runs = append(c.Runs, g.run(now))
		}
	}
	e.tell(before, c.Runs)
	e.conclude(c)
}

// run is the group's episode.
func (g *group) run(now roster.Instant) run {
	r := run{Kind: Gathering, Started: g.Started, Ended: g.Until, Steps: []Severity{P3}, Count: 1}
	r.Proof.Subjects, r.Proof.Ref = g.Who, g.Key.Centre.String()
	if g.Until > now {
		r.Ended = 0
	}
	return r
}

// tell publishes what differs from what was said. The key of a new run is the
// office of all its people, or the district.
func (e *Engine) tell(before, runs []run) {
	keys := make([]string, len(before))
	for i := range before {
		keys[i], before[i].Key = before[i].Key, ""
	}
	of, taken := pair(before, runs)
	for i := range runs {
		r := &runs[i]
		if of[i] < 0 {
			r.Office = e.officeOfAll(r.Proof.Subjects)
			r.Key = cmp.Or(string(r.Office), string(e.dir.DistrictID()))
			if rec := e.record(EpisodeID(Gathering, r.Key, r.Started)); rec != nil && !rec.Retracted {
				r.Key += "/" + r.Proof.Ref // two at once
			}
			continue
		}
		b := &before[of[i]]
		r.Key, r.Office, r.Said = keys[of[i]], b.Office, b.Said
		if len(r.Proof.Subjects) > len(b.Proof.Subjects) {
			news := *b.Said
			news.Count = 0 // somebody joined: say it again
			r.Said = &news
		}
	}
	for i := range runs {
		if !e.upToDate(&runs[i]) {
			e.say(nil, &runs[i])
		}
	}
	for i := range before {
		if before[i].Key = keys[i]; !taken[i] {
			e.retract(nil, &before[i])
		}
	}
}

// officeOfAll is the office that answers for all of them, empty if several do.
func (e *Engine) officeOfAll(ids []roster.SubjectID) roster.OfficeID {
	var office roster.OfficeID
	for i, id := range ids {
		s := e.subjects[id]
		if s == nil || i > 0 && s.entry.Office != office {
			return ""
		}
		office = s.entry.Office
	}
	return office
}
