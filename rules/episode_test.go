package rules_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// The ids were computed with sha256sum over the text.
func TestEpisodeID(t *testing.T) {
	cal := roster.NewCalendar(nil)
	p := &player{t: t, day: "2026-03-02", cal: cal}
	for text, got := range map[string]string{
		"f14f9c857b87c6f9": rules.EpisodeID(rules.AreaExit, "S0001", p.instant("10:00")),            // area-exit|S0001|2026-03-02T02:00:00.000Z
		"7cba285a8d86e2cb": rules.EpisodeID(rules.ForbiddenZone, "S1/school", p.instant("00:00")+7), // forbidden-zone|S1/school|2026-03-01T16:00:00.007Z
	} {
		if got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

func TestSeverityText(t *testing.T) {
	for _, s := range []rules.Severity{rules.P1, rules.P2, rules.P3, rules.P4} {
		b, err := json.Marshal(s)
		var back rules.Severity
		if err != nil || json.Unmarshal(b, &back) != nil || back != s || string(b) != `"`+s.String()+`"` {
			t.Errorf("%s: %s, %v, %v", s, b, back, err)
		}
	}
	for _, bad := range []string{"P0", "P5", "P", "1", "p1", "P11", ""} {
		if err := new(rules.Severity).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestCatalogue(t *testing.T) {
	var kinds []rules.Kind
	for _, info := range rules.Catalogue() {
		if info.Label.ZH == "" || info.Label.EN == "" || info.Basis == "" || info.Ending < rules.Auto || info.Ending > rules.ByPerson {
			t.Errorf("incomplete: %+v", info)
		}
		if rules.Info(info.Kind) != info {
			t.Errorf("Info(%s) differs from the catalogue", info.Kind)
		}
		kinds = append(kinds, info.Kind)
	}
	if slices.Sort(kinds); len(slices.Compact(kinds)) != len(rules.Catalogue()) {
		t.Errorf("%d kinds: %v", len(kinds), kinds)
	}
	person := []rules.Kind{rules.AbscondingLadder, rules.ContactLost, rules.StrapTamper, rules.SOS, rules.NoLawfulBasis, rules.QueryAnomaly}
	for _, info := range rules.Catalogue() {
		if (info.Ending == rules.ByPerson) != slices.Contains(person, info.Kind) {
			t.Errorf("%s ends by %d", info.Kind, info.Ending)
		}
	}
	if in := rules.Info("unheard-of"); in.Label.In("en") != "unheard-of" || in.Label.In("zh") != "unheard-of" || in.Ending != rules.ByEvent {
		t.Errorf("unknown kind: %+v", in)
	}
}

func TestEvidenceNamesEventsAndPlace(t *testing.T) {
	p := newPlayer(t)
	p.play("09:00 W1 fix home\n10:00 W1 fix out\n10:10 W1 fix out")
	ep := p.seen[0]
	ids, _ := ep.Evidence["events"].([]string)
	if !slices.Equal(ids, []string{"2", "3"}) || ep.Evidence["distance_m"] != 1896.0 || ep.Evidence["buffer_m"] != 300.0 || ep.Evidence["position"] == nil {
		t.Errorf("evidence %v", ep.Evidence)
	}
	if ep.Rules != rules.DefaultConfig().Version() || ep.Office != "O1" || ep.Officer != "F1" || ep.District != "D1" {
		t.Errorf("%+v", ep)
	}
	if want := "1.9 km outside 市辖区 for 10 min"; ep.Reason.EN != want {
		t.Errorf("reason %q, want %q", ep.Reason.EN, want)
	}
}

func TestNoLawfulBasisTellsNoPlace(t *testing.T) {
	p := newPlayer(t)
	p.play("09:00 W2 reject no_basis time=08:59")
	b, err := json.Marshal(p.seen)
	if err != nil || len(p.seen) != 1 {
		t.Fatal(err, p.seen)
	}
	if ep := p.seen[0]; ep.Subject != "" || ep.Office != "O1" || strings.Contains(string(b), "lat") {
		t.Errorf("%s", b)
	}
}

func TestRestoreRefuses(t *testing.T) {
	e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	var other bytes.Buffer
	if err := gob.NewEncoder(&other).Encode(struct{ Version int }{99}); err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(&other); err == nil || !strings.Contains(err.Error(), "format 99") {
		t.Errorf("another format: %v", err)
	}
	if err := e.Restore(strings.NewReader("garbage")); err == nil {
		t.Error("garbage was taken")
	}
}

// What the roster says after a restart is what it said before, to the byte.
func TestSnapshotKeepsTheRoster(t *testing.T) {
	cal := roster.NewCalendar(nil)
	dir, err := roster.Compile(world(), cal)
	if err != nil {
		t.Fatal(err)
	}
	e := rules.New(rules.DefaultConfig(), cal, dir)
	want, errWant := json.Marshal(dir.Roster())
	got, errGot := json.Marshal(restored(t, e).Directory().Roster())
	if errWant != nil || errGot != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v\n%s\nbefore:\n%s", errWant, errGot, got, want)
	}
}

// A snapshot between two parts of a roster version must not lose the first.
func TestSnapshotBetweenRosterParts(t *testing.T) {
	parts, err := event.SplitRoster(world(), 200)
	if err != nil || len(parts) < 2 {
		t.Fatal(err, len(parts))
	}
	e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	for i := range parts {
		parts[i].At = monday
		if _, err := e.Apply(&parts[i]); err != nil {
			t.Fatal(err)
		}
		e = restored(t, e)
	}
	if e.Directory() == nil || e.Directory().Subject("S1") == nil || e.RosterHash() != parts[0].Roster.Hash {
		t.Error("the roster did not arrive")
	}
}
