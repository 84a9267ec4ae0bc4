package rules

import "correctiond/roster"

// Counts are totals since the engine was made or restored, for metrics. They
// name nobody and steer nothing.
type Counts struct {
	// Answered and Missed are roll-call windows that were a duty, by what stood
	// when their deadline passed.
	Answered, Missed int64
	// Unmonitored is how long wristbands were silent beyond their interval and a
	// tolerance, in silences that have ended.
	Unmonitored roster.Instant
	// Missing are messages that devices numbered and that have not arrived.
	Missing int64
	// Subjects by the colour that people see.
	Subjects map[Colour]int
}

// Counts returns the totals so far.
func (e *Engine) Counts() Counts {
	c := e.counts
	c.Missing, c.Subjects = e.missing, e.coloured()
	return c
}

// countWindows counts the windows whose deadlines have passed since last time.
func (e *Engine) countWindows(c *moment) {
	for i := range c.s.Duty.Windows {
		w := &c.s.Duty.Windows[i]
		if w.Counted || w.Deadline > c.due {
			continue
		}
		w.Counted = true
		switch {
		case !c.duty(w):
		case w.Answer != 0:
			e.counts.Answered++
		default:
			e.counts.Missed++
		}
	}
}

// countSilence adds what a message ends of a silence.
func (e *Engine) countSilence(s *subject, dev *roster.DeviceEntry, from roster.Instant) {
	if from += e.silentLimit(dev); e.clock > from {
		e.counts.Unmonitored += e.clock - from
		day := e.cal.DayStart(e.clock)
		q := e.quiet[s.entry.Office]
		if q.Day != day {
			q = quietDay{Day: day}
		}
		q.Total += e.clock - max(from, day)
		e.quiet[s.entry.Office] = q
	}
}

// quietDay is how long the wristbands of an office were silent on a local day,
// in silences that have ended.
type quietDay struct{ Day, Total roster.Instant }

// Silence is what nobody can tell about at an instant: loss of signal is no
// violation, but a quantity of its own.
type Silence struct {
	// Devices are silent beyond their interval and a tolerance.
	Devices int
	// Today is the sum of such times since local midnight, in milliseconds.
	Today roster.Instant
}

// Silences tells of each office whose wristbands were silent today.
func (e *Engine) Silences(now roster.Instant) map[roster.OfficeID]Silence {
	out := map[roster.OfficeID]Silence{}
	if e.dir == nil {
		return out
	}
	day := e.cal.DayStart(now)
	for office, q := range e.quiet {
		if q.Day == day {
			out[office] = Silence{Today: q.Total}
		}
	}
	for i := range e.fleet.posts {
		p := &e.fleet.posts[i]
		if p.s == nil {
			continue
		}
		h := p.s.hearing(p.dev.ID)
		if from := max(h.Enrolled, h.Received) + e.silentLimit(p.dev); from < now {
			s := out[p.s.entry.Office]
			s.Devices++
			s.Today += now - max(from, day)
			out[p.s.entry.Office] = s
		}
	}
	return out
}
