package alerts_test

import (
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// playBoth plays a case as it stands, and with a restart after every change.
func playBoth(t *testing.T, script string) {
	t.Helper()
	newPlayer(t).play(script)
	restarted := newPlayer(t)
	restarted.stored = written(t)
	restarted.play(script)
}

// Case 26: an acknowledgement that comes with a rung, or while one waits, stops
// what has not been sent; closing does, too.
func TestCase26AcknowledgingRacesEscalating(t *testing.T) {
	playBoth(t, `
		team
		day 2026-03-02
		08:00 episode a1 P1 no-contact
		08:15 ack a1 by F1
		between 08:01..10:00 a1 nobody
		09:01 episode a2 P3 area-exit
		09:10 ack a2 by F1
		between 09:00..03-04T09:00 a2 nobody
		09:01 episode a3 P3 area-exit
		09:10 close a3 by F1 outcome=excused
		between 09:00..03-04T09:00 a3 nobody
		08:00 episode a4 P1 no-contact
		08:14:59 ack a4 by F1
		08:15 refuse next_rung a4 by system conflict
		08:15:01 refuse ack a4 by F2 conflict
		between 08:01..10:00 a4 nobody
		08:00 episode a5 P2 area-exit
		08:59:59 end a5
		09:00 close a5 by F1 outcome=confirmed reason=seen_it text=there
		between 09:00..23:00 a5 closed F1`)
}

// Case 27: an acknowledgement without a note ends, and the chain goes on with the
// next rung, again and again.
func TestCase27AcknowledgementsTimeOut(t *testing.T) {
	playBoth(t, `
		team
		08:00 episode a1 P1 no-contact
		08:05 ack a1 by F1
		between 10:05..10:06 a1 returned F1 H1 D1 D2
		between 10:20..10:21 a1 escalated D1 D2
		10:21 ack a1 by D1
		between 10:22..12:21 a1 nobody
		between 12:21..12:22 a1 returned F1 D1 D2
		between 12:51..12:52 a1 repeated D1 D2
		12:55 ack a1 by D2
		13:00 note a1 by D2 text=on_the_way
		between 12:55..23:00 a1 nobody`)
}

// Case 28: stopped in the evening and started in the night, what waits for working
// hours goes in the morning, at the minute.
func TestCase28RestartInsideAPauseContinuesOnTime(t *testing.T) {
	playBoth(t, `
		team
		asleep 18:00..03-03T03:00
		16:00 episode a1 P3 area-exit
		between 16:00..16:01 a1 opened F1
		between 16:01..03-03T15:00 a1 nobody
		between 03-03T15:00..03-03T15:01 a1 escalated H1
		17:50 episode a2 P3 area-exit
		between 17:50..03-03T08:30 a2 nobody
		between 03-03T08:30..03-03T08:31 a2 opened F1
		17:50 episode a3 P4 battery-low
		between 17:50..03-03T08:30 a3 nobody
		between 03-03T08:30..03-03T08:31 a3 digest F1`)
}

// Case 29: a clock that jumps takes each rung once; a hand-over at midnight, a
// holiday and a Saturday that is worked hold to the minute.
func TestCase29ClockRotaAndCalendar(t *testing.T) {
	playBoth(t, `
		team
		holiday 2026-03-03
		workday 2026-03-07
		shift duty 08:00..03-03T00:00 D1
		shift duty 03-03T00:00..03-08T08:00 D2
		asleep 09:05..10:05
		09:00 episode a1 P1 no-contact
		between 09:01..10:05 a1 nobody
		between 10:05..10:06 a1 escalated H1 D1 D1 D2
		between 10:06..10:35 a1 nobody
		23:44 episode a2 P1 no-contact
		23:45 episode a3 P1 no-contact
		between 23:59..03-03T00:00 a2 escalated H1 D1
		between 03-03T00:00..03-03T00:01 a3 escalated H1 D2
		18:00 episode a4 P3 area-exit
		between 18:00..03-04T08:30 a4 nobody
		between 03-04T08:30..03-04T08:31 a4 opened F1
		03-06T18:00 episode a5 P3 area-exit
		between 03-06T18:00..03-07T08:30 a5 nobody
		between 03-07T08:30..03-07T08:31 a5 opened F1`)
}

// Case 30: what is over before it would have been told is told all the same.
func TestCase30WhatIsShorterThanTheWaitIsReported(t *testing.T) {
	playBoth(t, `
		team
		09:01 episode a1 P3 position-lost
		09:02 end a1
		09:03 want a1 closed recovered ended
		between 09:01..09:15 a1 nobody
		between 09:15..09:16 a1 opened F1
		between 09:16..03-04T20:00 a1 nobody
		20:00 episode a2 P4 battery-low
		20:01 end a2
		20:02 want a2 closed recovered ended
		between 20:00..03-03T08:30 a2 nobody
		between 03-03T08:30..03-03T08:31 a2 digest F1
		08:00 episode a3 P2 position-lost
		08:00:01 end a3
		between 08:00..08:01 a3 any F1 F1`)
}

// An alert that was urgent, was put off while it was not, and is urgent again begins
// its chain, although that severity has had its first rung.
func TestUrgentAgainEndsTheSnooze(t *testing.T) {
	policy := &alerts.Policy{Chains: duty.DefaultChains(), Hours: hoursOf(t)}
	a := opened(episode("device-offline", rules.P2), rules.ByEvent)
	policy.Follow(nil, &a, morning)
	change := func(next alerts.Alert) []alerts.Round {
		rounds := policy.Follow(&a, &next, morning+roster.Minute)
		a = next
		return rounds
	}
	seen := func(sev rules.Severity) alerts.Alert {
		next, _ := alerts.Observe(&a, episode("device-offline", sev), rules.ByEvent, morning+roster.Minute)
		return next
	}
	change(seen(rules.P3))
	change(acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.PutOff, By: "F1", Reason: "charging", Until: morning + 2*roster.Hour}))
	rounds := change(seen(rules.P2))
	if len(rounds) != 1 || rounds[0].Why != notice.ToEscalate || a.Next().At != morning+roster.Minute+roster.Hour {
		t.Errorf("told %+v, next %+v", rounds, a.Next())
	}
}

