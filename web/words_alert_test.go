package web

import (
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

func TestEvidenceIsWrittenWithUnitsInBothLanguages(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	for _, c := range []struct {
		name   string
		value  any
		zh, en string
	}{
		{"distance_m", 90, "90 米", "90 m"},
		{"distance_m", 12_345, "12.3 公里", "12.3 km"},
		{"speed_kmh", 849.04, "849 公里/小时", "849 km/h"},
		{"hours", 8, "8 小时", "8 h"},
		{"after_min", 60, "60 分钟", "60 min"},
		{"battery_pct", float32(18.5), "18.5 %", "18.5 %"},
		{"share", 0.333, "33.3 %", "33.3 %"},
		{"days", 15, "15 天", "15 days"},
		{"fixes", 20, "20", "20"},
		{"windows_until", []string{"2026-03-02T01:30:00Z"}, "2026-03-02 09:30", "2026-03-02 09:30"},
		{"windows_until", []string{"noon"}, "noon", "noon"},
		{"colour", "red", "红", "red"},
		{"colour", "blue", "blue", "blue"},
		{"level", roster.Strict, "严管", "strict"},
		{"verify", "device", "仅凭设备口令，未核验本人", "device credential only, nobody verified who held it"},
		{"verify", "face", "face", "face"},
		{"form", "still", "腕带长时间静止", "the wristband lies still"},
		{"form", "apart", "签到位置与腕带分离", "checked in away from the wristband"},
		{"form", "mock", "模拟定位", "simulated position"},
		{"form", "rooted", "手机系统被改动", "phone tampered with"},
		{"form", "identical", "坐标完全相同", "identical coordinates"},
		{"form", "fingerprint", "多人共用一部手机", "one phone for several people"},
		{"form", "later", "later", "later"},
		{"missing", [][2]int64{{3, 5}, {9, 9}}, "3–5|9", "3–5|9"},
		{"subjects", []string{"S1", "S2"}, "S1|S2", "S1|S2"},
		{"unknown", map[string]any{"b": true, "a": nil, "c": false}, "a 无; b 是; c 否", "a none; b yes; c no"},
		{
			"position",
			map[string]any{"lat": 31.2, "lng": 121.4, "accuracy_m": 8, "source": "wifi"},
			"北纬 31.20000°，东经 121.40000°（Wi-Fi，误差约 8 米）", "31.20000° N, 121.40000° E (Wi-Fi, within about 8 m)",
		},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.en} {
			facts := words{lang}.evidence(map[string]any{c.name: c.value}, zone, true)
			if len(facts) != 1 || strings.Join(facts[0].Values, "|") != want {
				t.Errorf("%s %v in %s: %+v, want %q", c.name, c.value, lang, facts, want)
			}
		}
	}
}

func TestEvidenceThatCannotBeWrittenIsLeftOut(t *testing.T) {
	if facts := (words{"zh"}).evidence(map[string]any{"odd": func() {}}, time.UTC, true); facts != nil {
		t.Errorf("%+v", facts)
	}
	located := map[string]any{"position": map[string]any{"lat": 31.2}}
	if facts := (words{"zh"}).evidence(located, time.UTC, false); len(facts) != 0 {
		t.Errorf("who may not see positions sees %+v", facts)
	}
}

func TestEveryFieldOfEvidenceHasBothLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range fields() {
		if f.zh == "" || f.en == "" || f.zh == f.en || seen[f.name] {
			t.Errorf("%+v", f)
		}
		seen[f.name] = true
	}
	for _, source := range []string{"gnss", "ble", "cell", ""} {
		if zh, en := (words{"zh"}).Source(source), (words{"en"}).Source(source); zh == en {
			t.Errorf("source %q is %q in both", source, zh)
		}
	}
}

func TestLegalBasisIsWrittenOut(t *testing.T) {
	for basis, want := range map[string]string{
		"":         "|",
		"法30 办法38": "社区矫正法第30条、实施办法第38条|Community Correction Law art. 30, Implementing Measures art. 38",
		"办法27 28":  "实施办法第27条、实施办法第28条|Implementing Measures art. 27, Implementing Measures art. 28",
		"实践":       "工作实践|practice",
		"NIJ 5.7":  "NIJ 5.7|NIJ 5.7",
		"检例131号":   "检例131号|检例131号",
		"个案研判":     "个案研判|case assessment",
		"矫正方案":     "矫正方案|correction plan",
	} {
		if got := (words{"zh"}).Basis(basis) + "|" + (words{"en"}).Basis(basis); got != want {
			t.Errorf("%q: %q, want %q", basis, got, want)
		}
	}
}

