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
	c.Missing, c.Subjects = e.MissingEvents(), e.Colours()
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
func (e *Engine) countSilence(dev *roster.DeviceEntry, from roster.Instant) {
	interval := length(dev.Interval)
	if interval == 0 {
		interval = length(e.cfg.Outage.Interval)
	}
	if beyond := e.clock - from - interval - length(e.cfg.Outage.Slack); beyond > 0 {
		e.counts.Unmonitored += beyond
	}
}
