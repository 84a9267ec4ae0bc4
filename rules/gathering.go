package rules

import (
	"fmt"
	"slices"

	"correctiond/geo"
	"correctiond/roster"
)

// Gathering is several people under supervision in one place, other than at
// home or at an office, for a while. It accuses nobody; a person looks at it.
const Gathering Kind = "gathering"

// GatheringConfig says how many people in a cell and its ring, for how long,
// are a gathering, and how long a position speaks for a person.
type GatheringConfig struct {
	Subjects int             `yaml:"subjects" json:"subjects"`
	Dwell    roster.Duration `yaml:"dwell" json:"dwell"`
	Valid    roster.Duration `yaml:"valid" json:"valid"`
}

func (c GatheringConfig) valid() bool {
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

// crowd is the gatherings around one cell: where enough people first were, for
// long enough, within a cell and its ring. Every such neighbourhood whose centre
// is within two cells of the anchor is part of it, unless an older crowd has it,
// so that the several neighbourhoods that see the same people are one episode.
//
// What a crowd's runs are follows from the stays of the last hour alone, however
// they arrived: when one changes nearby, the runs are computed anew. So order
// and repetition do not matter; only a crowd that spreads over more than five
// cells may be cut in another place.
type crowd struct {
	Anchor geo.Cell
	Runs   []run
	Until  roster.Instant // when the open run ends unless someone is seen again
}

// due is when the crowd changes by itself: its open run ends, or it is forgotten.
func (c *crowd) due() roster.Instant {
	if c.Until != 0 {
		return c.Until
	}
	var last roster.Instant
	for i := range c.Runs {
		last = max(last, c.Runs[i].Ended)
	}
	return last + stayKept
}

// gatheringDue is asked at every entry.
func gatheringDue(e *Engine) roster.Instant { return e.crowds.due }

// gatheringExpire ends the gatherings of which nothing was seen, and forgets
// those long over.
func gatheringExpire(e *Engine, at roster.Instant) {
	for i := range e.crowds.list {
		if c := &e.crowds.list[i]; c.due() <= at {
			e.regather(c, at)
		}
	}
	e.crowds.prune()
}

// around brings the crowds up to date that someone's stay in a cell may touch,
// and begins one where none has the people.
func (e *Engine) around(s *subject, st stay) {
	c, valid := &e.cfg.Gathering, length(e.cfg.Gathering.Valid)
	if st.Cell == 0 || e.crowds.lonely(s, st.Cell, c.Subjects) || !e.crowds.many(e.crowds.disk(st.Cell, 2), st.At, valid, c.Subjects) {
		return
	}
	e.update(st.Cell)
	for _, centre := range e.crowds.disk(st.Cell, 1) {
		near := e.crowds.disk(centre, 1)
		if e.crowds.owner[centre] == 0 && e.crowds.many(near, st.At, valid, c.Subjects) && len(e.hot(centre)) > 0 {
			e.regather(e.crowds.found(centre), e.clock-1)
		}
	}
	e.crowds.prune()
}

// update brings the crowds up to date that see a cell.
func (e *Engine) update(cell geo.Cell) {
	if cell == 0 || len(e.crowds.list) == 0 {
		return
	}
	near := e.crowds.disk(cell, 1)
	if !e.crowds.owns(near) {
		return
	}
	for i := range e.crowds.list {
		if c := &e.crowds.list[i]; e.crowds.has(c.Anchor, near) {
			e.regather(c, e.clock-1)
		}
	}
	e.crowds.remind()
}

// regather computes a crowd's runs as of an instant and publishes what changed.
// A run that began before what is kept for sure keeps its start, and one that
// was over then stays as it is.
func (e *Engine) regather(c *crowd, now roster.Instant) {
	sure := e.clock - staySure
	before := slices.DeleteFunc(c.Runs, func(r run) bool { return !r.open() && r.Ended <= e.clock-stayKept })
	c.Runs, c.Until = nil, 0
	for _, sp := range e.spans(c.Anchor) {
		r := run{Kind: Gathering, Started: sp.from, Ended: sp.until, Steps: []Severity{P3}, Count: 1}
		r.Proof.Subjects, r.Proof.Ref = sp.who, c.Anchor.String()
		if sp.until > now {
			r.Ended, c.Until = 0, sp.until
		}
		i := slices.IndexFunc(before, func(b run) bool { return overlaps(&b, &r) })
		if i >= 0 {
			r.continues(&before[i], sure)
			before = slices.Delete(before, i, i+1)
		} else if sp.until <= sure {
			continue // told long ago, or too late to tell
		}
		c.Runs = append(c.Runs, r)
	}
	for i := range before {
		e.disband(c, &before[i], sure)
	}
	for i := range c.Runs {
		e.tell(&c.Runs[i])
	}
}

// continues makes r the newer state of a published run.
func (r *run) continues(b *run, sure roster.Instant) {
	r.Key, r.Office, r.Said = b.Key, b.Office, b.Said
	if b.Started < sure {
		r.Started = min(r.Started, b.Started)
		r.Proof.Subjects = mergeSorted(r.Proof.Subjects, b.Proof.Subjects)
	}
	if len(r.Proof.Subjects) > len(b.Proof.Subjects) {
		news := *b.Said
		news.Count = 0 // somebody joined: say it again
		r.Said = &news
	}
}

// disband keeps a run whose stays are forgotten, and retracts one that never was.
func (e *Engine) disband(c *crowd, b *run, sure roster.Instant) {
	if b.Started >= sure {
		e.retract(nil, b)
		return
	}
	if b.open() {
		b.Ended = max(e.clock, b.Started)
	}
	c.Runs = append(c.Runs, *b)
}

// tell publishes a run that differs from what was said of it. Its key is the
// office of all its people, or the district.
func (e *Engine) tell(r *run) {
	if e.upToDate(r) {
		return
	}
	if r.Said == nil {
		r.Office = e.officeOfAll(r.Proof.Subjects)
		if r.Key = string(r.Office); r.Key == "" {
			r.Key = string(e.dir.DistrictID())
		}
		if e.crowds.taken(r.Key, r.Started) {
			r.Key += "/" + r.Proof.Ref
		}
	}
	e.say(nil, r)
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