func TestTheTimelineSaysEverythingThatMayHappen(t *testing.T) {
	said := map[string]bool{}
	say := func(r alerts.TimelineRow) {
		zh, en := happening{r, words{"zh"}, time.UTC}.Says(), happening{r, words{"en"}, time.UTC}.Says()
		if zh == "" || zh == en || said[zh] {
			t.Errorf("%+v: %q is %q", r, zh, en)
		}
		said[zh] = true
	}
	p1, until := rules.P1, "2026-03-02T08:00:00Z"
	for _, r := range []alerts.TimelineRow{
		{What: "opened", Severity: &p1},
		{What: "severity", Severity: &p1},
		{What: "ended"},
		{What: "retracted"},
		{What: "unheard of"},
		{What: string(alerts.AddNote)},
		{What: string(alerts.AddNote), About: alerts.Contact},
		{What: string(alerts.AddNote), About: alerts.Inspection},
		{What: string(alerts.Assign), Officer: "F1"},
		{What: string(alerts.PutOff), Until: &until},
		{What: string(alerts.Attach)},
		{What: string(alerts.DeclareAbsconding), From: &roster.Date{Day: "2026-03-01"}},
		{What: string(alerts.DeclareAbsconding), From: &roster.Date{At: roster.Day}},
		{What: string(alerts.Close), Outcome: alerts.Excused},
	} {
		say(r)
	}
	for _, a := range []alerts.ActionType{
		alerts.Ack, alerts.Escalate, alerts.Reopen, alerts.RequestIncident, alerts.DeclareLost, alerts.AckTimeout, alerts.Wake,
		alerts.NextRung, alerts.NotifyFailed, alerts.Hold, alerts.Release,
	} {
		say(alerts.TimelineRow{What: string(a)})
	}
	if h := (happening{TimelineRow: alerts.TimelineRow{By: alerts.System}}); h.Person() != "" || h.Clock() != "" || h.Stamp() != "" {
		t.Error("the system is shown as a person, or nothing as a time")
	}
}

func TestTheScaleIsARoundLengthThatFits(t *testing.T) {
	for perM, want := range map[float64]string{1: "200 米", 0.5: "200 米", 0.1: "2 公里", 0.003: "50 公里", 15: "10 米"} {
		text, width := words{"zh"}.scale(perM)
		if text != want || width > 200 || width < 60 {
			t.Errorf("%v per metre: %s over %.0f, want %s", perM, text, width, want)
		}
	}
}

func TestAMapOfAFarTrackLeavesTheHomeOut(t *testing.T) {
	home := MapZone{Kind: HomePlace, Rings: [][]geo.Point{geo.Around(geo.Point{Lat: 31, Lng: 121}, 150)}}
	track := []MapFix{{Point: geo.Point{Lat: 32, Lng: 122}, AccuracyM: 10}}
	if n := len(extent([]MapZone{home}, track)); n != 1 {
		t.Errorf("%d points, want the fix only", n)
	}
	track[0].Point = geo.Point{Lat: 31.05, Lng: 121}
	if n := len(extent([]MapZone{home}, track)); n != 66 {
		t.Errorf("%d points, want the fix and the home", n)
	}
	p := fit(nil)
	if x, y := p.at(geo.Point{}); x != drawWidth/2 || y != drawHeight/2 {
		t.Errorf("nothing is drawn around %.1f %.1f", x, y)
	}
}

func TestMapsSpanTheAlertAndNoMoreThanTwoDays(t *testing.T) {
	const now = 100 * roster.Day
	for name, c := range map[string]struct {
		ep          rules.Episode
		from, until roster.Instant
	}{
		"over":   {rules.Episode{Kind: rules.AreaExit, Started: now - 5*roster.Hour, Ended: now - 4*roster.Hour}, now - 6*roster.Hour, now - 3*roster.Hour},
		"active": {rules.Episode{Kind: rules.AreaExit, Started: now - 5*roster.Hour}, now - 6*roster.Hour, now},
		"lost":   {rules.Episode{Kind: rules.ContactLost, Started: now - roster.Hour}, now - 13*roster.Hour, now},
		"long":   {rules.Episode{Kind: rules.AreaExit, Started: now - 9*roster.Day}, now - 9*roster.Day - roster.Hour, now - 7*roster.Day - roster.Hour},
	} {
		if from, until := mapSpan(&c.ep, now); from != c.from || until != c.until {
			t.Errorf("%s: %v to %v", name, from-now, until-now)
		}
	}
}

func TestEveryStepOfTheSearchHasItsWords(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range searchSteps() {
		for _, text := range []rules.Text{s.Label, s.Hint} {
			if text.ZH == "" || text.EN == "" || seen[text.ZH] {
				t.Errorf("%s: %+v", s.ID, text)
			}
			seen[text.ZH] = true
		}
		for _, f := range s.Findings() {
			line := words{"en"}.line(s, f, " seen by a neighbour ")
			if want := s.Label.EN + ": " + (words{"en"}).Finding(f) + ". seen by a neighbour"; line != want {
				t.Errorf("%q, want %q", line, want)
			}
		}
	}
	for _, what := range []string{"contact", "visit", "found", "colour", "colour-confirmed", "challenge", "other"} {
		if zh, en := (words{"zh"}).Recorded(what), (words{"en"}).Recorded(what); zh == en {
			t.Errorf("%s: %q", what, zh)
		}
	}
}
