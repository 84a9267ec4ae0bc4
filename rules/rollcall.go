package rules

import (
	"cmp"
	"slices"

	"correctiond/roster"
)

// Answered says how a subject stands with a roll-call window.
type Answered uint8

// How a subject stands with a window: still to come, open now, over but within
// the grace in which a delayed answer counts, answered, missed.
const (
	WindowAhead Answered = iota
	WindowOpen
	WindowGrace
	WindowAnswered
	WindowMissed
)

// Turn is one subject's duty to check in during one roll-call window (点名,
// 社区矫正法 Article 26).
type Turn struct {
	Subject roster.SubjectID
	roster.DutyWindow
	Stands Answered
	// At is when the answer was given; 0: not given.
	At roster.Instant
	// DeviceOnly: answered, and nobody verified who held the device.
	DeviceOnly bool
}

// RollCall lists the duties of windows that begin within [from, until), as they
// stand at the instant now, by window and then by subject. Windows further back
// than the ledger reaches, a week, are not in it.
func (e *Engine) RollCall(from, until, now roster.Instant) []Turn {
	var turns []Turn
	for _, s := range e.subjects {
		turns = append(turns, s.turns(e, from, until, now)...)
	}
	slices.SortFunc(turns, func(a, b Turn) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Subject, b.Subject))
	})
	return turns
}

// turns looks at a copy of the ledger, so that windows ahead do not enter it.
func (s *subject) turns(e *Engine, from, until, now roster.Instant) []Turn {
	ahead := *s
	ahead.Duty.Windows = slices.Clone(s.Duty.Windows)
	c := &moment{e: e, s: &ahead, due: until - 1}
	ahead.Duty.extend(c)
	var out []Turn
	for i := range ahead.Duty.Windows {
		w := &ahead.Duty.Windows[i]
		if w.From < from || w.From >= until || !c.duty(w) {
			continue
		}
		out = append(out, Turn{Subject: s.entry.ID, DutyWindow: w.DutyWindow, Stands: w.stands(now), At: w.Answer, DeviceOnly: w.DeviceOnly})
	}
	return out
}

func (w *window) stands(now roster.Instant) Answered {
	switch {
	case w.Answer != 0:
		return WindowAnswered
	case now < w.From:
		return WindowAhead
	case now < w.Until:
		return WindowOpen
	case now <= w.Deadline:
		return WindowGrace
	}
	return WindowMissed
}
