package rules

import (
	"slices"

	"correctiond/roster"
)

// ContactSuspect is the suspicion that a person cannot be reached (社区矫正法
// Article 30): two windows, or two challenges, in a row without an answer.
const ContactSuspect Kind = "contact-suspect"

func contactSuspectInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ContactSuspect, Label: Text{"疑似失联", "possibly out of contact"}, Ending: ByEvent, Basis: "法30"},
		describe: plainly(Text{"连续未应答点名或抽查，请电话核实", "roll-calls or challenges unanswered in a row; call to verify"}),
	}
}

// miss is one duty without an answer, or with one.
type miss struct {
	at, deadline roster.Instant // the duty's end, and when an answer must have arrived
	answered     bool
}

func contactSuspect(c *moment) []run {
	var room [24]miss // a week of three a day
	var challenges []miss
	windows := room[:0]
	for i := range c.s.Duty.Windows {
		if w := &c.s.Duty.Windows[i]; c.duty(w) && (w.Answer != 0 || w.Deadline <= c.due) {
			windows = append(windows, miss{w.Until, w.Deadline, w.Answer != 0})
		}
	}
	for i := range c.s.Duty.Challenges {
		if ch := &c.s.Duty.Challenges[i]; c.challenged(ch) && (ch.Answer != 0 || ch.Expires <= c.due) {
			challenges = append(challenges, miss{ch.Expires, ch.Expires, ch.Answer != 0})
		}
	}
	runs := c.suspects(windows)
	for _, r := range c.suspects(challenges) {
		if !slices.ContainsFunc(runs, func(o run) bool { return overlaps(&o, &r) }) {
			runs = append(runs, r)
		}
	}
	return runs
}

// suspects finds rows of misses that no contact interrupts. A contact between
// the first miss and the last deadline shows that the person can be reached.
func (c *moment) suspects(misses []miss) []run {
	var runs []run
	var first, quiet roster.Instant // start of the row; nothing is judged before quiet
	n := 0
	for _, m := range misses {
		if m.at < quiet {
			continue
		}
		if n > 0 && c.s.Duty.reached(first, m.at-1) != 0 {
			n = 0
		}
		if m.answered || c.s.Duty.reached(m.at, m.deadline) != 0 {
			n = 0
			continue
		}
		if n++; n == 1 {
			first = m.at
		}
		if n < c.cfg().Contact.SuspectMisses {
			continue
		}
		ended := c.s.Duty.reached(m.deadline, 0)
		runs = append(runs, run{
			Kind: ContactSuspect, Key: string(c.s.entry.ID), Started: first, Ended: ended, Count: 1, Steps: []Severity{P2},
		})
		if ended == 0 {
			break
		}
		n, quiet = 0, ended
	}
	return runs
}
