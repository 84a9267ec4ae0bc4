package rules_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// patrolled is a subject with every duty there is: windows, an area, a zone, a
// curfew, and an approved journey within the day.
func patrolled(t testing.TB) *roster.Directory {
	r := world()
	r.Subjects[0].Rollcall, r.Subjects[0].Forbidden = "three", []roster.ZoneID{"school"}
	r.Subjects[0].Level = roster.Strict
	r.Subjects[0].NoContact = []roster.SubjectID{"S2"}
	r.Zones = append(r.Zones, roster.Zone{ID: "small", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: []byte(
		`{"type":"Polygon","coordinates":[[[121.38,31.38],[121.43,31.38],[121.43,31.43],[121.38,31.43],[121.38,31.38]]]}`)})
	r.Zones = append(r.Zones, roster.Zone{ID: "ferry", Kind: roster.WatchZone, Border: true, Datum: geo.WGS84, Geometry: []byte(
		`{"type":"Polygon","coordinates":[[[121.411,31.40],[121.435,31.40],[121.435,31.41],[121.411,31.41],[121.411,31.40]]]}`)})
	r.Subjects[0].Area = "small"
	r.Subjects[0].Home = &roster.Place{Lat: 31.405, Lng: 121.4121, Datum: geo.WGS84, RadiusM: 100}
	r.Subjects[0].Curfew = &roster.Window{From: "09:00", Until: "13:00"}
	r.Subjects[0].Travel = []roster.Travel{{
		ID: "T1", From: roster.Date{At: monday + roster.Hour}, Until: roster.Date{At: monday + 3*roster.Hour}, Area: "far",
	}}
	return compiled(t, r)
}

// spots are places in, near and out of the school, and in, near and out of the
// small area around it; the last is too far for any traveller.
func spots() []geo.Point {
	return []geo.Point{
		{Lat: 31.405, Lng: 121.405},
		{Lat: 31.405, Lng: 121.4101},
		{Lat: 31.405, Lng: 121.412},
		{Lat: 31.405, Lng: 121.4142},
		{Lat: 31.405, Lng: 121.4299},
		{Lat: 31.405, Lng: 121.432},
		{Lat: 31.405, Lng: 121.44},
		{Lat: 31.405, Lng: 121.46},
		{Lat: 30.5, Lng: 110.5},
	}
}

// generator makes one kind of message; weight is how often, among all of them.
// A kind that judges something new gets a line here.
type generator struct {
	weight int
	fill   func(t *rapid.T, ev *event.Event)
}

func generators() []generator {
	return []generator{
		{7, somePosition},
		{1, func(t *rapid.T, ev *event.Event) { somePosition(t, ev); ev.Position.Motion = event.Moving }},
		{1, func(t *rapid.T, ev *event.Event) { somePosition(t, ev); ev.Position.Mock = true }},
		{1, someCheckin},
		{2, func(t *rapid.T, ev *event.Event) {
			ev.Kind, ev.Status = event.Status, rapid.SampledFrom(statuses()).Draw(t, "status")
		}},
	}
}

func statuses() []event.StatusKind {
	return []event.StatusKind{
		event.Heartbeat, event.Online, event.Offline, event.PowerOn, event.PowerOff, event.PowerOff, event.BatteryLow, event.BatteryCritical,
		event.Charging, event.StrapOpen, event.StrapClosed, event.CaseOpen, event.Jamming, event.NoFix, event.SOS,
	}
}

func someCheckin(t *rapid.T, ev *event.Event) {
	somePosition(t, ev)
	ev.Kind = event.Checkin
	ev.Check = &event.Check{
		Passed:    rapid.IntRange(0, 2).Draw(t, "passed") > 0,
		Liveness:  rapid.SampledFrom([]event.Tri{event.Unknown, event.Unknown, event.Yes, event.No}).Draw(t, "liveness"),
		Challenge: rapid.SampledFrom([]string{"", "C1", "C2"}).Draw(t, "challenge"),
		Rooted:    rapid.IntRange(0, 5).Draw(t, "rooted") == 0,
		DeviceFP:  rapid.SampledFrom([]string{"", "fp1", "fp2"}).Draw(t, "fp"),
	}
}

