package main

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
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
// long. For as long again it is still given out, and the next one computed meanwhile:
// nobody waits for it.
const sharedPart = 20

// get is the value that is kept, or a new one; it is kept for least at any rate. What
// could not be computed is not kept. The request may be over before compute is, which
// then runs with background.
func (s *shared[T]) get(background *sync.WaitGroup, least time.Duration, compute func() (T, error)) (T, error) {
	old := s.kept.Load()
	life := least
	if old != nil {
		life = max(life, sharedPart*old.took)
	}
	switch {
	case old != nil && time.Since(old.at) <= life:
		return old.value, nil
	case old != nil && time.Since(old.at) <= 2*life:
		if s.work.TryLock() {
			background.Go(func() { _, _ = s.renew(old, compute) }) // who asks when the value is too old meets the error
		}
		return old.value, nil
	}
	s.work.Lock()
	return s.renew(old, compute)
}

// renew computes unless somebody has since old, and lets go of the work.
func (s *shared[T]) renew(old *computed[T], compute func() (T, error)) (T, error) {
	defer s.work.Unlock()
	if now := s.kept.Load(); now != old {
		return now.value, nil
	}
	began := time.Now()
	value, err := compute()
	if err == nil {
		s.kept.Store(&computed[T]{value, time.Now(), time.Since(began)})
	}
	return value, err
}

// sharedBy are several of a kind, by what they are asked for. At sharedMost it begins
// anew.
type sharedBy[K comparable, T any] struct {
	mu   sync.Mutex
	kept map[K]*shared[T]
}

const sharedMost = 64

func (s *sharedBy[K, T]) of(key K) *shared[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[key] == nil {
		if s.kept == nil || len(s.kept) >= sharedMost {
			s.kept = map[K]*shared[T]{}
		}
		s.kept[key] = &shared[T]{}
	}
	return s.kept[key]
}

// census is what pages ask of a whole district, or a whole office of it.
type census struct {
	renewing  sync.WaitGroup // what is computed with nobody waiting for it
	standings shared[*ranked]
	rolls     sharedBy[roster.Instant, *rolled] // by local day
	trends    sharedBy[countedOf, []web.DayCount]
	reports   sharedBy[countedOf, web.Report]
	plans     sharedBy[*plans.Library, *planStands]
}

// countedOf is what alerts were counted of: those of a span, of an office or of all.
type countedOf struct {
	office      roster.OfficeID
	from, until roster.Instant
}

const (
	// forever is the life of what is computed from what does not change.
	forever time.Duration = math.MaxInt64
	// atOnce is how many people the engine is asked about at once: it has events to
	// judge meanwhile.
	atOnce = 2000
	// rankedLife is how long the order of a district's people is kept at least.
	rankedLife = 2 * time.Second
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
	list    []seat
	at      map[roster.SubjectID]int // in the list
	colours map[roster.OfficeID][4]int
	silence map[roster.OfficeID]rules.Silence
	plans   sharedBy[planOrderOf, *planOrder]
}

// seat is where somebody stands, with what lists go by.
type seat struct {
	rules.Standing
	name    string
	minor   bool
	officer roster.OfficerID
}

// colour of somebody; green for who is not under supervision.
func (r *ranked) colour(id roster.SubjectID) rules.Colour {
	if i, known := r.at[id]; known {
		return r.list[i].Colour
	}
	return rules.Green
}

func (d *district) standings() *ranked {
	r, _ := d.census.standings.get(&d.census.renewing, rankedLife, func() (*ranked, error) { return d.rank(), nil })
	return r
}

func (d *district) rank() *ranked {
	r := &ranked{at: map[roster.SubjectID]int{}, colours: map[roster.OfficeID][4]int{}}
	d.inParts(func(e *rules.Engine, ids []roster.SubjectID) {
		for _, st := range e.StandingsOf(ids) {
			p := seat{Standing: st}
			if entry := e.Directory().Subject(st.Subject); entry != nil {
				p.name, p.minor, p.officer = entry.Name, entry.Minor, entry.Officer
			}
			r.list = append(r.list, p)
		}
	})
	d.ask(func(e *rules.Engine) { r.silence = e.Silences(nowInstant()) })
	slices.SortFunc(r.list, func(a, b seat) int { return rules.CompareStandings(a.Standing, b.Standing) })
	for i := range r.list {
		st := &r.list[i]
		r.at[st.Subject] = i
		n := r.colours[st.Office]
		n[st.Colour]++
		r.colours[st.Office] = n
	}
	return r
}

// rolled is the roll-call of a day: each duty in order, and how many each office has
// in each window; also without those whose files are sealed to some readers.
type rolled struct {
	turns   []rules.Turn
	offices map[roster.OfficeID][]int32 // where the turns of each are
	counts  []rules.Attendance
	without sharedBy[web.SubjectSet, []rules.Attendance]
}

// roll is the roll-call of a local day, given by its first instant and the one after.
func (d *district) roll(day, next roster.Instant) *rolled {
	r, _ := d.census.rolls.of(day).get(&d.census.renewing, 0, func() (*rolled, error) {
		r, now := &rolled{}, nowInstant()
		d.inParts(func(e *rules.Engine, ids []roster.SubjectID) {
			r.turns = append(r.turns, e.RollCallOf(ids, day, next, now)...)
		})
		rules.SortTurns(r.turns)
		r.index()
		r.counts = attendances(r.turns, func(*rules.Turn) bool { return true })
		return r, nil
	})
	return r
}

func (r *rolled) index() {
	r.offices = map[roster.OfficeID][]int32{}
	for i := range r.turns {
		office := r.turns[i].Office
		r.offices[office] = append(r.offices[office], int32(i))
	}
}

// of are the duties of an office, or all of them.
func (r *rolled) of(office roster.OfficeID) []rules.Turn {
	if office == "" {
		return r.turns
	}
	var turns []rules.Turn
	for _, i := range r.offices[office] {
		turns = append(turns, r.turns[i])
	}
	return turns
}

// countsWithout are the counts without some people. Turns do not change: it is
// counted once.
func (r *rolled) countsWithout(hidden web.SubjectSet) []rules.Attendance {
	if hidden == "" {
		return r.counts
	}
	counts, _ := r.without.of(hidden).get(nil, forever, func() ([]rules.Attendance, error) {
		set := setOf(hidden)
		return attendances(r.turns, func(t *rules.Turn) bool { return !set[t.Subject] }), nil
	})
	return counts
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
