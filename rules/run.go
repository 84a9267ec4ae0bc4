package rules

import (
	"slices"

	"correctiond/roster"
)

// run is one stretch of time during which the condition of a kind holds. Its
// fields are exported for the snapshot only.
type run struct {
	Kind   Kind
	Key    string // what the episode id is made of, beside kind and start
	Device roster.DeviceID
	Office roster.OfficeID // of kinds that are about no subject
	// Started and Ended are when the condition began and stopped (0: it goes on).
	Started, Ended roster.Instant
	// Steps are the severities in the order in which they were reached.
	Steps []Severity
	Count int
	Late  bool
	// Resumable: it has ended, but what follows may still continue it.
	Resumable bool
	// Cut: a backlog ends while it goes on; Ended is that end.
	Cut   bool
	Proof proof
	// Said is what has been published of it; nil before.
	Said *said
}

// proof is what an episode's evidence is built from.
type proof struct {
	Zone      roster.ZoneID
	First     *observation // began the condition
	Completed *observation // completed the trigger; nil when a timer did
	Ref       string       // leave, authority … the run is about
	Windows   []roster.Instant
	With      *observation       // the other person's fix
	Subjects  []roster.SubjectID // of a gathering, or who else is involved; ascending
	Metres    float64
	Deadlines []roster.Instant // of the windows
}

func (r *run) open() bool { return r.Ended == 0 }

// times are when it began and stopped by all that is known: a backlog of another
// device may have shown more of it than its own.
func (r *run) times() (from, until roster.Instant) {
	from, until = r.Started, r.Ended
	if r.Said != nil {
		from = earlier(from, r.Said.From)
		if !r.open() {
			until = max(until, r.Said.Until)
		}
	}
	return from, until
}

// over reports whether nothing that happens later can change it.
func (r *run) over() bool { return !r.open() && !r.Resumable }

func (r *run) severity() Severity {
	if len(r.Steps) == 0 {
		return P4
	}
	return r.Steps[len(r.Steps)-1]
}

// step records a further severity without touching a slice shared with a clone.
func (r *run) step(s Severity) {
	r.Steps = append(slices.Clip(r.Steps), s)
}

// pair finds for every new run the published one that it continues: of the same
// kind and key, the one whose id was made of that start, else one that has the
// same start now, else the first one left over that shares time with it. It returns the index into old for each new run (-1: none) and which
// old ones were taken.
func pair(old, fresh []run) (of []int, taken []bool) {
	of = slices.Repeat([]int{-1}, len(fresh))
	if len(old) == 0 {
		return of, nil
	}
	taken = make([]bool, len(old))
	claim := func(i int, fits func(o, n *run) bool) {
		for j := range old {
			o, n := &old[j], &fresh[i]
			if !taken[j] && o.Kind == n.Kind && o.Key == n.Key && fits(o, n) {
				of[i], taken[j] = j, true
				return
			}
		}
	}
	for i := range fresh {
		claim(i, func(o, n *run) bool { return o.Said != nil && o.Said.First == n.Started })
	}
	for _, fits := range []func(o, n *run) bool{sameStart, overlaps} {
		for i := range fresh {
			if of[i] < 0 {
				claim(i, fits)
			}
		}
	}
	return of, taken
}

func sameStart(a, b *run) bool { return a.Started == b.Started }

// overlaps reports whether two runs share time, so that one can be the other
// with a corrected start or end.
func overlaps(a, b *run) bool {
	return (a.open() || a.Ended >= b.Started) && (b.open() || b.Ended >= a.Started)
}