func somePosition(t *rapid.T, ev *event.Event) {
	pt := spots()[min(rapid.IntRange(0, 20).Draw(t, "spot")%10, 8)]
	ev.Position = &event.Position{
		Point: pt, Cell: geo.CellOf(pt), Source: event.GNSS,
		AccuracyM: rapid.SampledFrom([]float64{8, 8, 20, 60, 150, 300}).Draw(t, "accuracy"),
	}
}

// someEvent draws what a device of S1 or S2 may send at a time.
func someEvent(t *rapid.T, n int, at roster.Instant) *event.Event {
	ev := &event.Event{
		Device: "W1", DeviceKind: roster.Wristband, Subject: "S1", ID: fmt.Sprint(n), Seq: -1, Time: at, Battery: -1, Kind: event.Location,
	}
	switch rapid.IntRange(0, 5).Draw(t, "device") {
	case 0:
		ev.Device, ev.DeviceKind = "P1", roster.App
	case 1, 2:
		ev.Device, ev.DeviceKind, ev.Subject = "P2", roster.App, "S2"
	}
	all := generators()
	total := 0
	for _, g := range all {
		total += g.weight
	}
	pick := rapid.IntRange(0, total-1).Draw(t, "kind")
	for _, g := range all {
		if pick -= g.weight; pick < 0 {
			g.fill(t, ev)
			break
		}
	}
	if ev.Kind != event.Status && rapid.IntRange(0, 4).Draw(t, "battery") == 0 {
		ev.Battery = float32(rapid.IntRange(5, 40).Draw(t, "percent"))
	}
	return ev
}

// someDay draws up to 60 events in the order in which they happen, from a tick on.
func someDay(t *rapid.T, start roster.Instant) []event.Entry {
	day := []event.Entry{{At: start}}
	at := start + roster.Second
	gaps := []roster.Instant{roster.Second, 30 * roster.Second, roster.Minute, 3 * roster.Minute, 5 * roster.Minute, 10 * roster.Minute, 25 * roster.Minute, 100 * roster.Minute}
	for n := range rapid.IntRange(1, 60).Draw(t, "events") {
		at += rapid.SampledFrom(gaps).Draw(t, "gap")
		day = append(day, event.Entry{At: at + roster.Second, Event: someEvent(t, n, at)})
	}
	return day
}

// delayed draws another arrival of the same events: each at most 15 minutes
// after it happened, some of them twice.
func delayed(t *rapid.T, day []event.Entry) []event.Entry {
	out := []event.Entry{day[0]}
	for _, e := range day[1:] {
		for range 1 + rapid.IntRange(0, 9).Draw(t, "again")/9 {
			e.At = e.Event.Time + rapid.SampledFrom([]roster.Instant{
				0, roster.Second, roster.Minute, 4 * roster.Minute, 9 * roster.Minute, 11 * roster.Minute, 15 * roster.Minute,
			}).Draw(t, "delay")
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out[1:], func(a, b event.Entry) int { return cmp.Compare(a.At, b.At) })
	return out
}

// run applies the entries and returns what was published,
// step by step.
func run(t fataler, e *rules.Engine, entries []event.Entry) [][]rules.Episode {
	var out [][]rules.Episode
	for i := range entries {
		entry := entries[i]
		if entry.Event != nil {
			ev := *entry.Event
			ev.Received = entry.At
			entry.Event = &ev
		}
		got, err := e.Apply(&entry)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		out = append(out, got)
	}
	return out
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func settled(steps [][]rules.Episode) []string {
	last := map[string]rules.Episode{}
	for _, ep := range slices.Concat(steps...) {
		last[ep.ID] = ep
	}
	var out []string
	for _, ep := range last {
		if byReceipt := ep.Kind == rules.DeviceOffline || ep.Kind == rules.AlertBacklog; !ep.Retracted && !byReceipt {
			out = append(out, fmt.Sprintln(ep.Kind, ep.Subject, ep.Started, ep.Ended, ep.Severity, ep.Count))
		}
	}
	slices.Sort(out)
	return out
}

const monday = roster.Instant(1772406000000) // 2026-03-02 07:00 in Shanghai

func TestArrivalOrderDoesNotMatter(t *testing.T) {
	dir := patrolled(t)
	rapid.Check(t, func(t *rapid.T) {
		day := someDay(t, monday)
		other := delayed(t, day)
		end := event.Entry{At: max(day[len(day)-1].At, other[len(other)-1].At) + 40*roster.Minute}
		want := settled(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), append(day, end)))
		got := settled(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), append(other, end)))
		if !slices.Equal(got, want) {
			t.Fatalf("in order:\n%s\nshuffled:\n%s\n%s", want, got, told(other))
		}
	})
}

