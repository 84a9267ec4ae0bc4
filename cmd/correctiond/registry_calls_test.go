package main

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// phoneDirectory is a roster in which P1 is the phone of S1,
// whose roll-call is once a day in the evening.
func phoneDirectory(t testing.TB) *roster.Directory {
	t.Helper()
	file := &roster.Roster{
		Version: 1, District: roster.District{ID: "D1"}, Offices: []roster.Office{{ID: "O1"}},
		Subjects: []roster.Subject{{
			ID: "S1", Office: "O1", Kind: roster.Probation, Effective: &roster.Date{Day: "2026-01-10"},
			Term: roster.Span{From: roster.Date{Day: "2026-01-10"}, Until: &roster.Date{Day: "2027-01-09"}},
		}},
		Devices: []roster.Device{{ID: "P1", Kind: roster.App, Bindings: []roster.Binding{{Subject: "S1", From: roster.Date{Day: "2026-01-15"}}}}},
	}
	dir, err := roster.Compile(file, roster.NewCalendar(nil))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// morning is 08:00 of 3 March 2026: in the morning window, which only orange has.
const morning = roster.Instant(1772467200000) + 8*roster.Hour

func lawful(dir *roster.Directory, at roster.Instant) bool {
	return dir.Basis(roster.Query{Device: "P1", Kind: "location", At: at, HasTime: true, Received: at}).Refusal == ""
}

// Positions of phones are taken in the windows of the colour of their day, and in
// challenges, by rosters that came before and after.
func TestIngestFollowsColoursAndChallenges(t *testing.T) {
	before, after := phoneDirectory(t), phoneDirectory(t)
	r := newRegistry()
	r.put(before)
	if lawful(before, morning) {
		t.Fatal("located outside of the evening")
	}
	midnight := morning - 8*roster.Hour
	calls := []rules.Calls{{
		Subject: "S1", Steps: []roster.PaceStep{{From: midnight, Pace: roster.TwiceADay}},
		Challenges: []rules.Challenge{{ID: "c1", Device: "P1", Issued: morning + 3*roster.Hour, Expires: morning + 4*roster.Hour}},
	}}
	var reading sync.WaitGroup
	reading.Go(func() {
		for range 1000 {
			lawful(before, morning)
		}
	})
	for range 2 { // told again after a restart
		r.call("D1", calls, nil)
	}
	reading.Wait()
	r.put(after)
	for name, dir := range map[string]*roster.Directory{"the roster in use": before, "the next roster": after} {
		for _, c := range []struct {
			at   roster.Instant
			want bool
		}{
			{morning, true},
			{morning - roster.Day, false},
			{morning + 3*roster.Hour + roster.Minute, true},
			{morning + 4*roster.Hour, false},
		} {
			if lawful(dir, c.at) != c.want {
				t.Errorf("%s at %v: lawful is %v", name, c.at.Time(dir.Calendar().Location()), !c.want)
			}
		}
	}
	r.call("D1", nil, []roster.Interval{{From: midnight, End: midnight + roster.Day}})
	if !lawful(after, midnight+13*roster.Hour) {
		t.Error("a focus does not raise the windows")
	}
}

// Acts that come while a roster is stored are stored together.
func TestAmendmentsThatWaitAreOne(t *testing.T) {
	d := &daemon{amendments: make(chan roster.DistrictID, 8)}
	for _, id := range []roster.DistrictID{"D1", "D2", "D1", "D1"} {
		d.amended(id)
	}
	got := d.waitingWith(<-d.amendments)
	if len(got) != 2 || !got["D1"] || !got["D2"] || len(d.amendments) != 0 {
		t.Errorf("%v, %d still wait", got, len(d.amendments))
	}
}

// A start reads the stored roster only if the engine has another: neither the version
// that it took over nor that one with what acts have changed since is journaled again.
func TestWhichRosterTheEngineHolds(t *testing.T) {
	e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	parts, err := event.SplitRoster(phoneDirectory(t).Roster(), rosterPartBytes)
	if err != nil || len(parts) != 1 {
		t.Fatal(err, len(parts))
	}
	d := &district{desk: newDesk(e, nil)}
	take := func(entry event.Entry) {
		entry.At = morning
		if _, err := e.Apply(&entry); err != nil {
			t.Fatal(err)
		}
		version := e.RosterHash()
		d.roster.Store(&version)
	}
	holds := func(stored []byte, by string, want bool) {
		t.Helper()
		dir, file, err := d.holds(&store.RosterVersion{Hash: event.RosterHash(stored), By: by})
		if err != nil || dir == nil || (file != nil) != want {
			t.Errorf("it holds %v: %v, %v", file != nil, dir, err)
		}
	}
	text := func() []byte {
		t.Helper()
		text, err := json.Marshal(e.Directory().Roster())
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	visit := event.Entry{Act: &event.Act{Type: event.ActVisit, Subject: "S1", By: "F1"}}
	take(parts[0])
	imported := text()
	holds(imported, "admin", true)
	holds([]byte("{}"), "admin", false)
	take(visit)
	once := text()
	if bytes.Equal(once, imported) {
		t.Fatal("the act has changed nothing")
	}
	holds(imported, "admin", true)
	holds(once, byActs, true)
	holds([]byte("{}"), "admin", false)
	// The daemon was killed before the second act was stored: it is not lost.
	visit.Act.Date = &roster.Date{Day: "2026-03-01"}
	take(visit)
	holds(once, byActs, true)
	holds(once, "admin", false)
}
