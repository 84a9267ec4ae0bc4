package delivery

import (
	"math"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// How failed letters are tried again.
const (
	shortest  = 2 * roster.Second
	longest   = 10 * roster.Minute
	patience  = roster.Day    // from the first attempt on
	limitedBy = roster.Minute // at least, where the receiver does not say how long
)

// try is an attempt that failed.
type try struct {
	n     int            // of the notice, 1, 2, 3 …
	first roster.Instant // when the first one began
	ended roster.Instant
	why   *notice.SendError
}

// after decides what becomes of a notice; random in [0, 1) spreads the load.
// What is refused fails at once, what does not arrive for a day fails then. Who
// gets too much gets it later: that alone is no failure.
func after(t try, random float64) notice.Fate {
	spared := t.ended + roster.Length(t.why.After)
	switch t.why.Failing {
	case notice.Refused:
		return notice.Fate{State: notice.Failed}
	case notice.Limited:
		if t.why.After <= 0 {
			spared = t.ended + max(limitedBy, backoff(t.n, random))
		}
		return notice.Fate{State: notice.Pending, Due: spared}
	}
	last := t.first + patience
	if t.ended >= last {
		return notice.Fate{State: notice.Failed}
	}
	return notice.Fate{State: notice.Pending, Due: max(min(t.ended+backoff(t.n, random), last), spared)}
}

// backoff doubles from attempt to attempt, and is between shortest and longest.
func backoff(n int, random float64) roster.Instant {
	least := min(float64(shortest)*math.Pow(2, float64(max(n, 1)-1)), float64(longest)/2)
	return roster.Instant(least * (1 + random))
}
