package backtest_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/backtest"
	"correctiond/roster"
	"correctiond/rules"
)

// monday is 2026-03-02T00:00:00+08:00.
const monday roster.Instant = 1_772_380_800_000

func shanghai() *time.Location { return time.FixedZone("CST", 8*3600) }

// alert is one of a person, by hours after monday; ended 0: it goes on.
func alert(id string, kind rules.Kind, started, ended int, change ...func(*alerts.Alert)) alerts.Alert {
	a := alerts.Alert{State: alerts.Open, Episode: rules.Episode{
		ID: id, Kind: kind, Severity: rules.P3, Subject: "S1", Office: "O1", Officer: "F1",
		Started: monday + roster.Instant(started)*roster.Hour, Opened: monday + roster.Instant(started)*roster.Hour,
	}}
	if ended > 0 {
		a.Episode.Ended = monday + roster.Instant(ended)*roster.Hour
	}
	for _, f := range change {
		f(&a)
	}
	return a
}

func closed(o alerts.Outcome, by string) func(*alerts.Alert) {
	return func(a *alerts.Alert) {
		a.State, a.Outcome, a.Closed = alerts.Closed, o, &duty.Stamp{By: by, At: a.Episode.Opened}
	}
}

func weighs(s rules.Severity) func(*alerts.Alert) {
	return func(a *alerts.Alert) { a.Episode.Severity = s }
}

func of(subject roster.SubjectID, officer roster.OfficerID) func(*alerts.Alert) {
	return func(a *alerts.Alert) { a.Episode.Subject, a.Episode.Officer = subject, officer }
}

func judge(runs ...[]alerts.Alert) *backtest.Report {
	in := &backtest.Input{
		From: monday, Until: monday + 2*roster.Day - 1, Location: shanghai(),
		Offices: []roster.Office{{ID: "O1", Name: "城关司法所"}},
	}
	for i, r := range runs {
		in.Runs = append(in.Runs, backtest.Run{Name: []string{"", "tight.yaml"}[i], Version: fmt.Sprint("v", i), Alerts: r})
	}
	return backtest.Judge(in)
}

// week is a run and the same under other rules, with every kind of change.
func week() *backtest.Report {
	now := []alerts.Alert{
		alert("a", rules.AreaExit, 1, 3, closed(alerts.Confirmed, "F1"), weighs(rules.P2)),
		alert("b", rules.AreaExit, 5, 6, closed(alerts.Unfounded, "F1"), of("S2", "F1")),
		alert("c", rules.DeviceOffline, 7, 0, closed(alerts.Confirmed, "F2"), weighs(rules.P2), of("S3", "F2")),
		alert("d", rules.BatteryLow, 30, 31, closed(alerts.Recovered, alerts.System)),
		alert("e", rules.AreaExit, 33, 40, closed(alerts.Confirmed, "F1"), weighs(rules.P1), of("S4", "F1")),
		alert("same", rules.SOS, 35, 36),
	}
	next := []alerts.Alert{
		alert("c", rules.DeviceOffline, 7, 0, of("S3", "F2")),                   // weighs less
		alert("d", rules.BatteryLow, 30, 32),                                    // ends later
		alert("e2", rules.AreaExit, 34, 40, weighs(rules.P1), of("S4", "F1")),   // starts later: another id
		alert("f", rules.AreaExit, 33, 41, weighs(rules.P4), of("S5", "F1")),    // somebody else
		alert("g", rules.AreaExit, 44, 45, of("S4", "F1")),                      // the same person later
		alert("same", rules.SOS, 35, 36, closed(alerts.Technical, "somebody2")), // no change
	}
	return judge(now, next)
}

