package rules_test

import (
	"fmt"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
)

// proposed plays a fixture and says what may be proposed about S1 at its end.
func proposed(t *testing.T, text string, d rules.Docket) string {
	t.Helper()
	return proposedFor(t, func(*roster.Roster) {}, text, d)
}

func proposedFor(t *testing.T, prepare func(*roster.Roster), text string, d rules.Docket) string {
	t.Helper()
	l := ladder(t)
	p := newPlayer(t)
	prepare(p.roster)
	p.play(text)
	got := said(p.cal, p.engine.Proposals(l, "S1", d))
	if again := said(p.cal, restored(t, p.engine).Proposals(l, "S1", d)); again != got {
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
			if got := proposed(t, tc.text, rules.Docket{}); got != tc.want {
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
		if got := proposedFor(t, medical, fmt.Sprintf(text, result), rules.Docket{}); got != want {
			t.Errorf("%s: %s, want %s", result, got, want)
		}
	}
}

// Only an alert that was closed as confirmed is a fact.
func TestFactsOfClosings(t *testing.T) {
	cal := roster.NewCalendar(nil)
	for outcome, want := range map[string]string{
		"confirmed": "admonition 办法34(2) since 03-01",
		"excused":   "", "technical": "", "unfounded": "", "recovered": "", "": "",
	} {
		d := rules.Docket{Closed: []rules.Closing{
			{ID: "e1", Kind: rules.AreaExit, Started: localDay(cal, "03-01"), Outcome: outcome},
			{ID: "e2", Kind: rules.BatteryLow, Started: localDay(cal, "03-01"), Outcome: outcome},
		}}
		if got := proposed(t, "09:00 tick", d); got != want {
			t.Errorf("%s: %s, want %s", outcome, got, want)
		}
	}
}

// A review that came in ends the overdue state.
func TestReviewOverdue(t *testing.T) {
	medical := func(r *roster.Roster) { r.Subjects[0].Kind, r.Subjects[0].ParoleMedical = roster.Medical, true }
	d := rules.Docket{Closed: []rules.Closing{{ID: "e1", Kind: "medical-review-due", Started: localDay(roster.NewCalendar(nil), "03-01"), Outcome: "confirmed"}}}
	text := "09:00 act education subject=S1\n"
	if got := proposedFor(t, medical, text+"until 03-03T08:00", d); got != "warning 办法35(4) since 03-01" {
		t.Error(got)
	}
	if got := proposedFor(t, medical, text+"10:00 act report_received subject=S1 report=medical_review\nuntil 03-03T08:00", d); got != "" {
		t.Error(got)
	}
}

func TestNoProposalsForNobody(t *testing.T) {
	p := newPlayer(t)
	p.play("09:00 tick")
	if got := p.engine.Proposals(ladder(t), "S9", rules.Docket{}); got != nil {
		t.Error(got)
	}
}
