package web

import (
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

func TestAgesAreWrittenInTheirTwoLargestUnits(t *testing.T) {
	for _, c := range []struct {
		age    time.Duration
		zh, en string
	}{
		{-time.Second, "不到 1 分钟", "< 1 min"},
		{59 * time.Second, "不到 1 分钟", "< 1 min"},
		{time.Minute, "1 分钟", "1 min"},
		{59*time.Minute + 59*time.Second, "59 分钟", "59 min"},
		{time.Hour, "1 小时", "1 h"},
		{90 * time.Minute, "1 小时 30 分", "1 h 30 min"},
		{25 * time.Hour, "1 天 1 小时", "1 d 1 h"},
		{30 * 24 * time.Hour, "30 天 0 小时", "30 d 0 h"},
	} {
		if got := (words{"zh"}).Age(c.age); got != c.zh {
			t.Errorf("%v: %q, want %q", c.age, got, c.zh)
		}
		if got := (words{"en"}).Age(c.age); got != c.en {
			t.Errorf("%v: %q, want %q", c.age, got, c.en)
		}
	}
}

func TestEveryWordHasBothLanguages(t *testing.T) {
	zh, en := words{"zh"}, words{"en"}
	pairs := map[string]string{}
	for s := rules.P1; s <= rules.P4; s++ {
		pairs[zh.Urgency(s)] = en.Urgency(s)
	}
	for _, s := range []alerts.State{alerts.Open, alerts.Acknowledged, alerts.Closed} {
		pairs[zh.State(s)] = en.State(s)
	}
	for _, o := range []alerts.Outcome{alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Unfounded, alerts.Recovered} {
		pairs[zh.Outcome(o)] = en.Outcome(o)
	}
	for _, r := range []Role{Officer, SocialWorker, OfficeHead, District, Procurator, Ops, Admin} {
		pairs[zh.RoleName(r)] = en.RoleName(r)
	}
	for _, s := range []int{400, 401, 403, 404, 500} {
		pairs[zh.status(s)] = en.status(s)
	}
	if len(pairs) != 4+3+5+7+5 {
		t.Errorf("%d different words", len(pairs))
	}
	for z, e := range pairs {
		if z == "" || e == "" || z == e {
			t.Errorf("%q is %q", z, e)
		}
	}
}

func TestClockLeavesOutWhatGoesWithoutSaying(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	r := row{zone: zone, now: time.Date(2026, 3, 2, 9, 0, 0, 0, zone)}
	for want, at := range map[string]time.Time{
		"00:05":            time.Date(2026, 3, 2, 0, 5, 0, 0, zone),
		"03-01 23:59":      time.Date(2026, 3, 1, 23, 59, 0, 0, zone),
		"2025-12-31 08:00": time.Date(2025, 12, 31, 8, 0, 0, 0, zone),
	} {
		if got := r.Clock(roster.InstantOf(at)); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

func TestLastHandIsWhoeverActedLast(t *testing.T) {
	a := alerts.Alert{}
	enter := func(by string, did alerts.ActionType) func() {
		return func() { a.Log = append(a.Log, alerts.Entry{Stamp: duty.Stamp{By: by, At: 10}, Did: did}) }
	}
	for _, c := range []struct {
		change func()
		by     string
		did    string
	}{
		{func() {}, "", ""},
		{enter("F1", alerts.Ack), "F1", "确认"},
		{enter("F2", alerts.AddNote), "F2", "添加了备注"},
		{enter("F3", alerts.Close), "F3", "关闭"},
		{enter("F4", alerts.Reopen), "F4", "重新打开"},
		{enter("F5", alerts.Assign), "F5", "指派"},
		{enter("F6", alerts.Attach), "F6", "更新"},
	} {
		c.change()
		if by, _, did := lastHand(&a, words{"zh"}); by != c.by || did != c.did {
			t.Errorf("%q %q, want %q %q", by, did, c.by, c.did)
		}
	}
}

func TestRowsNameWhatTheyAreAbout(t *testing.T) {
	for want, ep := range map[string]rules.Episode{
		"S0001": {Subject: "S0001", Device: "W1"}, "W1": {Device: "W1"}, "系统": {},
	} {
		if got := (&row{A: alerts.Alert{Episode: ep}, base: base{words: words{"zh"}}}).Who(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRefusedFieldsAreExplained(t *testing.T) {
	said := map[string]bool{}
	r := row{base: base{words: words{"zh"}}}
	for _, field := range []string{"reason", "note", "outcome", "text", "by"} {
		said[r.wanting(field)] = true
	}
	r.A.Episode.Kind = "strap-tamper"
	said[r.wanting("note")] = true
	if len(said) != 6 {
		t.Errorf("%d explanations for 6 causes: %v", len(said), said)
	}
}
