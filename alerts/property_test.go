package alerts_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Whatever is observed and done, in whatever order: the alert stays in a legal
// state, its version counts the changes, what people did is never overwritten,
// and only a person or a rule closes or reopens it.
func TestNoSequenceReachesAnIllegalState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ending := rapid.SampledFrom([]rules.Ending{rules.Auto, rules.ByEvent, rules.ByPerson}).Draw(t, "ending")
		kind := rapid.SampledFrom([]rules.Kind{"area-exit", "strap-tamper"}).Draw(t, "kind")
		cur, _ := alerts.Observe(nil, drawEpisode(t, kind), ending, morning)
		legal(t, &cur, ending)
		clock := morning
		for range rapid.IntRange(0, 15).Draw(t, "steps") {
			clock += roster.Minute * roster.Instant(rapid.SampledFrom([]int{0, 1, 30, 121, 481}).Draw(t, "later"))
			var did alerts.ActionType // empty: observed
			next, changed := cur, false
			if rapid.Bool().Draw(t, "observe") {
				next, changed = alerts.Observe(&cur, drawEpisode(t, kind), ending, clock)
			} else {
				a := drawAction(t, &cur, clock)
				did = a.Type
				var err error
				next, err = alerts.Act(cur, ending, a)
				changed = err == nil
			}
			follows(t, &cur, &next, did, changed)
			legal(t, &next, ending)
			cur = next
		}
	})
}

func drawEpisode(t *rapid.T, kind rules.Kind) rules.Episode {
	ep := episode(kind, rules.Severity(rapid.IntRange(1, 4).Draw(t, "severity")))
	ep.Count = rapid.IntRange(1, 3).Draw(t, "count")
	if rapid.Bool().Draw(t, "ended") {
		ep.Ended = morning + roster.Hour*roster.Instant(rapid.IntRange(0, 20).Draw(t, "end"))
		ep.Retracted = rapid.Bool().Draw(t, "retracted")
	}
	return ep
}

func drawAction(t *rapid.T, cur *alerts.Alert, at roster.Instant) alerts.Action {
	a := alerts.Action{
		Type: rapid.SampledFrom([]alerts.ActionType{
			alerts.Ack, alerts.AddNote, alerts.Close, alerts.Reopen, alerts.Assign, alerts.Attach, alerts.Escalate,
			alerts.PutOff, alerts.RequestIncident, alerts.DeclareLost, alerts.DeclareAbsconding, alerts.AckTimeout, alerts.Wake, "?",
		}).Draw(t, "type"),
		By:      rapid.SampledFrom([]string{"", "F1", alerts.System}).Draw(t, "by"),
		At:      at,
		Version: rapid.SampledFrom([]int{0, cur.Version, cur.Version + 1}).Draw(t, "version"),
		Outcome: rapid.SampledFrom([]alerts.Outcome{"", alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Recovered}).Draw(t, "outcome"),
		Reason:  rapid.SampledFrom([]string{"", "已核", "已经核实"}).Draw(t, "reason"),
		Text:    rapid.SampledFrom([]string{"", "已查验"}).Draw(t, "text"),
		Officer: rapid.SampledFrom([]roster.OfficerID{"", "F1", "F2"}).Draw(t, "officer"),
		Until:   at + roster.Hour*roster.Instant(rapid.IntRange(0, 25).Draw(t, "until")),
		// A closing that is only repeated needs no evidence.
		Recorded: rapid.Bool().Draw(t, "recorded"),
	}
	if a.Type == alerts.AckTimeout || a.Type == alerts.Wake {
		a.By = alerts.System
	}
	if rapid.Bool().Draw(t, "more") {
		a.File, a.From = photo(), &roster.Date{Day: "2026-03-01"}
	}
	return a
}

