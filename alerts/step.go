package alerts

import (
	"correctiond/roster"
	"correctiond/rules"
)

// How long an acknowledged alert may be without a note or file from then on.
const (
	patienceP1 = 2 * roster.Hour
	patienceP2 = 8 * roster.Hour
)

// Step is what the system does with an alert by itself, and when. The store
// keeps At in a column of its own, and whoever finds it due journals the action:
// a step waits in no memory, and is never lost.
type Step struct {
	Do ActionType // AckTimeout or Wake
	At roster.Instant
}

// Next is the step that comes first; the zero Step: there is none.
func (a *Alert) Next() Step {
	timeout, wake := a.timeout(), a.waking()
	if timeout.At != 0 && (wake.At == 0 || timeout.At <= wake.At) {
		return timeout
	}
	return wake
}

// timeout is when the acknowledgement ends because nobody noted anything.
func (a *Alert) timeout() Step {
	limit := patienceP2
	switch a.Episode.Severity {
	case rules.P1:
		limit = patienceP1
	case rules.P2:
	default:
		return Step{}
	}
	if a.State != Acknowledged || a.workedOn() {
		return Step{}
	}
	return Step{Do: AckTimeout, At: max(a.Acknowledged.At, a.urgentSince()) + limit}
}

// workedOn reports whether a note or a file came after the acknowledgement.
func (a *Alert) workedOn() bool {
	for i := len(a.Log) - 1; i >= 0 && a.Log[i].Did != Ack; i-- {
		if a.Log[i].evidence() {
			return true
		}
	}
	return false
}

// urgentSince is when the alert got its severity: who acknowledged a lesser one
// has the whole time from then on.
func (a *Alert) urgentSince() (at roster.Instant) {
	last := rules.Severity(0)
	for _, s := range a.Episode.History {
		if s.Severity != last {
			last, at = s.Severity, s.At
		}
	}
	return at
}

func (a *Alert) waking() Step {
	if a.Snoozed == nil {
		return Step{}
	}
	return Step{Do: Wake, At: a.Snoozed.Until}
}

// step carries out what is due. What was overtaken, by a note or a closing, is a
// conflict and changes nothing.
func (a *Alert) step(by *Action) error {
	due := a.timeout()
	if by.Type == Wake {
		due = a.waking()
	}
	if due.At == 0 || due.At > by.At {
		return conflict(a, "has no such step due")
	}
	if by.Type == Wake {
		a.Snoozed = nil
	} else {
		stamp := by.stamp()
		a.State, a.Acknowledged = Open, nil
		a.Escalated, a.Returned = &stamp, by.At
	}
	a.enter(by.entry())
	return nil
}
