package alerts_test

import (
	"encoding/json"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

var shanghai = time.FixedZone("CST", 8*3600)

func wantJSON(t *testing.T, v any, want string) {
	t.Helper()
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLineHasExactlyTheFieldsOfAReplay(t *testing.T) {
	ep := episode("area-exit", rules.P2)
	ep.Started += 250
	a := acted(t, opened(ep, rules.ByEvent), rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1"})
	wantJSON(t, alerts.Line(&a, "zh", shanghai), `{"id":"9f2c000000000001","kind":"area-exit","severity":"P2",`+
		`"subject":"S0001","device":"W1","office":"O1","started":"2026-03-02T07:50:00.250+08:00",`+
		`"opened":"2026-03-02T08:00:00+08:00","ended":null,"late":false,"count":1,"state":"open","outcome":null,`+
		`"severity_history":[{"at":"2026-03-02T08:00:00+08:00","severity":"P2"}],"reason":"离开市辖区 1.2 公里",`+
		`"rule_version":"v1","evidence":{"distance_m":1200,"events":["a1"]}}`)
}

func TestLineWritesNullForWhatIsAbsent(t *testing.T) {
	ep := rules.Episode{
		ID: "1", Kind: "mass-outage", Severity: rules.P3, Started: morning, Opened: morning,
		Ended: morning, Retracted: true, Late: true, Reason: rules.Text{ZH: "大面积离线", EN: "mass outage"},
	}
	a := opened(ep, rules.Auto)
	wantJSON(t, alerts.Line(&a, "en", time.UTC), `{"id":"1","kind":"mass-outage","severity":"P3","subject":null,`+
		`"device":null,"office":null,"started":"2026-03-02T00:00:00Z","opened":"2026-03-02T00:00:00Z",`+
		`"ended":"2026-03-02T00:00:00Z","late":true,"count":0,"state":"closed","outcome":"technical",`+
		`"severity_history":[],"reason":"mass outage","rule_version":"","evidence":{},"retracted":true}`)
}

func TestViewAddsTheHandling(t *testing.T) {
	ep := episode("area-exit", rules.P3)
	ep.History, ep.Evidence = nil, nil
	a := acted(t, opened(ep, rules.ByEvent), rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1", At: morning + 5})
	label := rules.Text{ZH: "越界", EN: "left the area"}
	if v := alerts.View(&a, label, "en", shanghai); v.State != alerts.Acknowledged || v.Label != "left the area" || v.Closed != nil {
		t.Errorf("got %+v", v)
	}
	a = acted(t, a, rules.ByEvent, alerts.Action{
		Type: alerts.Close, By: "F2", Outcome: alerts.Excused, Reason: "就医", Text: "有病历", At: morning + roster.Minute,
	})
	wantJSON(t, alerts.View(&a, label, "zh", shanghai), `{"id":"9f2c000000000001","kind":"area-exit","severity":"P3",`+
		`"subject":"S0001","device":"W1","office":"O1","started":"2026-03-02T07:50:00+08:00",`+
		`"opened":"2026-03-02T08:00:00+08:00","ended":null,"late":false,"count":1,"state":"closed","outcome":"excused",`+
		`"severity_history":[],"reason":"离开市辖区 1.2 公里","rule_version":"v1","evidence":{},`+
		`"condition":"active","officer":"F1","acknowledged":{"by":"F1","at":"2026-03-02T08:00:00.005+08:00"},`+
		`"closed":{"by":"F2","at":"2026-03-02T08:01:00+08:00","reason":"就医"},`+
		`"assigned":null,"escalated":null,"snoozed":null,"incident":null,`+
		`"notes":[{"by":"F2","at":"2026-03-02T08:01:00+08:00","text":"有病历"}],"files":[],"version":3,"label":"越界","silenced":false}`)
}

func TestTallyKeepsTheOldestOpen(t *testing.T) {
	var tallies alerts.Tallies
	p1 := tallies.Of(rules.P1)
	p1.Add(alerts.Open, 2, morning)
	p1.Add(alerts.Open, 1, morning-5)
	p1.Add(alerts.Acknowledged, 3, 1)
	p1.Add(alerts.Closed, 4, 1)
	if want := (alerts.Tally{Open: 3, Acknowledged: 3, Closed: 4, Oldest: morning - 5}); tallies[0] != want {
		t.Errorf("got %+v, want %+v", tallies[0], want)
	}
}

func TestASilencedAlertIsMarked(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	if a.Silenced = true; !alerts.View(&a, rules.Text{}, "zh", shanghai).Silenced {
		t.Error("a silenced alert is not marked")
	}
}
