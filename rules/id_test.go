package rules_test

import (
	"slices"
	"testing"

	"correctiond/rules"
)

// An outing of the wristband W1 is told as begun at 10:00; a late fix moves its start
// to 10:10, and it keeps its id. Then the phone tells, from its memory, of another
// outing that did begin at 10:00, and was over before the first. Its id would be the same.
const twoOfOneStart = `
subject S1 home=home:300
10:00 W1 fix out
10:05 W1 fix out
10:10 W1 fix out
10:12 W1 fix out
10:14 W1 fix out
10:07 W1 fix home recv=10:15
10:30..15:00/5m W1 fix home
10:00 P1 fix out recv=14:02
10:02 P1 fix out recv=14:02
10:04 P1 fix out recv=14:02
10:06 P1 fix home recv=14:02
10:07 P1 fix home recv=14:02
10:08 P1 fix home recv=14:02
want area-exit P2 S1/W1 started=10:10 opened=10:10:01 ended=10:30
want area-exit P2 S1/P1 started=10:00 opened=14:02 ended=10:06 late
`

// Two episodes never share an id: the second of one kind, subject and start gets a number.
func TestTwoEpisodesOfOneStartHaveTwoIDs(t *testing.T) {
	p := newPlayer(t)
	p.play(twoOfOneStart)
	p.compare("")
	start := p.instant("10:00")
	want := []string{rules.EpisodeID(rules.AreaExit, "S1", start), rules.EpisodeID(rules.AreaExit, "S1/2", start)}
	if got := idsSeen(p, rules.AreaExit); !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
}

// The ids are the same with a restart after every entry, and when the journal is
// played once more from its beginning.
func TestIDsOutliveRestarts(t *testing.T) {
	first, restarts, again := newPlayer(t), newPlayer(t), newPlayer(t)
	restarts.after = func(e *rules.Engine) *rules.Engine { return restored(t, e) }
	for _, p := range []*player{first, restarts, again} {
		p.play(twoOfOneStart)
	}
	want := idsSeen(first)
	if got := idsSeen(restarts); !slices.Equal(got, want) {
		t.Errorf("restarted: %v, want %v", got, want)
	}
	if got := idsSeen(again); !slices.Equal(got, want) {
		t.Errorf("played again: %v, want %v", got, want)
	}
	if len(want) != len(slices.Compact(slices.Sorted(slices.Values(want)))) {
		t.Errorf("an id twice: %v", want)
	}
}
