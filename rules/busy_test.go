package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"correctiond/rules"
)

// Three hundred people in one place are one gathering, told of when it has
// lasted long enough, and not computed with every fix.
func TestABigCrowdIsOneGathering(t *testing.T) {
	var fixture strings.Builder
	fixture.WriteString("fleet F 300 O1\n")
	for minute := range 31 {
		fmt.Fprintf(&fixture, "09:%02d F1..F300 fix school\n", minute)
	}
	fixture.WriteString("until 10:00\n")
	p := newPlayer(t)
	p.play(fixture.String())
	var found []rules.Episode
	for _, ep := range p.seen {
		if ep.Kind == rules.Gathering {
			found = append(found, ep)
		}
	}
	if len(found) != 1 || strings.Count(fmt.Sprint(found[0].Evidence["subjects"]), "F") != 300 {
		t.Fatalf("%d gatherings: %+v", len(found), found)
	}
	if at := p.show(found[0].Opened); at != "09:15:01" {
		t.Errorf("opened at %s", at)
	}
	if at := p.show(found[0].Ended); at != "09:45:00" {
		t.Errorf("ended at %s", at)
	}
}
