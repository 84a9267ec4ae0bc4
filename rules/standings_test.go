package rules_test

import (
	"slices"
	"testing"

	"correctiond/rules"
)

func TestStandingsAgreeWithTheExplainedScores(t *testing.T) {
	p := newPlayer(t)
	p.play(`
subject S1 level=strict periodic=03-01
subject S3 level=lenient
09:00 W1 status strap_open
09:05 tick
`)
	list := p.engine.StandingsOf(append(p.engine.Everyone(), "S-unknown"))
	slices.SortFunc(list, rules.CompareStandings)
	if len(list) != len(p.engine.Risks()) || list[0].Subject != "S1" || list[0].Colour != 3 {
		t.Fatalf("standings: %+v", list)
	}
	for i, s := range list {
		r, ok := p.engine.Risk(s.Subject)
		if !ok || r.Score != s.Score || r.Colour != s.Colour || s.Office != "O1" {
			t.Errorf("%+v, explained as %d %s", s, r.Score, r.Colour)
		}
		if i > 0 && (s.Colour > list[i-1].Colour || s.Colour == list[i-1].Colour && s.Score > list[i-1].Score) {
			t.Errorf("%s stands behind %s", s.Subject, list[i-1].Subject)
		}
	}
}
