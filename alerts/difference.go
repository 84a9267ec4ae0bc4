package alerts

// Change names what happened to an alert, as the change feed and the outbox
// tell it.
type Change string

// Changes of an alert: those that others than their readers tell apart are exported.
const (
	WasOpened       Change = "opened"
	wasUpdated      Change = "updated"
	wasEnded        Change = "ended" // the condition; the alert may stay open
	WasAcknowledged Change = "acknowledged"
	wasReturned     Change = "returned" // an acknowledgement timed out
	wasNoted        Change = "noted"
	wasAssigned     Change = "assigned"
	wasAttached     Change = "attached"
	wasEscalated    Change = "escalated"
	wasSnoozed      Change = "snoozed"
	wasWoken        Change = "woken"    // a snooze is over
	wasHeld         Change = "held"     // a legal hold, or its end
	wasDeclared     Change = "declared" // out of contact, absconding, or a grave incident
	WasClosed       Change = "closed"
	wasReopened     Change = "reopened"
)

// Difference names the change from prev (nil: there was none) to next. Where
// several happened at once, what a person must know first is named: the opening
// before the closing, the closing before the rest.
func Difference(prev *Alert, next *Alert) Change {
	switch {
	case prev == nil:
		return WasOpened
	case prev.State != next.State:
		return ofState(prev.State, next.State)
	case len(prev.Log) < len(next.Log):
		return ofEntry(next.Log[len(next.Log)-1].Did)
	case prev.Episode.Ended == 0 && next.Episode.Ended != 0:
		return wasEnded
	}
	return wasUpdated
}

func ofState(from, to State) Change {
	switch {
	case to == Closed:
		return WasClosed
	case from == Closed:
		return wasReopened
	case to == Acknowledged:
		return WasAcknowledged
	}
	return wasReturned
}

// ofEntry names what a line of the log did that left the state as it was.
func ofEntry(did ActionType) Change {
	switch did {
	case AddNote:
		return wasNoted
	case Assign:
		return wasAssigned
	case Attach:
		return wasAttached
	case Escalate, NextRung, NotifyFailed:
		return wasEscalated
	case PutOff:
		return wasSnoozed
	case Wake:
		return wasWoken
	case Hold, Release:
		return wasHeld
	case RequestIncident, DeclareLost, DeclareAbsconding:
		return wasDeclared
	}
	return wasUpdated
}
