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
	return e.RollCallOf(func(*roster.SubjectEntry) bool { return true }, from, until, now)
}

// RollCallOf is the RollCall of those whom a condition selects; it costs little for
// the others.
func (e *Engine) RollCallOf(wanted func(*roster.SubjectEntry) bool, from, until, now roster.Instant) []Turn {
	var turns []Turn
	for _, s := range e.subjects {
		if wanted(s.entry) {
			e.turns(s, from, until, func(w *window) {
				turns = append(turns, Turn{Subject: s.entry.ID, DutyWindow: w.DutyWindow, Stands: w.stands(now), At: w.Answer, DeviceOnly: w.DeviceOnly})
			})
		}
	}
	slices.SortFunc(turns, func(a, b Turn) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Subject, b.Subject))
	})
	return turns
}

// Attendance counts the duties of an office in one window.
type Attendance struct {
	Office roster.OfficeID
	roster.DutyWindow
	Due, Answered, Missed int
}

// Attendances counts what RollCall lists, by window and then by office.
func (e *Engine) Attendances(from, until, now roster.Instant) []Attendance {
	type key struct {
		office roster.OfficeID
		roster.DutyWindow
	}
	at, list := map[key]int{}, []Attendance{}
	for _, s := range e.subjects {
		e.turns(s, from, until, func(w *window) {
			k := key{s.entry.Office, w.DutyWindow}
			i, known := at[k]
			if !known {
				i, at[k] = len(list), len(list)
				list = append(list, Attendance{Office: k.office, DutyWindow: w.DutyWindow})
			}
			list[i].add(w.stands(now))
		})
	}
	slices.SortFunc(list, func(a, b Attendance) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Deadline, b.Deadline), cmp.Compare(a.Office, b.Office))
	})
	return list
}

func (a *Attendance) add(stands Answered) {
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
