package alerts

import (
	"cmp"
	"slices"
)

// Backfill writes the log of an alert that was stored before logs were kept,
// from its stamps and its notes. One that has a log stays as it is.
func (a *Alert) Backfill(notes []Note) {
	if len(a.Log) > 0 {
		return
	}
	if a.Acknowledged != nil {
		a.Log = append(a.Log, Entry{Stamp: *a.Acknowledged, Did: Ack})
	}
	for _, n := range notes {
		a.Log = append(a.Log, Entry{Stamp: n.Stamp, Did: AddNote, Text: n.Text, About: n.About})
	}
	slices.SortStableFunc(a.Log, func(x, y Entry) int { return cmp.Compare(x.At, y.At) })
	if a.Closed != nil {
		a.Log = append(a.Log, Entry{Stamp: *a.Closed, Did: Close, Outcome: a.Outcome, Reason: a.CloseReason})
	}
}
