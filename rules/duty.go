package rules

import (
	"cmp"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// ledger remembers a subject's roll-call windows and challenges with their
// answers, so that a check-in that arrives late can still answer.
type ledger struct {
	Windows    []window
	Challenges []challenge
	// Next: windows that begin before it are in the ledger.
	Next  roster.Instant
	Early []early
	// Contacts are counting check-ins and reached contacts, ascending.
	Contacts []roster.Instant
}

type window struct {
	roster.DutyWindow
	Answer roster.Instant // first counting check-in inside; 0: none
	// DeviceOnly: every answer rests on the password of a device alone.
	DeviceOnly bool
	// Counted: the metrics have it.
	Counted bool
}

type challenge struct {
	ID              string
	Device          roster.DeviceID
	Issued, Expires roster.Instant
	Answer          roster.Instant
}

// extend enters the windows that have begun by c.due.
func (l *ledger) extend(c *moment) {
	l.Next = l.reach(c)
	for {
		w, ok := c.s.entry.Duty.Next(l.Next)
		if !ok || w.From > c.due {
			return
		}
		l.Windows = append(l.Windows, window{DutyWindow: w})
		l.Next = w.From + 1
	}
}

// reach is where the windows begin that the ledger does not hold yet.
func (l *ledger) reach(c *moment) roster.Instant { return max(l.Next, c.s.Since, c.due-ledgerKept) }

// challenge enters one in the order of expiry.
func (l *ledger) challenge(ch challenge) {
	l.heed(&ch)
	i, _ := slices.BinarySearchFunc(l.Challenges, ch.Expires+1, func(c challenge, t roster.Instant) int { return cmp.Compare(c.Expires, t) })
	l.Challenges = slices.Insert(l.Challenges, i, ch)
}

// answer enters a counting check-in, which may answer a window and challenges.
func (l *ledger) answer(at roster.Instant, ev *event.Event) {
	only := ev.Check.DeviceOnly()
	for i := range l.Windows {
		if w := &l.Windows[i]; at >= w.From && at < w.Until {
			w.answer(at, only)
		}
	}
	a := early{ID: ev.Check.Challenge, At: at}
	if only {
		a.Device = ev.Device
	}
	for i := range l.Challenges {
		if ch := &l.Challenges[i]; a.answers(ch) {
			ch.answer(at)
		}
	}
	if a.ID != "" || a.Device != "" {
		l.Early = append(l.Early, a)
	}
	l.contact(at)
}

// answer enters a counting check-in of its time.
func (w *window) answer(at roster.Instant, deviceOnly bool) {
	w.DeviceOnly = deviceOnly && (w.Answer == 0 || w.DeviceOnly)
	if w.Answer == 0 || at < w.Answer {
		w.Answer = at
	}
}

// contact enters a sign that the person can be reached.
func (l *ledger) contact(at roster.Instant) {
	if i, dup := slices.BinarySearch(l.Contacts, at); !dup {
		l.Contacts = slices.Insert(l.Contacts, i, at)
	}
}

// reached is the first contact within [from, until]; until 0 means any later.
func (l *ledger) reached(from, until roster.Instant) roster.Instant {
	i, _ := slices.BinarySearch(l.Contacts, from)
	if i < len(l.Contacts) && (until == 0 || l.Contacts[i] <= until) {
		return l.Contacts[i]
	}
	return 0
}

// prune forgets what no late message can change any more: windows long past, up
// to one that was answered, so that a row of misses is kept whole.
func (l *ledger) prune(c *moment) {
	limit := c.due - ledgerKept
	n := 0
	for i := range l.Windows {
		if w := &l.Windows[i]; w.Until < limit && w.Answer != 0 {
			n = i + 1
		}
	}
	l.Windows = slices.Delete(l.Windows, 0, n)
	l.forgetChallenges(limit)
	if len(l.Windows) > 0 {
		limit = min(limit, l.Windows[0].From)
	}
	if len(l.Challenges) > 0 {
		limit = min(limit, l.Challenges[0].Expires)
	}
	i, _ := slices.BinarySearch(l.Contacts, limit)
	l.Contacts = slices.Delete(l.Contacts, 0, i)
}

// duty reports whether the subject had to check in during the window: it lies
// within the term, after reporting in, and no custody touches it.
func (c *moment) duty(w *window) bool {
	entry := c.s.entry
	if entry.Reported == 0 || entry.Reported > w.From || w.From < c.s.Since {
		return false
	}
	return c.owed(roster.Interval{From: w.From, End: w.Until})
}

// deadline is the next one of a window or a challenge after c.due.
func (c *moment) deadline() roster.Instant {
	l := &c.s.Duty
	var next roster.Instant
	for i := range l.Windows {
		if w := &l.Windows[i]; w.Answer == 0 {
			next = earlier(next, c.after(w.Deadline))
		}
	}
	for _, ch := range l.Challenges {
		next = earlier(next, c.after(ch.Expires))
	}
	if end := c.s.entry.Term.End; c.s.entry.Reported != 0 && (end == 0 || end > c.due) {
		if w, ok := c.s.entry.Duty.Next(l.Next); ok {
			next = earlier(next, w.Deadline)
		}
	}
	return next
}
