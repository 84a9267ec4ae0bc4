package alerts

import (
	"bytes"
	"encoding/json"

	"correctiond/roster"
	"correctiond/rules"
)

// Observe turns the state of an episode into its alert: a new one when prev is
// nil, else prev with the newer episode. It reports whether anything changed.
// Prev is never modified. Ending is how episodes of this kind end; at is when
// the state became known.
//
// An unacknowledged alert closes by itself in two cases only: the condition of
// an Auto kind ended and the alert is not P1 (outcome recovered), or the
// episode was retracted and is P3 or P4 (outcome technical). Nothing reopens a
// closed alert here.
func Observe(prev *Alert, ep rules.Episode, ending rules.Ending, at roster.Instant) (Alert, bool) {
	if prev == nil {
		next := Alert{Episode: ep, State: Open, Version: 1}
		next.settle(ending, at)
		return next, true
	}
	if prev.State == Closed && ending == rules.ByPerson && ep.Ended == 0 {
		ep.Ended = prev.Episode.Ended
	}
	if sameEpisode(prev.Episode, ep) {
		return *prev, false
	}
	next := *prev
	next.Episode = ep
	next.Version++
	next.settle(ending, at)
	return next, true
}

func (a *Alert) settle(ending rules.Ending, at roster.Instant) {
	ep := &a.Episode
	switch {
	case a.State != Open:
	case ep.Retracted:
		if ep.Severity >= rules.P3 {
			a.close(Technical, System, at)
		}
	case ep.Ended != 0 && ending == rules.Auto && ep.Severity != rules.P1:
		a.close(Recovered, System, at)
	}
}

// sameEpisode compares the written forms: evidence that was stored and read
// again holds other Go types for the same numbers.
func sameEpisode(a, b rules.Episode) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Change names what happened to an alert, as the change feed and the outbox
// tell it.
type Change string

// Changes of an alert.
const (
	WasOpened       Change = "opened"
	WasUpdated      Change = "updated"
	WasEnded        Change = "ended" // the condition; the alert may stay open
	WasAcknowledged Change = "acknowledged"
	WasNoted        Change = "noted"
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
	case len(prev.Notes) < len(next.Notes):
		return WasNoted
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
	return WasUpdated
}
