package rules_test

import (
	"fmt"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// company is a roster of some people of two offices, each with a phone.
func company(tb testing.TB, people int) *roster.Directory {
	r := world()
	r.Subjects, r.Devices = nil, nil
	for i := range people {
		s := person(roster.SubjectID(fmt.Sprint("S", i)))
		s.Office = r.Offices[i%2].ID
		r.Subjects = append(r.Subjects, s)
		r.Devices = append(r.Devices, roster.Device{ID: roster.DeviceID(fmt.Sprint("P", i)), Kind: roster.App, Bindings: bound(s.ID)})
	}
	return compiled(tb, r)
}

// somePeopleAbout draws fixes of people who walk between places of one quarter:
// many pairs of these are near each other, some are not.
func somePeopleAbout(t *rapid.T, people int) []event.Entry {
	places := [][2]float64{{0, 0}, {100, 0}, {0, 120}, {300, 0}, {900, 900}}
	out := []event.Entry{{At: monday}}
	at := monday + roster.Second
	for n := range rapid.IntRange(20, 160).Draw(t, "fixes") {
		at += rapid.SampledFrom([]roster.Instant{roster.Second, 10 * roster.Second, roster.Minute, 4 * roster.Minute}).Draw(t, "gap")
		who, where := rapid.IntRange(0, people-1).Draw(t, "who"), places[rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, 2, 3, 4}).Draw(t, "where")]
		pt := geo.Point{Lat: 31.6 + where[1]/111_195, Lng: 121.6 + where[0]/94_700}
		out = append(out, event.Entry{At: at + roster.Second, Event: &event.Event{
			Kind: event.Location, Device: roster.DeviceID(fmt.Sprint("P", who)), DeviceKind: roster.App, Subject: roster.SubjectID(fmt.Sprint("S", who)),
			ID: fmt.Sprint(n), Seq: -1, Battery: -1, Time: at,
			Position: &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: 8, Source: event.GNSS},
		}})
	}
	return out
}

// gatherings are the settled ones, with who was there. Which office is told, one or the
// whole district, is decided by who is known when it opens.
func gatherings(steps [][]rules.Episode) []string {
	last := map[string]rules.Episode{}
	for _, ep := range slices.Concat(steps...) {
		last[ep.ID] = ep
	}
	var out []string
	for _, ep := range last {
		if ep.Kind == rules.Gathering && !ep.Retracted {
			out = append(out, fmt.Sprintln(ep.Started, ep.Ended, ep.Severity, ep.Count, ep.Evidence["subjects"], ep.Evidence["cell"]))
		}
	}
	slices.Sort(out)
	return out
}

// Who gathers, where and how long does not depend on the order in which the fixes
// arrive, on repetition, or on a restart in the middle, however many people come and go.
func TestGatheringsOfManyInAnyOrder(t *testing.T) {
	const people = 9
	dir, found := company(t, people), 0
	rapid.Check(t, func(rt *rapid.T) {
		day := somePeopleAbout(rt, people)
		other := delayed(rt, day)
		end := event.Entry{At: max(day[len(day)-1].At, other[len(other)-1].At) + roster.Hour}
		day, other = append(day, end), append(other, end)
		want := gatherings(run(rt, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), day))
		at := rapid.IntRange(1, len(other)-1).Draw(rt, "restart")
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		before := run(rt, e, other[:at])
		got := gatherings(append(before, run(rt, restored(t, e), other[at:])...))
		if !slices.Equal(got, want) {
			rt.Fatalf("in order:\n%s\nin another order, restarted after %d:\n%s\n%s", want, at, got, told(other))
		}
		found += len(want)
	})
	if found == 0 {
		t.Error("nobody ever gathered")
	}
}

// A restart between any two fixes of a gathering of six, who come one after the other
// and leave so, changes neither what is told nor its id.
func TestGatheringOutlivesRestarts(t *testing.T) {
	const fixture = `
fleet F 6 O1
10:00..10:40/4m F1..F3 fix off
10:05..10:45/4m F4..F5 fix off north=60
10:10..10:50/4m F6 fix off north=-60
10:44..11:30/4m F1 fix off north=500
10:44..11:30/4m F2 fix off north=-500
10:44..11:30/4m F3 fix off north=1000
until 12:00
want gathering P3 -@O1 started=10:00 opened=10:16:01 ended=11:00
`
	plain := newPlayer(t)
	plain.play(fixture)
	plain.compare("")
	again := newPlayer(t)
	again.after = func(e *rules.Engine) *rules.Engine { return restored(t, e) }
	again.play(fixture)
	again.compare("restarted: ")
	if a, b := idsSeen(plain), idsSeen(again); !slices.Equal(a, b) {
		t.Errorf("ids %v, restarted %v", a, b)
	}
}

// idsSeen are the ids of a kind, or of all kinds, in the order in which they were told.
func idsSeen(p *player, only ...rules.Kind) []string {
	var ids []string
	for _, ep := range p.seen {
		if len(only) == 0 || slices.Contains(only, ep.Kind) {
			ids = append(ids, ep.ID)
		}
	}
	return ids
}
