package rules

import (
	"slices"

	"correctiond/roster"
)

// course is what a deadline goes through: a step at each of its instants, until
// the run's Ended, which may lie in the future (0: no end is known).
type course struct {
	run
	at  []roster.Instant // ascending
	sev []Severity       // one for each of at
}

// calendarRule is a kind that consists of courses only. After the term none runs.
func calendarRule(k Kind, courses func(c *moment) []course) deriveRule {
	return deriveRule{
		kind: k, calendar: true,
		runs: func(c *moment) []run { return c.courseRuns(k, courses) },
		next: func(c *moment) roster.Instant { return c.courseNext(k, courses) },
	}
}

func (c *moment) courseRuns(k Kind, courses func(c *moment) []course) []run {
	var runs []run
	for _, co := range c.coursesOf(k, courses) {
		co.Kind = k
		r, ok := c.stepped(co.run, co.at, co.sev)
		if !ok {
			continue
		}
		if r.Ended > c.e.clock {
			r.Ended = 0
		}
		runs = append(runs, r)
	}
	return runs
}

func (c *moment) courseNext(k Kind, courses func(c *moment) []course) roster.Instant {
	var next roster.Instant
	for _, co := range c.coursesOf(k, courses) {
		next = earlier(earlier(next, c.after(co.at...)), c.after(co.Ended))
	}
	return next
}

// knownCourses are the courses of a kind at one moment: a judgment asks for them
// twice, for what there is and for what comes next.
type knownCourses struct {
	kind    Kind
	courses []course
}

func (c *moment) coursesOf(k Kind, courses func(c *moment) []course) []course {
	if !c.inTerm() {
		return nil
	}
	for i := range c.known {
		if c.known[i].kind == k {
			return c.known[i].courses
		}
	}
	out := courses(c)
	c.known = append(c.known, knownCourses{k, out})
	return out
}

// paused reports whether the subject is detained or in hospital: what only a
// person at liberty can do is then not asked for.
func (c *moment) paused() bool { return covers(c.s.entry.Custody, c.due) }

// renewal is a duty that each receipt fulfils for a while, counted from start
// (0: not at all) until the first.
type renewal struct {
	received []roster.Instant // ascending
	start    roster.Instant
	// steps are the instants of the duty that counts from a receipt.
	steps func(last roster.Instant) []roster.Instant
	sev   []Severity
}

// courses of a renewal are the one that runs, and the one before, which its
// receipt ended. Their proof names the day that they count from.
func (d renewal) courses(c *moment) []course {
	n, known := slices.BinarySearch(d.received, c.e.clock)
	if known { // received at this very instant
		n++
	}
	var out []course
	for i := max(n-1, 0); i <= n; i++ {
		last, ended := d.start, roster.Instant(0)
		if i > 0 {
			last = d.received[i-1]
		}
		if i < len(d.received) {
			ended = d.received[i]
		}
		if last == 0 {
			continue
		}
		r := run{Key: string(c.s.entry.ID), Ended: ended, Proof: proof{Ref: c.e.cal.Day(last)}}
		out = append(out, course{run: r, at: d.steps(last), sev: d.sev})
	}
	return out
}

// cadence is how long after a receipt the next one is due: whole months, month
// end clamped, or, when there are none, days.
type cadence struct{ months, days int }

// exceeded is 00:00 of the day after the last one that is still in time.
func (d cadence) exceeded(c *moment, last roster.Instant) roster.Instant {
	day := c.e.cal.DayStart(last)
	if d.months > 0 {
		day = c.e.cal.AddMonths(day, d.months)
	}
	return c.e.cal.AddDays(day, d.days+1)
}

// repeated gives the same severity for n steps.
func repeated(s Severity, n int) []Severity { return slices.Repeat([]Severity{s}, n) }

// sinceEvidence also names the day that a deadline counts from.
func (r *run) sinceEvidence() map[string]any {
	ev := r.evidence()
	ev["counted_from"] = r.Proof.Ref
	return ev
}