func TestChanges(t *testing.T) {
	var got []string
	for _, c := range week().Changes {
		got = append(got, fmt.Sprint(c.What, " ", c.ID, " ", c.Subject, " ", c.Outcome))
	}
	want := []string{
		"vanishes a S1 confirmed", "vanishes b S2 unfounded", "moves c S3 confirmed", "moves d S1 ", "appears f S5 ",
		"moves e S4 confirmed", "appears g S4 ",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFindingsLost(t *testing.T) {
	r := week()
	if len(r.Lost) != 1 || r.Lost[0].ID != "a" || len(r.Weaker) != 1 || r.Weaker[0].ID != "c" {
		t.Errorf("lost %+v, weaker %+v", r.Lost, r.Weaker)
	}
}

// An alert that stays keeps its outcome; what the system closed has none.
func TestYield(t *testing.T) {
	r := week()
	now, next := r.Sets[0].Tally, r.Sets[1].Tally
	if now != (backtest.Tally{Alerts: 6, Urgent: 3, Judged: 4, Confirmed: 3}) {
		t.Errorf("now %+v", now)
	}
	if next != (backtest.Tally{Alerts: 6, Urgent: 1, Judged: 3, Confirmed: 2}) {
		t.Errorf("next %+v", next)
	}
	if share, known := now.Yield(); !known || share != 0.75 {
		t.Errorf("yield %v", share)
	}
	if n, known := next.PerFinding(); !known || n != 1.5 {
		t.Errorf("judged per finding %v", n)
	}
	if _, known := (backtest.Tally{Alerts: 3}).Yield(); known {
		t.Error("a yield without outcomes")
	}
}

func TestWorkPerOfficer(t *testing.T) {
	r := week()
	if r.Days != 2 || len(r.Daily) != 2 || r.Daily[0].Now != 3 || r.Daily[1].Next != 5 {
		t.Errorf("%d days: %+v", r.Days, r.Daily)
	}
	first := r.Officers[0]
	if len(r.Officers) != 2 || first.Officer != "F1" || first.Name != "城关司法所" || first.Now.Alerts != 5 || r.PerDay(first.Next.Alerts) != 2.5 {
		t.Errorf("officers %+v", r.Officers)
	}
}

// A run compared with itself changes nothing, whatever it holds; and every alert is
// counted under each of its heads exactly once.
func TestComparedWithItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var run []alerts.Alert
		for i := range rapid.IntRange(0, 30).Draw(rt, "alerts") {
			at := rapid.IntRange(0, 40).Draw(rt, "started")
			run = append(run, alert(fmt.Sprint(i), rapid.SampledFrom([]rules.Kind{rules.SOS, rules.AreaExit}).Draw(rt, "kind"), at,
				at+rapid.IntRange(0, 5).Draw(rt, "length"), of(rapid.SampledFrom([]roster.SubjectID{"S1", "S2"}).Draw(rt, "who"), "F1")))
		}
		r := judge(run, slices.Clone(run))
		if len(r.Changes) != 0 || r.Sets[0].Tally != r.Sets[1].Tally || r.Sets[0].Alerts != len(run) {
			rt.Fatalf("%+v", r)
		}
		kinds := 0
		for _, k := range r.Kinds {
			kinds += k.Now.Alerts
		}
		if kinds != len(run) {
			rt.Fatalf("%d by kind of %d", kinds, len(run))
		}
	})
}

// Each alert of either run is in at most one change, and what is in none is in both.
func TestChangesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) (run []alerts.Alert) {
			for i := range rapid.IntRange(0, 12).Draw(rt, name) {
				at := rapid.IntRange(0, 40).Draw(rt, "started")
				run = append(run, alert(fmt.Sprint(name, i), rules.AreaExit, at, at+rapid.IntRange(0, 9).Draw(rt, "length")))
			}
			return run
		}
		now, next := draw("now"), draw("next")
		count := map[backtest.What]int{}
		for _, c := range judge(now, next).Changes {
			count[c.What]++
		}
		if kept := len(now) - count[backtest.Vanishes]; kept != len(next)-count[backtest.Appears] || count[backtest.Moves] > kept {
			rt.Fatalf("%d and %d alerts, changes %v", len(now), len(next), count)
		}
	})
}

func updating() bool { return os.Getenv("UPDATE_GOLDEN") != "" }

// golden compares a text with a file; UPDATE_GOLDEN=1 writes the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := "testdata/" + name
	if updating() {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test UPDATE_GOLDEN=1 writes it anew): %v\n%s", file, err, got)
	}
}

func TestText(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var out bytes.Buffer
		if err := backtest.WriteText(&out, week(), lang); err != nil {
			t.Fatal(err)
		}
		golden(t, "compare."+lang+".txt", out.Bytes())
	}
}

// The page asks for nothing: no address, no script, no picture from elsewhere.
func TestPage(t *testing.T) {
	for _, r := range []*backtest.Report{week(), judge(nil), judge([]alerts.Alert{alert("a", "<b>&", 1, 2, of("<script>", "F1"))})} {
		var out bytes.Buffer
		if err := backtest.WriteHTML(&out, r, "zh"); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		for _, bad := range []string{"http:", "https:", "<script", "src=", "@import", "url(", "ZgotmplZ", "NaN", "Inf"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		if !strings.Contains(page, `<html lang="zh-CN">`) || !strings.Contains(page, "default-src 'none'") || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
			t.Errorf("not a whole page:\n%s", page)
		}
	}
}

func TestPageSays(t *testing.T) {
	for lang, want := range map[string][]string{
		"zh": {"规则对比报告", "1 条已查实的预警将不再出现", "城关司法所 · F1", "将漏掉的属实发现", "tight.yaml", "6 → 6"},
		"en": {"Rule comparison", "1 confirmed alerts would not appear", "True findings lost", "3/4 → 2/3"},
	} {
		var out bytes.Buffer
		if err := backtest.WriteHTML(&out, week(), lang); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: the page lacks %q", lang, text)
			}
		}
	}
}
