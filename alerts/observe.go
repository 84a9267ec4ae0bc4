package alerts

import (
	"bytes"
	"encoding/json"

	"correctiond/alerts/duty"
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
// episode was retracted and is P3 or P4 (outcome technical). One that came back
// to be open waits for a person unless its condition ended after that. Nothing
// reopens a closed alert here, and what became urgent is not snoozed any more.
func Observe(prev *Alert, ep rules.Episode, ending rules.Ending, at roster.Instant) (Alert, bool) {
	if prev == nil {
		next := Alert{Episode: ep, State: Open, Version: 1}
		next.settle(ending, at)
		return next, true
	}
	if (prev.State == Closed || prev.Returned != 0) && ending == rules.ByPerson && ep.Ended == 0 {
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
	if a.Snoozed != nil && ep.Severity <= rules.P2 {
		a.Snoozed = nil
	}
	by := Entry{Stamp: duty.Stamp{By: System, At: at}}
	switch {
	case a.State != Open:
	case ep.Retracted:
		if ep.Severity >= rules.P3 && a.Returned == 0 {
			by.Outcome = Technical
			a.close(by)
		}
	case ep.Ended > a.Returned && ending == rules.Auto && ep.Severity != rules.P1:
		by.Outcome = Recovered
		a.close(by)
	}
}

// sameEpisode compares the written forms: evidence that was stored and read
// again holds other Go types for the same numbers.
func sameEpisode(a, b rules.Episode) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
