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
	Do ActionType // AckTimeout, Wake or NextRung
	At roster.Instant
}

// Next is the step that comes first; the zero Step: there is none.
func (a *Alert) Next() Step {
	var first Step
	for _, s := range []Step{a.timeout(), a.waking(), a.climbing()} {
		if s.At != 0 && (first.At == 0 || s.At < first.At) {
			first = s
		}
	}
	return first
}

// climbing is when the next rung of the chain is due.
func (a *Alert) climbing() Step {
	if a.Escalation == nil || a.Escalation.Next == 0 || !a.waits() {
		return Step{}
	}
	return Step{Do: NextRung, At: a.Escalation.Next}
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
	if !a.due(by) {
		return conflict(a, "has no such step due")
	}
	stamp := by.stamp()
	switch {
	case by.Type == Wake:
		a.Snoozed = nil
	case by.Type == AckTimeout:
		a.State, a.Acknowledged = Open, nil
		a.Escalated, a.Returned = &stamp, by.At
	case a.Escalation.Rung > 0:
		a.Escalated = &stamp
	}
	a.enter(by.entry())
	return nil
}

// due tells whether the alert waits for an action of the system. What a silence
// holds back may go before its time: somebody ended the silence.
func (a *Alert) due(by *Action) bool {
	step := map[ActionType]func() Step{AckTimeout: a.timeout, Wake: a.waking, NextRung: a.climbing}[by.Type]
	switch {
	case by.Type == NotifyFailed:
		return a.Escalation != nil && a.waits()
	case by.Type == NextRung && a.Escalation != nil && a.Escalation.Held && a.waits():
		return true
	}
	at := step().At
	return at != 0 && at <= by.At
}
