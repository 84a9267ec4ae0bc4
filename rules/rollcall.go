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
	Office  roster.OfficeID
	roster.DutyWindow
	Stands Answered
	// At is when the answer was given; 0: not given.
	At roster.Instant
	// DeviceOnly: answered, and nobody verified who held the device.
	DeviceOnly bool
}

// RollCallOf lists the duties of those people of a list who are under supervision,
// of windows that begin within [from, until), as they stand at the instant now.
// Windows further back than the ledger reaches, a week, are not in it.
func (e *Engine) RollCallOf(ids []roster.SubjectID, from, until, now roster.Instant) []Turn {
	var turns []Turn
	for _, id := range ids {
		if s := e.subjects[id]; s != nil {
			e.turns(s, from, until, func(w *window) {
				turns = append(turns, Turn{
					Subject: id, Office: s.entry.Office, DutyWindow: w.DutyWindow, Stands: w.stands(now), At: w.Answer, DeviceOnly: w.DeviceOnly,
				})
			})
		}
	}
	return turns
}

// SortTurns orders a list by window and then by subject.
func SortTurns(list []Turn) { slices.SortFunc(list, CompareTurns) }

// CompareTurns is the order of SortTurns.
func CompareTurns(a, b Turn) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Deadline, b.Deadline), cmp.Compare(a.Subject, b.Subject))
}

// Attendance counts the duties of an office in one window.
type Attendance struct {
	Office roster.OfficeID
	roster.DutyWindow
	Due, Answered, Missed int
}

// Add counts a duty that stands as given.
func (a *Attendance) Add(stands Answered) {
	a.Due++
	switch stands {
	case WindowAnswered:
		a.Answered++
	case WindowMissed:
		a.Missed++
	}
}

// turns visits a subject's duties of windows that begin within [from, until). Those
// ahead are not in the ledger, and do not enter it.
func (e *Engine) turns(s *subject, from, until roster.Instant, visit func(*window)) {
	c := &moment{e: e, s: s, due: until - 1}
	look := func(w *window) {
		if w.From >= from && w.From < until && c.duty(w) {
			visit(w)
		}
	}
	for i := range s.Duty.Windows {
		look(&s.Duty.Windows[i])
	}
	for next := s.Duty.reach(c); ; {
		w, ok := s.entry.Duty.Next(next)
		if !ok || w.From > c.due {
			return
		}
		look(&window{DutyWindow: w})
		next = w.From + 1
	}
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
