package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// latest is the last state of each episode.
func latest(steps ...[]rules.Episode) map[rules.Kind][]rules.Episode {
	last := map[string]rules.Episode{}
	for _, ep := range slices.Concat(steps...) {
		last[ep.ID] = ep
	}
	out := map[rules.Kind][]rules.Episode{}
	for _, ep := range last {
		out[ep.Kind] = append(out[ep.Kind], ep)
	}
	return out
}

// Ten thousand wristbands that are lost together are one alert, before and
// after a restart, and none when they come back.
func TestTenThousandLostTogether(t *testing.T) {
	dir := crowd(t, 10_000, 0)
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	walked := walks(dir, 1)
	steps := run(t, e, walked)
	steps = append(steps, e.Advance(monday+22*roster.Minute))
	e = restored(t, e)
	steps = append(steps, e.Advance(monday+8*roster.Hour))
	got := latest(steps...)
	if len(got[rules.MassOutage]) != 1 || len(got[rules.DataOutOfSync]) != 1 || len(got[rules.DeviceOffline]) != 0 {
		t.Fatalf("%d outages, %d out of sync, %d offline", len(got[rules.MassOutage]), len(got[rules.DataOutOfSync]), len(got[rules.DeviceOffline]))
	}
	ep := got[rules.MassOutage][0]
	if ep.Evidence["devices"] != 3000 || ep.Evidence["under_authority"] != 10_000 || ep.Evidence["share"] != 0.3 || ep.Subject != "" || ep.Office != "" {
		t.Errorf("%+v", ep)
	}
	for i := range walked[1:] {
		entry := walked[1+i]
		entry.At += 9 * roster.Hour
		steps = append(steps, run(t, e, []event.Entry{entry})...)
	}
	steps = append(steps, e.Advance(monday+9*roster.Hour+10*roster.Minute))
	got = latest(steps...)
	if ep := got[rules.MassOutage]; len(ep) != 1 || ep[0].Ended == 0 || len(got[rules.DeviceOffline]) != 0 {
		t.Errorf("after it: %d outages, %d offline, %+v", len(ep), len(got[rules.DeviceOffline]), ep[0])
	}
}

// An outage of an office names the office, and nobody.
func TestOutageOfAnOffice(t *testing.T) {
	p := newPlayer(t)
	p.play("fleet F 6 O2\n09:00..10:00/15m W1 status heartbeat\n09:00 F1..F6 status heartbeat")
	if len(p.seen) != 1 {
		t.Fatalf("%+v", p.seen)
	}
	ep := p.seen[0]
	if ep.Office != "O2" || ep.Subject != "" || ep.ID != rules.EpisodeID(rules.MassOutage, "O2", ep.Started) {
		t.Errorf("%+v", ep)
	}
	if want := "6 of 6 wristbands of the office went offline together; check network and platform first"; ep.Reason.EN != want {
		t.Errorf("%q", ep.Reason.EN)
	}
}

// TestFleetSurvivesRosters: another roster counts anew who is under authority.
func TestFleetSurvivesRosters(t *testing.T) {
	p := newPlayer(t)
	p.play("fleet F 10 O2\n09:00..11:00/15m W1 fix home\n09:00 F1..F10 status heartbeat\n" +
		"10:00 roster drop SF1\n10:01 roster subject SF2 rollcall=none\n10:30..11:00/15m F2..F9 status heartbeat")
	i := slices.IndexFunc(p.seen, func(ep rules.Episode) bool { return ep.Kind == rules.MassOutage })
	if i < 0 || p.seen[i].Ended != p.instant("10:30:01") {
		t.Errorf("%+v", p.seen)
	}
	if n := len(p.seen); n != 1 {
		t.Errorf("%d episodes: %s", n, fmt.Sprint(p.seen))
	}
}

// TestGatheringInAnyOrder: who was where settles to the same gatherings, however
// the fixes arrive within the window.
func TestGatheringInAnyOrder(t *testing.T) {
	dir := crowd(t, 5, 0)
	spots := []float64{0, 0, 0.0004, 0.0008, 0.0012, 0.01}
	rapid.Check(t, func(t *rapid.T) {
		day := []event.Entry{{At: monday}}
		at := monday + roster.Second
		for n := range rapid.IntRange(10, 60).Draw(t, "fixes") {
			at += rapid.SampledFrom([]roster.Instant{roster.Second, roster.Minute, 2 * roster.Minute, 6 * roster.Minute}).Draw(t, "gap")
			i := rapid.IntRange(0, 4).Draw(t, "who")
			pt := geo.Point{Lat: 31.5 + rapid.SampledFrom(spots).Draw(t, "where"), Lng: 121.5}
			day = append(day, event.Entry{At: at + roster.Second, Event: &event.Event{
				Kind: event.Location, Device: dir.Devices()[i].ID, DeviceKind: roster.Wristband, Subject: dir.Subjects()[i].ID, ID: fmt.Sprint(n), Seq: -1,
				Time: at, Battery: -1, Position: &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: 8, Source: event.GNSS},
			}})
		}
		other := delayed(t, day)
		end := event.Entry{At: at + 40*roster.Minute}
		gatherings := func(entries []event.Entry) []string {
			lines := settled(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), append(entries, end)))
			return slices.DeleteFunc(lines, func(s string) bool { return !strings.HasPrefix(s, string(rules.Gathering)) })
		}
		if want, got := gatherings(day), gatherings(other); !slices.Equal(got, want) {
			t.Fatalf("in order:\n%s\nshuffled:\n%s\n%s", want, got, told(other))
		}
	})
}
