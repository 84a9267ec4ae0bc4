package ingest

import (
	"slices"
	"time"
)

// A connection that the broker ends within rivalLife of its log-in counts; three
// of them within rivalSpan are suspicious, since nobody is refused meanwhile. The
// suspicion ends when a connection has lasted for rivalCalm: paho tries again
// after 8 seconds at most while the same goes on.
const (
	rivalLife  = 30 * time.Second
	rivalSpan  = time.Minute
	rivalCalm  = 30 * time.Second
	rivalCount = 3
)

// rivals tells from the fate of connections whether another client uses our
// client id. The zero value has seen nothing.
type rivals struct {
	since     time.Time   // when the last connection was accepted
	short     []time.Time // when short ones ended, within rivalSpan
	suspected bool
}

// accepted is told of a log-in.
func (r *rivals) accepted(now time.Time) {
	if r.suspected && now.Sub(r.since) > rivalSpan {
		*r = rivals{}
	}
	r.since = now
}

// ended is told that the open connection has ended. It reports whether that adds
// to a suspicion.
func (r *rivals) ended(now time.Time) bool {
	r.short = slices.DeleteFunc(r.short, func(at time.Time) bool { return now.Sub(at) > rivalSpan })
	if now.Sub(r.since) > rivalLife {
		r.suspected = false
		return false
	}
	r.short = append(r.short, now)
	r.suspected = len(r.short) >= rivalCount
	return r.suspected
}

// suspects tells whether another client seems to be there now.
func (r *rivals) suspects(now time.Time) bool {
	return r.suspected && now.Sub(r.since) < rivalCalm
}
