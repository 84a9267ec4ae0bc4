package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// journeys plays a fixture as it stands, with a restart after every entry, and
// compares with what it wants.
func journeys(t *testing.T, prepare func(*roster.Roster), text string) *player {
	t.Helper()
	plain := newPlayer(t)
	prepare(plain.roster)
	plain.play(text)
	plain.compare("")
	again := newPlayer(t)
	prepare(again.roster)
	again.after = func(e *rules.Engine) *rules.Engine { return restored(t, e) }
	again.play(text)
	again.compare("restarted: ")
	return plain
}

// S1 is of office O1 and strict, S2 of office O2.
func apart(r *roster.Roster) {
	r.Subjects[0].Level = roster.Strict
	r.Subjects[0].Reports.Periodic = []roster.Date{{Day: "2026-03-01"}}
	r.Subjects[1].Office, r.Subjects[1].Officer = "O2", ""
}

// A rule file of the journal holds from its entry on, for whom it says.
func TestRulesPerSubject(t *testing.T) {
	p := journeys(t, apart, `
09:00 rules {overrides: [{district: D1, level: strict, area_exit: {fixes: 2}}, {office: O2, area_exit: {fixes: 4}}]}
10:00..10:03/1m W1 fix out
10:00..10:03/1m P2 fix out
want area-exit P2 S1/W1 started=10:00 opened=10:01:01
want area-exit P2 S2/P2 started=10:00 opened=10:03:01
`)
	version := readRules(t, `{overrides: [{district: D1, level: strict, area_exit: {fixes: 2}}, {office: O2, area_exit: {fixes: 4}}]}`).Version()
	for _, ep := range p.seen {
		if ep.Rules != version {
			t.Errorf("%s names version %s, the file's is %s", ep.Kind, ep.Rules, version)
		}
	}
}

// A subject of another level is judged by other thresholds from the roster's
// entry on.
func TestRulesFollowTheRoster(t *testing.T) {
	for level, want := range map[roster.Level]int{roster.Strict: 1, roster.General: 0} {
		p := newPlayer(t)
		apart(p.roster)
		p.play(`
08:30 rules {overrides: [{level: strict, device_offline: {first: 1h}}]}
09:00 W1 status heartbeat
09:30 tick
`)
		p.relevel(p.instant("09:31"), level)
		p.take(p.engine.Advance(p.instant("10:30")))
		if len(p.seen) != want {
			t.Errorf("%s: %d alerts, want %d", level, len(p.seen), want)
		}
	}
}

// relevel sends a roster in which S1 has another level.
func (p *player) relevel(at roster.Instant, level roster.Level) {
	next := *p.engine.Directory().Roster()
	next.Subjects = slices.Clone(next.Subjects)
	next.Subjects[0].Level = level
	parts, err := event.SplitRoster(&next, 1<<20)
	if err != nil {
		p.Fatalf("%v", err)
	}
	for i := range parts {
		parts[i].At = at
		p.apply(parts[i])
	}
}

// Deadlines move with the thresholds at once, not when the old one passes.
func TestDeadlinesMoveWithTheRules(t *testing.T) {
	journeys(t, func(*roster.Roster) {}, `
09:00 W1 status heartbeat
09:30 rules {device_offline: {first: 1h}}
until 10:30
want device-offline P3 S1/W1 started=09:00:01 opened=10:00:01
`)
}

// An episode names the version it was judged by, until it changes.
func TestEpisodesNameTheirVersion(t *testing.T) {
	p := newPlayer(t)
	p.play(`
09:00..09:02/1m W1 fix out
09:10 rules {area_exit: {fixes: 2}}
10:00..10:01/1m P2 fix out
`)
	got := map[string]string{}
	for _, ep := range p.seen {
		got[string(ep.Subject)] = ep.Rules
	}
	next := readRules(t, "area_exit: {fixes: 2}").Version()
	if got["S1"] != rules.DefaultConfig().Version() || got["S2"] != next {
		t.Errorf("%v, the new version is %s", got, next)
	}
}

// District kinds take the thresholds of the district.
func TestRulesOfADistrict(t *testing.T) {
	text := `
fleet F 10 O2
08:59 rules {overrides: [{district: %s, data_out_of_sync: {after: 5m}}]}
09:00 F1..F10 status heartbeat
until 09:10
`
	for district, want := range map[string]int{"D1": 1, "D2": 0} {
		p := newPlayer(t)
		p.play(fmt.Sprintf(text, district))
		n := 0
		for _, ep := range p.seen {
			n += strings.Count(string(ep.Kind), "data-out-of-sync")
		}
		if n != want {
			t.Errorf("%s: %d, want %d", district, n, want)
		}
	}
}

// Resolving is done once per selector: a subject asks in constant time.
func TestSelectorsOfAFile(t *testing.T) {
	cfg := readRules(t, several)
	all := cfg.Selectors()
	if !slices.Contains(all, rules.Selector{District: "D1", Office: "O2", Level: "lenient"}) || len(all) != len(slices.Compact(slices.Clone(all))) {
		t.Errorf("%v", all)
	}
	if text := (rules.Selector{District: "D1", Level: "strict"}).String(); text != "district=D1 level=strict" {
		t.Error(text)
	}
}
