package alerts_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

func TestNewEpisodeOpensAnAlertOfItsID(t *testing.T) {
	ep := episode("area-exit", rules.P2)
	a, changed := alerts.Observe(nil, ep, rules.ByEvent, morning)
	if !changed || a.State != alerts.Open || a.Version != 1 || a.Episode.ID != ep.ID || a.Condition() != "active" {
		t.Errorf("got %+v, changed %v", a, changed)
	}
}

func TestSameEpisodeAgainChangesNothing(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	var stored alerts.Alert
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	if _, changed := alerts.Observe(&stored, a.Episode, rules.ByEvent, morning+1); changed {
		t.Error("an episode that was stored and read again counts as changed")
	}
}

func TestEndOfCondition(t *testing.T) {
	over := morning + roster.Hour
	for _, c := range []struct {
		name   string
		ending rules.Ending
		sev    rules.Severity
		acked  bool
		want   alerts.State
	}{
		{"auto closes as recovered", rules.Auto, rules.P3, false, alerts.Closed},
		{"auto never closes a P1", rules.Auto, rules.P1, false, alerts.Open},
		{"auto leaves what a person took on", rules.Auto, rules.P3, true, alerts.Acknowledged},
		{"event is closed by a person", rules.ByEvent, rules.P2, false, alerts.Open},
		{"person is closed by a person", rules.ByPerson, rules.P3, false, alerts.Open},
	} {
		t.Run(c.name, func(t *testing.T) {
			ep := episode("some-kind", c.sev)
			a := opened(ep, c.ending)
			if c.acked {
				a = acted(t, a, c.ending, alerts.Action{Type: alerts.Ack, By: "F1"})
			}
			next, changed := alerts.Observe(&a, ended(ep, over), c.ending, over+5)
			if !changed || next.State != c.want || next.Version != a.Version+1 || next.Condition() != "ended" {
				t.Errorf("state %s version %d condition %s, changed %v", next.State, next.Version, next.Condition(), changed)
			}
			if c.want == alerts.Closed && (next.Outcome != alerts.Recovered || *next.Closed != duty.Stamp{By: alerts.System, At: over + 5}) {
				t.Errorf("closed as %s by %+v", next.Outcome, next.Closed)
			}
		})
	}
}

func TestConditionOfASecondIsKeptAsRecovered(t *testing.T) {
	a := opened(ended(episode("watch-zone", rules.P3), morning), rules.Auto)
	if a.State != alerts.Closed || a.Outcome != alerts.Recovered || a.Version != 1 {
		t.Errorf("got %s %s version %d", a.State, a.Outcome, a.Version)
	}
}

func TestRetracted(t *testing.T) {
	for sev, want := range map[rules.Severity]alerts.State{
		rules.P1: alerts.Open, rules.P2: alerts.Open, rules.P3: alerts.Closed, rules.P4: alerts.Closed,
	} {
		ep := episode("checkin-missed", sev)
		a := opened(ep, rules.Auto)
		ep.Retracted, ep.Ended = true, ep.Started
		next, _ := alerts.Observe(&a, ep, rules.Auto, morning+roster.Minute)
		if next.State != want {
			t.Errorf("%s: state %s, want %s", sev, next.State, want)
		}
		if want == alerts.Closed && next.Outcome != alerts.Technical {
			t.Errorf("%s: outcome %s", sev, next.Outcome)
		}
	}
}

func TestClosedAlertRecordsWhatComesLaterWithoutReopening(t *testing.T) {
	ep := episode("area-exit", rules.P3)
	a := acted(t, opened(ep, rules.ByEvent), rules.ByEvent, alerts.Action{Type: alerts.Close, By: "F1", Outcome: alerts.Excused})
	ep.Count, ep.Severity = 4, rules.P2
	next, changed := alerts.Observe(&a, ep, rules.ByEvent, morning+2*roster.Hour)
	if !changed || next.State != alerts.Closed || next.Episode.Count != 4 {
		t.Errorf("changed %v: %+v", changed, next)
	}
	next.Episode, next.Version = a.Episode, a.Version
	if !reflect.DeepEqual(next, a) {
		t.Errorf("the handling changed:\n%+v\n%+v", next, a)
	}
}

func TestDifference(t *testing.T) {
	ep := episode("area-exit", rules.P3)
	first := opened(ep, rules.ByEvent)
	act := func(a alerts.Alert, by alerts.Action) alerts.Alert { return acted(t, a, rules.ByEvent, by) }
	acked := act(first, alerts.Action{Type: alerts.Ack})
	noted := act(acked, alerts.Action{Type: alerts.AddNote, Text: "打过电话"})
	over, _ := alerts.Observe(&noted, ended(ep, morning), rules.ByEvent, morning)
	ep.Ended, ep.Count = morning, 2
	counted, _ := alerts.Observe(&over, ep, rules.ByEvent, morning)
	closed := act(counted, alerts.Action{Type: alerts.Close, Outcome: alerts.Unfounded, Text: "误报"})
	reopened := closed
	reopened.State = alerts.Open
	back := acked
	back.State = alerts.Open
	for _, c := range []struct {
		prev *alerts.Alert
		next alerts.Alert
		want alerts.Change
	}{
		{nil, first, alerts.WasOpened},
		{&first, acked, alerts.WasAcknowledged},
		{&acked, noted, "noted"},
		{&noted, over, "ended"},
		{&over, counted, "updated"},
		{&counted, closed, alerts.WasClosed},
		{&closed, reopened, "reopened"},
		{&acked, back, "returned"},
	} {
		if got := alerts.Difference(c.prev, &c.next); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
