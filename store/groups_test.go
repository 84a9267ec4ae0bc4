package store_test

import (
	"fmt"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// After an outage thousands have an alert of one moment: each of them is on one page.
func TestGroupsOfOneMomentFollowEachOther(t *testing.T) {
	s := openState(t)
	var changes []store.AlertChange
	var want []string
	for i := range 25 {
		a := raised(fmt.Sprintf("a%02d", (i*7)%25), rules.P3, morning)
		a.Episode.Subject = roster.SubjectID(fmt.Sprintf("S%02d", i))
		if i == 11 {
			a.Episode.Subject = ""
		}
		changes = append(changes, opening(a))
		want = append(want, string(a.Episode.Subject))
	}
	commit(t, s, store.Batch{Seq: 1, Alerts: changes})
	for _, hidden := range [][]roster.SubjectID{nil, {"S03", "S20"}} {
		var got []string
		f := alerts.Filter{District: "D1", Limit: 4, Hidden: hidden}
		for range 10 {
			page := must[alerts.GroupPage](t)(s.Groups(t.Context(), f))
			for _, g := range page.Items {
				got = append(got, string(g.Subject))
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		expect := slices.DeleteFunc(slices.Sorted(slices.Values(want)), func(id string) bool { return slices.Contains(hidden, roster.SubjectID(id)) })
		if slices.Sort(got); !slices.Equal(got, expect) {
			t.Errorf("without %v: got %v, want %v", hidden, got, expect)
		}
	}
}
