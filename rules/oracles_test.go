package rules_test

import (
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
)

// The ten cases by which the reading of the law was agreed. Numbers in names are
// theirs.

func TestOracle1LastLawfulDayToReportIn(t *testing.T) {
	text, until := "day 2025-03-01\nsubject S1 effective=2025-03-01 reported=none term=2025-03-01..2026-02-28\n09:00 tick\nuntil ", "2025-03-"
	for day, want := range map[string]string{
		"11T23:59": "", // the last lawful day
		"12T00:00": "admonition 办法34(1) since 03-11 then warning 03-22",
		"22T00:00": "warning 办法35(2) since 03-11 then revoke_probation 04-12",
	} {
		if got := proposed(t, text+until+day, nil); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

// A limit rolls over a holiday only where the ladder file says so.
func TestOracle1Holiday(t *testing.T) {
	holiday := func(day roster.Instant) bool { return day == localDay(roster.NewCalendar(nil), "2025-03-11") }
	rolling, err := rules.ReadLadder(strings.NewReader(strings.Replace(text(t, "ladder.yaml"), "roll_holidays: false", "roll_holidays: true", 1)), "rolling")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(t)
	p.play("day 2025-03-01\nsubject S1 effective=2025-03-01 reported=none term=2025-03-01..2026-02-28\n09:00 tick\nuntil 2025-03-12T00:00")
	for want, l := range map[string]*rules.Ladder{"": rolling, "admonition 办法34(1) since 03-11 then warning 03-22": ladder(t)} {
		if got := said(p.cal, p.engine.Proposals(l, "S1", holiday)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestOracle2DaysAndMonths(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	for _, tc := range []struct{ since, now, measure string }{
		{"06-01", "06-11T23:59", "admonition"},
		{"06-01", "06-12", "warning"},
		{"06-01", "07-01T23:59", "warning"},
		{"06-01", "07-02", "revoke_probation"},
		{"01-31", "02-28T23:59", "warning"},
		{"01-31", "03-01", "revoke_probation"},
		{"2024-01-31", "2024-02-29T23:59", "warning"},
		{"2024-01-31", "2024-03-01", "revoke_probation"},
	} {
		f := facts(cal, "probation", "absconding "+tc.since)
		if got := l.Proposals(f, cal, localDay(cal, tc.now)); len(got) == 0 || string(got[0].Measure) != tc.measure {
			t.Errorf("since %s, at %s: %s, want %s", tc.since, tc.now, said(cal, got), tc.measure)
		}
	}
}

// lawfulRoster reports whether the world with a change of S1 passes every check.
func lawfulRoster(change func(*roster.Subject)) bool {
	r := world()
	change(&r.Subjects[0])
	return len(roster.Check(r, roster.NewCalendar(nil))) == 0
}

func leaveOf(from, until, approver string) roster.Leave {
	return roster.Leave{ID: from, From: roster.Date{Day: from}, Until: roster.Date{Day: until}, Area: "far", Approver: approver}
}

func TestOracle3WhoApprovesALeave(t *testing.T) {
	for _, tc := range []struct {
		until, approver string
		lawful          bool
	}{
		{"2026-03-07", "office", true}, // 7 days
		{"2026-03-08", "office", false},
		{"2026-03-08", "district", true},
		{"2026-03-30", "district", true}, // 30 days
		{"2026-03-31", "district", false},
		{"2026-03-31", "superior", true},
	} {
		got := lawfulRoster(func(s *roster.Subject) { s.Leaves = []roster.Leave{leaveOf("2026-03-01", tc.until, tc.approver)} })
		if got != tc.lawful {
			t.Errorf("until %s by %s: %v", tc.until, tc.approver, got)
		}
	}
	for approver, lawful := range map[string]bool{"district": false, "superior": true} { // 20 + 11 days within two months
		got := lawfulRoster(func(s *roster.Subject) {
			s.Leaves = []roster.Leave{leaveOf("2026-03-01", "2026-03-20", "district"), leaveOf("2026-04-10", "2026-04-20", approver)}
		})
		if got != lawful {
			t.Errorf("20 + 11 days by %s: %v", approver, got)
		}
	}
}

func TestOracle4TravelLastsSixMonths(t *testing.T) {
	for until, lawful := range map[string]bool{"2026-07-14": true, "2026-07-16": false} {
		got := lawfulRoster(func(s *roster.Subject) {
			s.Travel = []roster.Travel{{ID: "T1", From: roster.Date{Day: "2026-01-15"}, Until: roster.Date{Day: until}, Area: "far"}}
		})
		if got != lawful {
			t.Errorf("until %s: %v", until, got)
		}
	}
}

// Within the city's districts nobody leaves it; another city or county is away.
func TestOracle5TheCityIsTheArea(t *testing.T) {
	for place, want := range map[string]int{"home": 0, "school": 0, "off": 0, "far": 1, "out": 1} {
		p := newPlayer(t)
		p.play("09:00..09:20/5m W1 fix " + place)
		n := 0
		for _, ep := range p.seen {
			if ep.Kind == rules.AreaExit {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d area exits, want %d", place, n, want)
		}
	}
}

func TestOracle6AnAuthorityEnds(t *testing.T) {
	p := newPlayer(t)
	p.play("subject S1\ndevice W1 authority=A1:03-01..03-20\n09:00 tick\nuntil 03-21T00:00")
	dir, end := p.engine.Directory(), localDay(p.cal, "03-21")
	for at, want := range map[roster.Instant]roster.Refusal{end - 1: "", end: "no_basis", end + roster.Second: "no_basis"} {
		q := roster.Query{Device: "W1", Kind: "location", At: at, HasTime: true, Received: at}
		if got := dir.Basis(q).Refusal; got != want {
			t.Errorf("%s: %q, want %q", p.show(at), got, want)
		}
	}
	warned := false
	for _, ep := range p.seen {
		warned = warned || ep.Kind == rules.AuthorityExpiring && ep.Opened < end-7*roster.Day && len(ep.History) == 3
	}
	if !warned {
		t.Error("the end came without 15, 7 and 1 days' notice")
	}
}

// Oracle 7 is TestProposalsAreLawful: nothing gives parole a public-security penalty.
func TestOracle7ParoleGetsNoPenalty(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	list := "warning 01-02; punishable_breach 02-01; order_breach_serious 02-02; grave_breach 02-03; absconding 02-04; penalty 02-05"
	for _, p := range l.Proposals(facts(cal, "parole", list), cal, localDay(cal, "06-01")) {
		if p.Measure == "penalty" {
			t.Errorf("%+v", p)
		}
	}
}

func TestOracle8ReleasedPeopleAreNeverLocated(t *testing.T) {
	r := world()
	r.Released = []roster.Released{{ID: "R1", Since: &roster.Date{Day: "2026-02-01"}}}
	r.Devices = append(r.Devices, roster.Device{ID: "P9", Kind: roster.App, Bindings: bound("R1")})
	dir := compiled(t, r)
	at := localDay(dir.Calendar(), "03-02")
	for _, kind := range []string{"location", "checkin", "status"} {
		if got := dir.Basis(roster.Query{Device: "P9", Kind: kind, At: at, HasTime: true, Received: at}); got.Refusal != "released_person" || got.Subject != nil {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestOracle9TamperingStaysOpen(t *testing.T) {
	journeys(t, func(*roster.Roster) {}, `
10:00 W1 status strap_open
10:03 W1 status strap_closed
until 12:00
want strap-tamper P1 S1/W1 started=10:00
`)
}

// Two positions 200 km apart in ten minutes are an error of the data, not an exit.
func TestOracle10AJumpIsNoExit(t *testing.T) {
	p := newPlayer(t)
	p.play("10:00 W1 fix home\n10:10 W1 fix 31.5,123.7 source=wifi a=60\n10:20 W1 fix home")
	for _, ep := range p.seen {
		if ep.Kind == rules.AreaExit {
			t.Errorf("%+v", ep)
		}
	}
}
