package rules_test

import (
	"bytes"
	"fmt"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// Fifty people within an hour are work, one more is a question; whom it is about
// stands in the evidence, and nobody under supervision does.
func TestTracksOfFiftyPeopleAnHour(t *testing.T) {
	for n, want := range map[int]int{50: 0, 51: 1} {
		e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), compiled(t, world()))
		var got []rules.Episode
		for i := range n {
			act := &event.Act{Type: event.ActQuery, By: "li", Subject: roster.SubjectID(fmt.Sprint("X", i)), Result: event.QueryRead}
			eps, err := e.Apply(&event.Entry{At: monday + roster.Instant(i)*roster.Minute, Act: act})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, eps...)
		}
		if len(got) != want {
			t.Errorf("%d people: %d episodes, want %d", n, len(got), want)
		}
		for _, ep := range got {
			if ep.Subject != "" || ep.Office != "" || !ep.Concerns("li") || ep.Concerns("wang") || ep.Evidence["subjects"] != 51 {
				t.Errorf("got %+v", ep)
			}
		}
	}
}

// What a reader has read is forgotten when it can no longer matter.
func TestReadersAreForgotten(t *testing.T) {
	empty := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), compiled(t, world()))
	busy := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), compiled(t, world()))
	for i := range 40 {
		act := &event.Act{Type: event.ActQuery, By: fmt.Sprint("reader-", i), Subject: "S1", Result: event.QueryRead}
		if _, err := busy.Apply(&event.Entry{At: monday, Act: act}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := empty.Apply(&event.Entry{At: monday}); err != nil {
		t.Fatal(err)
	}
	var size [2]bytes.Buffer
	for i, e := range []*rules.Engine{empty, busy} {
		e.Advance(monday + 2*roster.Day)
		if err := e.Snapshot(&size[i]); err != nil {
			t.Fatal(err)
		}
	}
	if size[0].Len() != size[1].Len() {
		t.Errorf("snapshot of %d bytes after 40 readers, %d without", size[1].Len(), size[0].Len())
	}
}