// told writes the events of a failed case, in seconds after the start.
func told(entries []event.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		v := e.Event
		if v == nil {
			continue
		}
		fmt.Fprint(&b, (e.At-monday)/1000, " ", (v.Time-monday)/1000, " ", v.Device, v.ID, " ", v.Kind, v.Status, v.Battery, v.Check)
		if p := v.Position; p != nil {
			fmt.Fprint(&b, " ", p.Lng, " a=", p.AccuracyM, p.Mock)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// someActs mixes what officers do into a day.
func someActs(t *rapid.T, day []event.Entry) []event.Entry {
	acts := []string{
		`{"type":"contact","subject":"S1","result":"reached"}`, `{"type":"declare_lost","subject":"S1"}`, `{"type":"found","subject":"S1"}`,
		`{"type":"custody","subject":"S1","from":"2026-03-02T12:00:00+08:00","until":"2026-03-02T14:00:00+08:00"}`,
		`{"type":"leave_granted","subject":"S1","leave":{"id":"L1","from":"2026-03-02","until":"2026-03-03","area":"far","approver":"office"}}`,
		`{"type":"declare_absconding","subject":"S1","from":"2026-02-20"}`, `{"type":"declare_absconding","subject":"S1","from":"2026-03-03"}`,
		`{"type":"report_received","subject":"S1","report":"periodic"}`, `{"type":"visit","subject":"S1","date":"2026-03-01"}`,
		`{"type":"leave_returned","subject":"S1","leave":"L1"}`, `{"type":"authority_ended","device":"W1","authority":"A1"}`,
		`{"type":"challenge","device":"P1","id":"C1","issued":"2026-03-02T08:00:00+08:00","expires":"2026-03-02T09:00:00+08:00"}`,
		`{"type":"challenge","device":"P1","id":"C2","issued":"2026-03-02T10:00:00+08:00","expires":"2026-03-02T11:00:00+08:00"}`,
	}
	var out []event.Entry
	for _, e := range day {
		out = append(out, e)
		if rapid.IntRange(0, 9).Draw(t, "act") == 0 {
			act, err := event.ParseAct([]byte(rapid.SampledFrom(acts).Draw(t, "what")))
			if err != nil {
				t.Fatalf("%v", err)
			}
			out = append(out, event.Entry{At: e.At, Act: act})
		}
	}
	return out
}

// play applies entries of which acts may be refused, with a restart after one
// of them (-1: none), and returns the bytes of what was published.
func play(t *rapid.T, tb testing.TB, entries []event.Entry, restart int) ([]string, []rules.Episode) {
	dir := patrolled(tb)
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	var out []string
	var all []rules.Episode
	for i := range entries {
		got, err := e.Apply(&entries[i])
		b, jsonErr := json.Marshal(got)
		if jsonErr != nil {
			t.Fatalf("%v", jsonErr)
		}
		out, all = append(out, fmt.Sprintf("%s %v", b, err)), append(all, got...)
		if i == restart {
			e = restored(tb, e)
		}
	}
	return out, all
}

// ticked fills gaps with ticks, so that every change is seen by itself.
func ticked(entries []event.Entry) []event.Entry {
	out := entries[:1:1]
	for _, e := range entries[1:] {
		for at := out[len(out)-1].At + 10*roster.Minute; at < e.At; at += 10 * roster.Minute {
			out = append(out, event.Entry{At: at})
		}
		out = append(out, event.Entry{At: e.At}, e)
	}
	return out
}

func TestRestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		entries := someActs(rt, delayed(rt, someDay(rt, monday)))
		end := entries[len(entries)-1].At
		entries = ticked(append(entries, event.Entry{At: end + 30*roster.Hour}))
		for i := range entries {
			if ev := entries[i].Event; ev != nil {
				ev.Seq, _ = strconv.ParseInt(ev.ID, 10, 64)
			}
		}
		want, episodes := play(rt, t, entries, -1)
		got, _ := play(rt, t, entries, rapid.IntRange(-1, len(entries)-1).Draw(rt, "restart"))
		for i := range want {
			if got[i] != want[i] {
				rt.Fatalf("entry %d:\nwithout restart %s\nwith           %s", i, want[i], got[i])
			}
		}
		checkInvariants(rt, episodes)
	})
}

