package rules

import (
	"slices"

	"correctiond/roster"
)

// Bounds of a timeline's tail. A hole in a device's reports often fills later
// from its memory; observations after one are kept movable for a while.
const (
	holeLength = 20 * roster.Minute
	holeKept   = 2 * roster.Hour
	tailMax    = 128
	lateMax    = 512
	lateKept   = roster.Hour
	latePause  = roster.Day // of a backlog whose device is often out of reach
	// A backlog may take more of a timeline, as long as all backlogs together
	// hold no more than heldMax observations beyond the two bounds above: about
	// 100 MB. Two weeks of a position every five minutes fit.
	backlogMax = 4096
	heldMax    = 1 << 18
	ghostMax   = 16
)

// timeline folds a subject's observations in the order in which they happened.
// Head is Settled plus Tail; an observation that arrives out of order within the
// tail is put in its place, and Head is computed anew.
type timeline struct {
	Settled fold
	Head    fold
	Tail    []*observation
	// Through is the time of the newest settled observation.
	Through roster.Instant
	// Kept is how long observations stay in the tail; 0: while they may arrive in
	// another order.
	Kept roster.Instant
	// Touched is when an observation arrived last that was older than the reorder
	// window: while a backlog comes in, all of it stays movable.
	Touched roster.Instant
	// Ghosts are runs that were told and taken back, with what they were. If one
	// turns out to have been, it is the same episode: its alert waits for a person.
	Ghosts []run
	room   int // for the tail
}

// accepts reports whether o still has its place within the tail.
func (t *timeline) accepts(o *observation) bool { return o.At > t.Through }

// insert takes o and returns the runs that Head had before, if it had to be
// computed anew: when o is not the newest, or the clock has completed something
// that o may contradict.
func (t *timeline) insert(rs *ruleSet, c *Config, o *observation) (before []run, redone bool) {
	i, same := slices.BinarySearchFunc(t.Tail, o, compare)
	if same && o.From != nil {
		return nil, false // the same event again
	}
	t.Tail = slices.Insert(t.Tail, i, o)
	if i == len(t.Tail)-1 && o.At > t.Head.Fired {
		t.Head.apply(rs, c, o)
		return nil, false
	}
	before = t.Head.Runs
	t.Head = t.Settled.clone()
	for _, o := range t.Tail {
		t.Head.apply(rs, c, o)
	}
	return before, true
}

// settle folds what has left the reorder window into Settled and forgets the
// runs that ended there.
func (t *timeline) settle(rs *ruleSet, c *Config) (forgotten []run) {
	n := 0
	for n < len(t.Tail) && !t.movable(c, n) {
		t.Settled.apply(rs, c, t.Tail[n])
		t.Through = t.Tail[n].At
		n++
	}
	if n == 0 {
		return nil
	}
	t.Tail = slices.Delete(t.Tail, 0, n)
	t.Ghosts = slices.DeleteFunc(t.Ghosts, func(r run) bool { return !r.open() && r.Ended <= t.Through })
	return t.forget()
}

// forget drops and returns the runs that ended in the settled part: nothing in the
// tail can change them. One that only Head knows to have ended may still turn out to go on.
func (t *timeline) forget() (forgotten []run) {
	of, _ := pair(t.Head.Runs, t.Settled.Runs)
	done := make([]bool, len(t.Head.Runs))
	for i := range t.Settled.Runs {
		if r := &t.Settled.Runs[i]; of[i] >= 0 {
			r.Said = t.Head.Runs[of[i]].Said
			done[of[i]] = r.over()
		}
	}
	t.Settled.Runs = slices.DeleteFunc(t.Settled.Runs, func(r run) bool { return r.over() })
	i := -1
	t.Head.Runs = slices.DeleteFunc(t.Head.Runs, func(r run) bool {
		if i++; done[i] {
			forgotten = append(forgotten, r)
		}
		return done[i]
	})
	return forgotten
}

// movable reports whether the n-th observation of the tail must stay there.
func (t *timeline) movable(c *Config, n int) bool {
	newest, o := t.Tail[len(t.Tail)-1].At, t.Tail[n]
	if o.At >= newest-c.window() {
		return true
	}
	if t.Kept > 0 {
		return newest-o.At < t.Kept && len(t.Tail)-n <= pairMax
	}
	if t.Touched != 0 && newest-t.Touched < lateKept && len(t.Tail)-n < max(t.room, tailMax) {
		return true // a backlog is coming in
	}
	hole := t.Through != 0 && o.At-t.Through > holeLength
	return hole && newest-o.At < holeKept && len(t.Tail)-n < tailMax
}

// take puts an observation on the subject's timeline, or on the one for data so
// late that the main one has settled, and publishes what changed. It returns
// when the next pending condition completes by itself.
func (e *Engine) take(s *subject, o *observation) roster.Instant {
	t := &s.Main
	if !t.accepts(o) {
		e.takeLate(s, o)
		return 0
	}
	due, forgotten := e.enter(s, t, &e.rules, o)
	if e.remember(s, forgotten) {
		e.tellLate(s)
	}
	return due
}

// enter folds an observation that a timeline accepts. It returns when something
// completes by the clock, and the runs that the timeline has forgotten.
func (e *Engine) enter(s *subject, t *timeline, rs *ruleSet, o *observation) (due roster.Instant, forgotten []run) {
	if o.late(e.config(s)) {
		t.Touched = e.clock
	}
	held := t.beyond(tailMax)
	defer func() { e.held += t.beyond(tailMax) - held }()
	t.room = e.room(held, tailMax)
	before, redone := t.insert(rs, e.config(s), o)
	due = t.Head.expire(rs, e.config(s), e.clock-1)
	if t == &s.Main && s.Seldom != nil && len(s.Seldom.LateSaid) > 0 {
		s.resume(t.Head.Runs)
	}
	if redone {
		e.revise(s, t, before, t.Head.Runs)
	} else {
		e.publishNew(s, t.Head.Runs)
	}
	return due, t.settle(rs, e.config(s))
}

// uncover ends what is open or pending about wristbands that the law does not
// permit to locate any more. A strap-tamper stays until a person ends it.
func (e *Engine) uncover(c *moment) {
	var closings []*observation
	for i := range c.s.Main.Head.Devices {
		d := &c.s.Main.Head.Devices[i]
		if !c.uncovered(d.From.Device) {
			continue
		}
		for _, k := range bandKinds() {
			if c.s.Main.Head.pending(d, k) {
				closings = append(closings, ended(max(e.clock, c.s.Main.Through+1), e.clock, k, d.From.Key))
			}
		}
	}
	for i := range closings {
		e.take(c.s, closings[i])
	}
}