// follows holds one change to what every change must keep.
func follows(t *rapid.T, cur, next *alerts.Alert, did alerts.ActionType, changed bool) {
	if grown := next.Version - cur.Version; changed && grown != 1 || !changed && grown != 0 {
		t.Fatalf("version %d became %d, changed %v", cur.Version, next.Version, changed)
	}
	if n := len(cur.Log); len(next.Log) < n || n > 0 && !reflect.DeepEqual(next.Log[:n], cur.Log) {
		t.Fatalf("the log lost something:\n%+v\n%+v", cur.Log, next.Log)
	}
	if changed && did != "" && len(next.Log) == len(cur.Log) {
		t.Fatalf("%s left no trace", did)
	}
	if did != alerts.Reopen && cur.State == alerts.Closed && (next.State != alerts.Closed || next.Outcome != cur.Outcome) {
		t.Fatalf("%q made a closed alert %s %s", did, next.State, next.Outcome)
	}
	if did == "" { // the rules saw something
		observed(t, cur, next)
	} else if !sameButEnd(cur.Episode, next.Episode, did) {
		t.Fatalf("%s changed what happened", did)
	}
}

// observed: an episode may close an alert that nobody took on; nothing else of
// what people did changes.
func observed(t *rapid.T, cur, next *alerts.Alert) {
	after := *next
	if cur.State == alerts.Open && next.State == alerts.Closed {
		after.State, after.Outcome, after.Closed, after.Log = cur.State, cur.Outcome, cur.Closed, cur.Log
		after.Snoozed = cur.Snoozed
	}
	if next.Episode.Severity <= rules.P2 {
		after.Snoozed = cur.Snoozed
	}
	after.Episode, after.Version = cur.Episode, cur.Version
	if !reflect.DeepEqual(after, *cur) {
		t.Fatalf("an episode changed the handling:\n%+v\n%+v", cur, next)
	}
}

// sameButEnd: of an episode, an action changes the end only, and only by closing.
func sameButEnd(a, b rules.Episode, did alerts.ActionType) bool {
	if did == alerts.Close {
		a.Ended = b.Ended
	}
	return reflect.DeepEqual(a, b)
}

func legal(t *rapid.T, a *alerts.Alert, ending rules.Ending) {
	isClosed := a.State == alerts.Closed
	switch {
	case a.State != alerts.Open && a.State != alerts.Acknowledged && !isClosed:
		t.Fatalf("state %q", a.State)
	case isClosed != (a.Closed != nil) || isClosed != (a.Outcome != ""):
		t.Fatalf("%s with outcome %q and stamp %v", a.State, a.Outcome, a.Closed)
	case a.State == alerts.Acknowledged && a.Acknowledged == nil || a.State == alerts.Open && a.Acknowledged != nil:
		t.Fatalf("%s with %v", a.State, a.Acknowledged)
	case a.Outcome == alerts.Recovered && (ending != rules.Auto || a.Acknowledged != nil || a.Closed.By != alerts.System):
		t.Fatalf("recovered: ending %d, %+v", ending, a)
	case isClosed && a.Closed.By == alerts.System && a.Outcome != alerts.Recovered && a.Outcome != alerts.Technical:
		t.Fatalf("the system closed as %s", a.Outcome)
	case a.Snoozed != nil && (isClosed || a.Episode.Severity <= rules.P2):
		t.Fatalf("a %s %s is snoozed", a.State, a.Episode.Severity)
	case isClosed && a.Next().At != 0:
		t.Fatalf("a closed alert waits for %+v", a.Next())
	}
}

// What is stored and read again is the same alert.
func TestAnAlertSurvivesItsWrittenForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cur, _ := alerts.Observe(nil, drawEpisode(t, "area-exit"), rules.ByEvent, morning)
		cur.Episode.Evidence = nil // numbers come back as others
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			cur, _ = alerts.Act(cur, rules.ByEvent, drawAction(t, &cur, morning+roster.Hour))
		}
		text, err := json.Marshal(cur)
		if err != nil {
			t.Fatal(err)
		}
		var back alerts.Alert
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, cur) || back.Next() != cur.Next() {
			t.Fatalf("got %+v, want %+v", back, cur)
		}
	})
}