// checkInvariants holds for every published state of every episode.
func checkInvariants(t fataler, episodes []rules.Episode) {
	first := map[string]rules.Episode{}
	for _, ep := range episodes {
		was, seen := first[ep.ID]
		if !seen {
			first[ep.ID] = ep
			// Two gaps, or answers of one handset, may come due within one entry, the
			// one that began first last: then the first state published has its start
			// corrected already.
			corrected := ep.Kind == rules.SequenceGap || ep.Kind == rules.AlertBacklog || ep.Evidence["form"] == "fingerprint"
			if !corrected && !slices.Contains(idsOf(&ep), ep.ID) {
				t.Fatalf("id is not that of the first start: %+v", ep)
			}
		}
		steps := slices.IsSortedFunc(ep.History, func(a, b rules.SeverityStep) int { return cmp.Compare(a.At, b.At) })
		switch {
		case ep.Ended != 0 && ep.Ended < ep.Started:
			t.Fatalf("ended before it began: %+v", ep)
		case len(ep.History) == 0 || !steps || ep.History[0].At < ep.Opened:
			t.Fatalf("severity history: %+v", ep)
		case seen && (was.Kind != ep.Kind || was.Subject != ep.Subject || key(&was) != key(&ep)):
			t.Fatalf("one id for two episodes: %+v\n%+v", was, ep)
		case ep.Retracted && ep.Ended != ep.Started:
			t.Fatalf("retracted, yet it lasted: %+v", ep)
		case ep.Reason.ZH == "" || ep.Reason.EN == "" || ep.Count < 1 || ep.District != "D1":
			t.Fatalf("incomplete: %+v", ep)
		}
	}
}

// idsOf are the ids that an episode may have: a number follows where another was
// first told with the same start.
func idsOf(ep *rules.Episode) []string {
	ids := []string{rules.EpisodeID(ep.Kind, key(ep), ep.Started)}
	for n := range 3 {
		ids = append(ids, rules.EpisodeID(ep.Kind, fmt.Sprintf("%s/%d", key(ep), n+2), ep.Started))
	}
	return ids
}

// key is what precise rules make the id of: parallel kinds name what they are about.
func key(ep *rules.Episode) string {
	switch ep.Kind {
	case rules.ForbiddenZone, rules.ForbiddenApproach:
		return string(ep.Subject) + "/school"
	case rules.WatchZone:
		return fmt.Sprintf("%s/%s", ep.Subject, ep.Evidence["zone"])
	case rules.ImpossibleTravel, rules.StrapTamper, rules.SOS, rules.BatteryLow, rules.PowerOff, rules.DeviceOffline, rules.SequenceGap,
		rules.Jamming, rules.PositionLost, rules.DeviceSeparated:
		return string(ep.Subject) + "/" + string(ep.Device)
	case rules.NoContact:
		return string(ep.Subject) + "/S2"
	case rules.LeaveOverdue:
		return string(ep.Subject) + "/L1"
	case rules.TravelExpiring:
		return fmt.Sprint(ep.Subject, "/", ep.Evidence["travel"])
	case rules.ChallengeUnanswered:
		return fmt.Sprint(ep.Subject, "/", ep.Evidence["challenge"])
	case rules.AuthorityExpiring:
		return string(ep.Subject) + "/A1"
	}
	return string(ep.Subject)
}
