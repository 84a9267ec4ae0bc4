package rules

import (
	"slices"

	"correctiond/roster"
)

// deriveRule is a kind whose episodes follow from what is known, the roster and
// the clock. It is computed anew whenever one of them changes.
type deriveRule struct {
	kind Kind
	// runs are the runs there ought to be. They may include ended ones.
	runs func(c *moment) []run
	// next is the first instant after c.due at which runs changes by itself; 0: never.
	next func(c *moment) roster.Instant
	// calendar kinds keep the start they were opened with, never open when they
	// are over already, and end, not vanish, when their cause goes away.
	calendar bool
	// messages: what is open of it may change with any message, not only with
	// check-ins and acts.
	messages bool
}

// moment is what a derived kind looks at: one subject at one instant. Deadlines
// up to and including due have passed.
type moment struct {
	e   *Engine
	s   *subject
	due roster.Instant
	// known are the courses of the kinds that were asked for at this moment.
	known []knownCourses
}

// How long what has ended stays correctable by late data.
const (
	runKept    = 6 * roster.Day
	ledgerKept = 7 * roster.Day
)

// moment is a new one, or the last one that a judgment is done with: 100 000 may be
// judged in one instant.
func (e *Engine) moment(s *subject, due roster.Instant) *moment {
	c := e.spare
	if e.spare = nil; c == nil {
		c = new(moment)
	}
	clear(c.known)
	*c = moment{e: e, s: s, due: due, known: c.known[:0]}
	return c
}

// judge brings every kind of a subject up to the instant due, and sets its timer.
func (e *Engine) judge(s *subject, due roster.Instant) {
	c := e.moment(s, due)
	defer func() { e.spare = c }()
	e.enroll(c)
	e.uncover(c)
	s.Main.Head.expire(&e.rules, e.config(s), due)
	e.publishNew(s, s.Main.Head.Runs)
	e.partByClock(s, due)
	e.dismiss(s)
	s.Duty.extend(c)
	calm := e.clock < s.calm
	for i := range e.rules.derived {
		if rule := &e.rules.derived[i]; !calm || !rule.steady() {
			e.derive(c, rule)
		}
	}
	s.Derived = slices.DeleteFunc(s.Derived, func(r run) bool { return r.stale(due) })
	e.countWindows(c)
	s.Duty.prune(c)
	s.forgetLost(due)
	e.schedule(c)
}

// steady reports whether only the clock, an act, a roster, thresholds or the
// colour change the kind's runs.
func (r *deriveRule) steady() bool { return r.calendar && !r.messages }

// calm finds until when the steady kinds of a subject stay as they are, unless
// that is known. Where a term, a custody, a binding or an authority begins or
// ends, others may run.
func (e *Engine) calm(c *moment, edge roster.Instant) {
	if e.clock < c.s.calm {
		return
	}
	next := earlier(edge, c.after(c.s.entry.Reported))
	for i := range e.rules.derived {
		if rule := &e.rules.derived[i]; rule.steady() {
			next = earlier(next, rule.next(c))
		}
	}
	c.s.calm = next
}

// rejudge judges a subject of whom something has changed beside its messages.
func (e *Engine) rejudge(s *subject) {
	s.calm = 0
	e.judge(s, e.clock-1)
}

func (r *run) stale(due roster.Instant) bool { return !r.open() && r.Ended < due-runKept }

// derive compares the runs a kind ought to have with the published ones.
func (e *Engine) derive(c *moment, rule *deriveRule) {
	s := c.s
	var before []run
	for i := range s.Derived {
		// What ended long ago may be missing from the runs; that means nothing.
		if r := &s.Derived[i]; r.Kind == rule.kind && !r.stale(c.due) {
			before = append(before, *r)
		}
	}
	runs := rule.runs(c)
	if len(before) == 0 && len(runs) == 0 {
		return
	}
	if rule.calendar {
		runs = e.keepCalendar(before, runs)
	}
	of, _ := pair(before, runs)
	fresh := -1
	runs = slices.DeleteFunc(runs, func(r run) bool {
		fresh++
		return of[fresh] < 0 && (r.stale(c.due) || !r.open() && r.Ended <= s.Since)
	})
	e.republish(s, before, runs)
	s.Derived = slices.DeleteFunc(s.Derived, func(r run) bool { return r.Kind == rule.kind })
	s.Derived = append(s.Derived, runs...)
}

// openDerived reports whether a derived run of the kind is open.
func (s *subject) openDerived(k Kind) bool {
	return slices.ContainsFunc(s.Derived, func(r run) bool { return r.Kind == k && r.open() })
}

// stepped builds a run of steps that have come due: at[i] brings sev[i].
func (c *moment) stepped(r run, at []roster.Instant, sev []Severity) (run, bool) {
	for i, t := range at {
		if t <= c.due && (r.open() || t < r.Ended) {
			r.Steps = append(r.Steps, sev[i])
		}
	}
	r.Started, r.Count = at[0], len(r.Steps)
	return r, r.Count > 0
}

// after is the first of the instants later than c.due; 0: none.
func (c *moment) after(at ...roster.Instant) roster.Instant {
	var next roster.Instant
	for _, t := range at {
		if t > c.due {
			next = earlier(next, t)
		}
	}
	return next
}

// daysBefore is the same clock time n local days before end.
func (c *moment) daysBefore(end roster.Instant, n int) roster.Instant {
	day := c.e.cal.DayStart(end)
	return c.e.cal.AddDays(day, -n) + end - day
}
