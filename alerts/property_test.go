package alerts_test

import (
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Whatever is observed and done, in whatever order: the alert stays in a legal
// state, its version counts the changes, and the system closes only what it may.
func TestNoSequenceReachesAnIllegalState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ending := rapid.SampledFrom([]rules.Ending{rules.Auto, rules.ByEvent, rules.ByPerson}).Draw(t, "ending")
		kind := rapid.SampledFrom([]rules.Kind{"area-exit", "strap-tamper"}).Draw(t, "kind")
		ep := drawEpisode(t, kind)
		cur, _ := alerts.Observe(nil, ep, ending, morning)
		legal(t, &cur, ending)
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			next, changed := step(t, cur, ending)
			if grown := next.Version - cur.Version; changed && grown != 1 || !changed && grown != 0 {
				t.Fatalf("version %d became %d, changed %v", cur.Version, next.Version, changed)
			}
			if cur.State == alerts.Closed && (next.State != alerts.Closed || next.Outcome != cur.Outcome) {
				t.Fatalf("a closed alert became %s %s", next.State, next.Outcome)
			}
			cur = next
			legal(t, &cur, ending)
		}
	})
}

func drawEpisode(t *rapid.T, kind rules.Kind) rules.Episode {
	ep := episode(kind, rules.Severity(rapid.IntRange(1, 4).Draw(t, "severity")))
	ep.Count = rapid.IntRange(1, 3).Draw(t, "count")
	if rapid.Bool().Draw(t, "ended") {
		ep.Ended = morning + roster.Instant(rapid.IntRange(1, 3).Draw(t, "end"))
		ep.Retracted = rapid.Bool().Draw(t, "retracted")
	}
	return ep
}

func step(t *rapid.T, cur alerts.Alert, ending rules.Ending) (alerts.Alert, bool) {
	at := morning + roster.Instant(rapid.IntRange(1, 1000).Draw(t, "at"))
	if rapid.Bool().Draw(t, "observe") {
		return alerts.Observe(&cur, drawEpisode(t, cur.Episode.Kind), ending, at)
	}
	next, err := alerts.Act(cur, ending, alerts.Action{
		Type:     rapid.SampledFrom([]alerts.ActionType{alerts.Ack, alerts.AddNote, alerts.Close, "?"}).Draw(t, "type"),
		By:       rapid.SampledFrom([]string{"", "F1", alerts.System}).Draw(t, "by"),
		At:       at,
		Version:  rapid.SampledFrom([]int{0, cur.Version, cur.Version + 1}).Draw(t, "version"),
		Outcome:  rapid.SampledFrom([]alerts.Outcome{"", alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Recovered}).Draw(t, "outcome"),
		Reason:   rapid.SampledFrom([]string{"", "已核", "已经核实"}).Draw(t, "reason"),
		Recorded: rapid.Bool().Draw(t, "recorded"),
		Text:     rapid.SampledFrom([]string{"", "已查验"}).Draw(t, "text"),
	})
	return next, err == nil
}

func legal(t *rapid.T, a *alerts.Alert, ending rules.Ending) {
	isClosed := a.State == alerts.Closed
	switch {
	case a.State != alerts.Open && a.State != alerts.Acknowledged && !isClosed:
		t.Fatalf("state %q", a.State)
	case isClosed != (a.Closed != nil) || isClosed != (a.Outcome != ""):
		t.Fatalf("%s with outcome %q and stamp %v", a.State, a.Outcome, a.Closed)
	case a.State == alerts.Acknowledged && a.Acknowledged == nil:
		t.Fatalf("acknowledged by nobody")
	case a.Outcome == alerts.Recovered && (ending != rules.Auto || a.Acknowledged != nil || a.Closed.By != alerts.System):
		t.Fatalf("recovered: ending %d, %+v", ending, a)
	case isClosed && a.Closed.By == alerts.System && a.Outcome != alerts.Recovered && a.Outcome != alerts.Technical:
		t.Fatalf("the system closed as %s", a.Outcome)
	}
}