// An alert that was stored before there were chains begins its own at its next
// change, unless somebody has taken it on.
func TestAlertsWithoutAChainBeginOne(t *testing.T) {
	policy := &alerts.Policy{Chains: duty.DefaultChains(), Hours: hoursOf(t)}
	old := opened(episode("area-exit", rules.P2), rules.ByEvent)
	noted := acted(t, old, rules.ByEvent, alerts.Action{Type: alerts.AddNote, By: "F1", Text: "x"})
	rounds := policy.Follow(&old, &noted, morning)
	if len(rounds) != 1 || rounds[0].Why != notice.ToOpen || noted.Next() != (alerts.Step{Do: alerts.NextRung, At: morning + roster.Hour}) {
		t.Errorf("told %+v, next %+v", rounds, noted.Next())
	}
	taken := acted(t, old, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1"})
	if rounds := policy.Follow(&old, &taken, morning); len(rounds) != 0 || taken.Escalation.Next != 0 {
		t.Errorf("acknowledged: told %+v", rounds)
	}
	if old.Escalation != nil || old.Unreached(0) {
		t.Error("the alert before the change has changed")
	}
}

// Whatever is observed and done: an alert that waits for people has a next step,
// no other has one for its chain, and every round has a number of its own.
func TestNoStepIsEverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := &alerts.Policy{Chains: duty.DefaultChains(), Hours: hoursOf(t)}
		until := morning + roster.Hour*roster.Instant(rapid.IntRange(0, 40).Draw(t, "silence"))
		policy.Silenced = func(a *alerts.Alert, at roster.Instant) roster.Instant {
			if at < until && a.Episode.Severity != rules.P1 {
				return until
			}
			return 0
		}
		clock, round := morning, 0
		cur, _ := alerts.Observe(nil, drawEpisode(t, "area-exit"), rules.Auto, clock)
		rounds := policy.Follow(nil, &cur, clock)
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			round = numbered(t, rounds, round, clock)
			onItsWay(t, &cur, clock)
			var next alerts.Alert
			var changed bool
			clock, next, changed = anything(t, &cur, clock)
			if rounds = nil; changed {
				rounds = policy.Follow(&cur, &next, clock)
			}
			cur = next
		}
		numbered(t, rounds, round, clock)
		onItsWay(t, &cur, clock)
	})
}

func hoursOf(t interface{ Fatal(...any) }) *duty.Hours {
	h, err := duty.NewHours(roster.NewCalendar(shanghai), "08:30", "17:30", []string{"mon", "tue", "wed", "thu", "fri"}, duty.Workdays{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// anything lets the next step happen, or something else before it.
func anything(t *rapid.T, cur *alerts.Alert, clock roster.Instant) (roster.Instant, alerts.Alert, bool) {
	step := cur.Next()
	switch what := rapid.SampledFrom([]string{"step", "step", "see", "act"}).Draw(t, "what"); {
	case what == "step" && step.At != 0:
		clock = max(clock, step.At) + roster.Instant(rapid.SampledFrom([]int{0, 900, 3_600_000, 200_000_000}).Draw(t, "late"))
		next, err := alerts.Act(*cur, rules.Auto, alerts.Action{Type: step.Do, By: alerts.System, At: clock})
		if err != nil {
			t.Fatalf("the step %+v is refused: %v", step, err)
		}
		return clock, next, true
	case what == "see":
		next, changed := alerts.Observe(cur, drawEpisode(t, "area-exit"), rules.Auto, clock)
		return clock, next, changed
	}
	clock += roster.Minute
	next, err := alerts.Act(*cur, rules.Auto, drawAction(t, cur, clock))
	return clock, next, err == nil
}

// onItsWay: what waits for people has a step to come, a P4 within a day, and no
// step of the chain is older than the clock.
func onItsWay(t *rapid.T, a *alerts.Alert, clock roster.Instant) {
	waits := a.State == alerts.Open && a.Snoozed == nil
	next := a.Escalation.Next
	switch {
	case waits != (next != 0):
		t.Fatalf("a %s alert, put off %v, waits until %d", a.State, a.Snoozed != nil, next)
	case waits && next > clock+8*roster.Day:
		t.Fatalf("the next step is %s away", (next - clock).Duration())
	case waits && a.Next().At != next:
		t.Fatalf("next is %+v, the chain %d", a.Next(), next)
	}
}

func numbered(t *rapid.T, rounds []alerts.Round, from int, clock roster.Instant) int {
	for _, r := range rounds {
		if r.Step != from {
			t.Fatalf("round %d follows %d", r.Step, from-1)
		}
		if from++; !r.Follow && len(r.To) == 0 || r.Due > clock+8*roster.Day {
			t.Fatalf("round %+v", r)
		}
	}
	return from
}
