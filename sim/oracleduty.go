package sim

import "correctiond/roster"

// missed finds the windows of the person's duty that passed without a counting
// check-in: one episode until one is answered; two in a row make contact
// suspect.
func (o *oracle) missed() {
	open, row := -1, 0
	var first roster.Instant
	for t := o.s.cfg.From; ; {
		w, ok := o.p.Duty.Next(t)
		if !ok || w.Deadline > o.s.cfg.Until {
			return
		}
		t = w.From + 1
		if !o.p.dutiful(window{w, true}) {
			continue
		}
		if at, ok := o.answer(w); ok {
			o.end(&open, at)
			row = 0
			continue
		}
		if row++; row == 1 {
			first = w.Until
		}
		if open < 0 {
			open = o.open("checkin-missed", "", w.Until)
		}
		if row == 2 {
			i := o.open("contact-suspect", "", first)
			o.found[i].opened = w.Deadline
			o.found[i].Ended = earliest(o.nextCheck(w.Deadline), o.p.scripts.foundAfter(w.Deadline))
		}
	}
}

// answer returns when a window was answered.
func (o *oracle) answer(w roster.DutyWindow) (roster.Instant, bool) {
	for i := range o.checks {
		if x := &o.checks[i]; x.t >= w.From && x.t < w.Until {
			return x.t, true
		}
	}
	return 0, false
}

// nextCheck returns the first counting check-in after t, 0 for none.
func (o *oracle) nextCheck(t roster.Instant) roster.Instant {
	for i := range o.checks {
		if o.checks[i].t > t {
			return o.checks[i].t
		}
	}
	return 0
}

// earliest of two times, of which 0 is none.
func earliest(a, b roster.Instant) roster.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// hugging looks for five of the last seven check-ins in the first ten minutes of
// their windows.
func (o *oracle) hugging() {
	open := -1
	var early []roster.Instant // of the last seven: when, 0 for one that is not early
	for i := range o.checks {
		at := o.checks[i].t
		w, ok := o.p.Duty.Next(at - 10*roster.Minute + 1)
		if !ok || w.From > at {
			at = 0
		}
		early = append(early[max(0, len(early)-6):], at)
		n, first := happened(early)
		switch {
		case n >= 5 && open < 0:
			open = o.open("clock-hugging", "", first)
		case n < 5:
			o.end(&open, o.checks[i].t)
		}
	}
}

// happened counts the instants that are not 0, and gives the first of them.
func happened(list []roster.Instant) (n int, first roster.Instant) {
	for _, t := range list {
		if t == 0 {
			continue
		}
		if n++; n == 1 {
			first = t
		}
	}
	return n, first
}
