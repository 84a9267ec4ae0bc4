package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"

	"go.yaml.in/yaml/v3"
)

// proposed plays a fixture and says what may be proposed about S1 at its end.
func proposed(t *testing.T, text string, holidays rules.Holidays) string {
	t.Helper()
	return proposedFor(t, func(*roster.Roster) {}, text, holidays)
}

func proposedFor(t *testing.T, prepare func(*roster.Roster), text string, holidays rules.Holidays) string {
	t.Helper()
	l := ladder(t)
	p := newPlayer(t)
	prepare(p.roster)
	p.play(text)
	got := said(p.cal, p.engine.Proposals(l, "S1", holidays))
	if again := said(p.cal, restored(t, p.engine).Proposals(l, "S1", holidays)); again != got {
		t.Errorf("%s\nafter a restart: %s", got, again)
	}
	return got
}

// Facts come from acts and the roster. The world's S1 wears a wristband under an
// authority, so no other is proposed.
func TestFactsOfActs(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"none", "09:00 tick", ""},
		{"absconding", "09:00 act declare_absconding subject=S1 from=02-28\nuntil 03-03T00:00", "admonition 办法34(1) since 02-28 then warning 03-11"},
		{
			"twice is once", "09:00 act declare_absconding subject=S1 from=02-28\n10:00 act declare_absconding subject=S1 from=03-01\nuntil 03-03T00:00",
			"admonition 办法34(1) since 02-28 then warning 03-11",
		},
		{"found the same day", "09:00 act declare_absconding subject=S1 from=03-02\n10:00 act found subject=S1\nuntil 03-09T00:00", ""},
		{"found later", "09:00 act declare_absconding subject=S1 from=02-28\n10:00 act found subject=S1\nuntil 03-20T00:00", "admonition 办法34(1) since 02-28"},
		{"admonished", "09:00 act declare_absconding subject=S1 from=02-28\n10:00 act admonition subject=S1\nuntil 03-05T00:00", ""},
		{"warned", "09:00 act declare_absconding subject=S1 from=02-10\n10:00 act warning subject=S1 date=03-01\nuntil 03-05T00:00", ""},
		{"a month", "09:00 act declare_absconding subject=S1 from=02-10\nuntil 03-11T00:00", "revoke_probation 办法46(2) 法释543 since 02-10"},
		{
			"penalty and still", "09:00 act penalty subject=S1 date=02-20\n10:00 act declare_absconding subject=S1 from=03-01\nuntil 03-03T00:00",
			"revoke_probation 办法46(3) 法释543 since 03-01",
		},
		{"not reported in", "subject S1 effective=02-19 reported=none\n09:00 tick\nuntil 03-03T00:00", "admonition 办法34(1) since 03-01 then warning 03-12"},
		{"reported in on the last day", "subject S1 effective=02-20 reported=none\n09:00 act reported_in subject=S1 date=03-02\nuntil 03-09T00:00", ""},
		{
			"reported in a day late", "subject S1 effective=02-19 reported=none\n09:00 act reported_in subject=S1 date=03-02\nuntil 03-09T00:00",
			"admonition 办法34(1) since 03-01",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := proposed(t, tc.text, nil); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// Who is found and refuses is committed where medical parole allows it.
func TestRefusalIsAFact(t *testing.T) {
	medical := func(r *roster.Roster) { r.Subjects[0].Kind = roster.Medical }
	text := "09:00 act declare_absconding subject=S1 from=03-01 result=%s\nuntil 03-02T10:00"
	for result, want := range map[string]string{
		"unknown":  "admonition 办法34(1) since 03-01 then warning 03-12",
		"refusing": "commit 办法49(2) 法释516(2) since 03-02; admonition 办法34(1) since 03-01 then warning 03-12",
	} {
		if got := proposedFor(t, medical, fmt.Sprintf(text, result), nil); got != want {
			t.Errorf("%s: %s, want %s", result, got, want)
		}
	}
}

// Only an alert that was closed as confirmed is a fact, and not of every kind.
func TestFactsOfClosings(t *testing.T) {
	text := "09:00..09:10/5m W1 fix out battery=5\n09:20 close battery-low S1/W1 outcome=confirmed\n09:20 close area-exit S1/W1 outcome="
	for outcome, want := range map[string]string{
		"confirmed": "admonition 办法34(2) since 03-02",
		"excused":   "", "technical": "", "unfounded": "", "recovered": "", "": "",
	} {
		if got := proposed(t, text+outcome+"\nuntil 03-03T08:00", nil); got != want {
			t.Errorf("%s: %s, want %s", outcome, got, want)
		}
	}
}

// What was confirmed stays on record after the score has forgotten the alert.
func TestFactsOutliveTheScore(t *testing.T) {
	got := proposed(t, `device W1 authority=none
09:00..09:10/5m P1 fix out
09:12..09:16/2m P1 fix home
09:20 close area-exit S1/P1 outcome=confirmed
2026-12-20 09:00 act admonition subject=S1 date=2026-02-01
2026-12-20 09:00 act admonition subject=S1 date=2026-02-02`, nil)
	if got != "warning 办法35(5) since 03-02; 29-2" {
		t.Error(got)
	}
}

// A false declaration is none, whether its alert is closed before the person is
// found or after it.
func TestFalseAbsconding(t *testing.T) {
	text := "09:00 act declare_absconding subject=S1 from=02-10\n"
	for rest, want := range map[string]string{
		"": "revoke_probation 办法46(2) 法释543 since 02-10",
		"10:00 close absconding-ladder S1 outcome=unfounded\n":                                         "",
		"09:30 act found subject=S1\n10:00 close absconding-ladder S1 outcome=unfounded\n":             "",
		"03-12 09:30 act found subject=S1\n03-12 10:00 close absconding-ladder S1 outcome=confirmed\n": "revoke_probation 办法46(2) 法释543 since 02-10",
	} {
		if got := proposed(t, text+rest+"until 03-13T00:00", nil); got != want {
			t.Errorf("%s: %s, want %s", rest, got, want)
		}
	}
}

// A reminder of what will be due is no breach, even confirmed; a review that came in
// ends its lack.
func TestReviewOverdue(t *testing.T) {
	const text = `subject S1 kind=medical parole_medical health=03-01,04-01 review=2025-12-10
device W1 authority=none
09:00 tick
%s close medical-review-due S1 outcome=confirmed
03-11 09:05 act education subject=S1
`
	for rest, want := range map[string]string{
		"03-05 09:00|": "",
		"03-11 09:00|": "warning 办法35(4) since 03-11",
		"03-11 09:00|03-11 10:00 act report_received subject=S1 report=medical_review\n": "",
	} {
		at, report, _ := strings.Cut(rest, "|")
		if got := proposed(t, fmt.Sprintf(text, at)+report+"until 03-13T08:00", nil); got != want {
			t.Errorf("%s: %s, want %s", rest, got, want)
		}
	}
}

// Every kind that the ladder names is one that the engine raises.
func TestLadderNamesKinds(t *testing.T) {
	var file struct{ Episodes map[string][]rules.Kind }
	if err := yaml.Unmarshal([]byte(text(t, "ladder.yaml")), &file); err != nil || len(file.Episodes) == 0 {
		t.Fatal(err)
	}
	for fact, kinds := range file.Episodes {
		for _, k := range kinds {
			if !slices.ContainsFunc(rules.Catalogue(), func(in rules.KindInfo) bool { return in.Kind == k }) {
				t.Errorf("%s: there is no kind %s", fact, k)
			}
		}
	}
}

func TestNoProposalsForNobody(t *testing.T) {
	p := newPlayer(t)
	p.play("09:00 tick")
	if got := p.engine.Proposals(ladder(t), "S9", nil); got != nil {
		t.Error(got)
	}
}
