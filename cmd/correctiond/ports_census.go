package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// shared is something that costs much to compute and that many ask for: it is kept
// for a while, so that many readers cost one computation.
type shared[T any] struct {
	work sync.Mutex // held by who computes
	kept atomic.Pointer[computed[T]]
}

type computed[T any] struct {
	value T
	at    time.Time
	took  time.Duration
}

// sharedPart is how much of the time computing may take: a value is kept for so
// long. For as long again those who come while somebody computes the next one get
// the last.
const sharedPart = 20

// get is the value that is kept, or a new one; it is kept for least at any rate.
func (s *shared[T]) get(least time.Duration, compute func() T) T {
	old := s.kept.Load()
	life := least
	if old != nil {
		life = max(life, sharedPart*old.took)
	}
	switch {
	case old != nil && time.Since(old.at) <= life:
		return old.value
	case old != nil && time.Since(old.at) <= 2*life:
		if !s.work.TryLock() {
			return old.value
		}
	default:
		s.work.Lock()
	}
	defer s.work.Unlock()
	if now := s.kept.Load(); now != old { // somebody else has computed it
		return now.value
	}
	began := time.Now()
	next := &computed[T]{value: compute()}
	next.at, next.took = time.Now(), time.Since(began)
	s.kept.Store(next)
	return next.value
}

// census is what pages ask of all people of a district.
type census struct {
	standings shared[*ranked]
	mu        sync.Mutex
	rolls     map[roster.Instant]*shared[*rolled] // by local day
}

const (
	// atOnce is how many people the engine is asked about at once: it has events to
	// judge meanwhile.
	atOnce = 2000
	// rankedLife is how long the order of a district's people is kept at least.
	rankedLife = 2 * time.Second
	// rollsKept is for how many days the roll-call is kept.
	rollsKept = 4
)

// inParts asks the engine about everybody, some at a time.
func (d *district) inParts(read func(e *rules.Engine, ids []roster.SubjectID)) {
	var all []roster.SubjectID
	d.ask(func(e *rules.Engine) { all = e.Everyone() })
	for ids := range slices.Chunk(all, atOnce) {
		d.ask(func(e *rules.Engine) { read(e, ids) })
	}
}

// ranked are a district's people in order, and what they count up to.
type ranked struct {
	list    []rules.Standing
	people  map[roster.SubjectID]glimpse
	colours map[roster.OfficeID][4]int
	silence map[roster.OfficeID]rules.Silence
}

// glimpse is what lists go by.
type glimpse struct {
	name    string
	minor   bool
	colour  rules.Colour
	officer roster.OfficerID
}

func (d *district) standings() *ranked { return d.census.standings.get(rankedLife, d.rank) }

func (d *district) rank() *ranked {
	r := &ranked{people: map[roster.SubjectID]glimpse{}, colours: map[roster.OfficeID][4]int{}}
	d.inParts(func(e *rules.Engine, ids []roster.SubjectID) {
		part := e.StandingsOf(ids)
		for i := range part {
			if entry := e.Directory().Subject(part[i].Subject); entry != nil {
				r.people[entry.ID] = glimpse{entry.Name, entry.Minor, part[i].Colour, entry.Officer}
			}
		}
		r.list = append(r.list, part...)
	})
	d.ask(func(e *rules.Engine) { r.silence = e.Silences(nowInstant()) })
	rules.SortStandings(r.list)
	for i := range r.list {
		st := &r.list[i]
		n := r.colours[st.Office]
		n[st.Colour]++
		r.colours[st.Office] = n
	}
	return r
}

// rolled is the roll-call of a day: each duty in order, and how many each office has
// in each window.
type rolled struct {
	turns  []rules.Turn
	counts []rules.Attendance
}

// roll is the roll-call of a local day, given by its first instant and the one after.
func (d *district) roll(day, next roster.Instant) *rolled {
	c := &d.census
	c.mu.Lock()
	kept := c.rolls[day]
	if kept == nil {
		if len(c.rolls) >= rollsKept || c.rolls == nil {
			c.rolls = map[roster.Instant]*shared[*rolled]{}
		}
		kept = &shared[*rolled]{}
		c.rolls[day] = kept
	}
	c.mu.Unlock()
	return kept.get(0, func() *rolled {
		r, now := &rolled{}, nowInstant()
		d.inParts(func(e *rules.Engine, ids []roster.SubjectID) {
			r.turns = append(r.turns, e.RollCallOf(ids, day, next, now)...)
		})
		rules.SortTurns(r.turns)
		r.counts = attendances(r.turns, func(*rules.Turn) bool { return true })
		return r
	})
}

// attendances counts the duties that are wanted, by window and then by office, of a
// list in order.
func attendances(turns []rules.Turn, wanted func(*rules.Turn) bool) []rules.Attendance {
	var out []rules.Attendance
	at := map[roster.OfficeID]int{} // of the window at hand
	for i := range turns {
		turn := &turns[i]
		if i > 0 && turn.DutyWindow != turns[i-1].DutyWindow {
			clear(at)
		}
		if !wanted(turn) {
			continue
		}
		n, known := at[turn.Office]
		if !known {
			n, at[turn.Office] = len(out), len(out)
			out = append(out, rules.Attendance{Office: turn.Office, DutyWindow: turn.DutyWindow})
		}
		out[n].Add(turn.Stands)
	}
	return out
}
