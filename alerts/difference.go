package alerts

// Change names what happened to an alert, as the change feed and the outbox
// tell it.
type Change string

// Changes of an alert.
const (
	WasOpened       Change = "opened"
	WasUpdated      Change = "updated"
	WasEnded        Change = "ended" // the condition; the alert may stay open
	WasAcknowledged Change = "acknowledged"
	WasReturned     Change = "returned" // an acknowledgement timed out
	WasNoted        Change = "noted"
	WasAssigned     Change = "assigned"
	WasAttached     Change = "attached"
	WasEscalated    Change = "escalated"
	WasSnoozed      Change = "snoozed"
	WasWoken        Change = "woken"    // a snooze is over
	WasHeld         Change = "held"     // a legal hold, or its end
	WasDeclared     Change = "declared" // out of contact, absconding, or a grave incident
	WasClosed       Change = "closed"
	WasReopened     Change = "reopened"
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
		return WasEnded
	}
	return WasUpdated
}

func ofState(from, to State) Change {
	switch {
	case to == Closed:
		return WasClosed
	case from == Closed:
		return WasReopened
	case to == Acknowledged:
		return WasAcknowledged
	}
	return WasReturned
}

// ofEntry names what a line of the log did that left the state as it was.
func ofEntry(did ActionType) Change {
	switch did {
	case AddNote:
		return WasNoted
	case Assign:
		return WasAssigned
	case Attach:
		return WasAttached
	case Escalate, NextRung, NotifyFailed:
		return WasEscalated
	case PutOff:
		return WasSnoozed
	case Wake:
		return WasWoken
	case Hold, Release:
		return WasHeld
	case RequestIncident, DeclareLost, DeclareAbsconding:
		return WasDeclared
	}
	return WasUpdated
}
