package rules_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// TestMissedWindows compares checkin-missed with the sentence it stands for:
// rows of windows that no counting check-in answered, whenever it arrived.
func TestMissedWindows(t *testing.T) {
	r := world()
	r.Subjects[0].Rollcall, r.Devices[0].Authority = "three", nil
	dir := compiled(t, r)
	rapid.Check(t, func(t *rapid.T) {
		entries, answers := someCheckins(t)
		end := monday + 5*roster.Day
		entries = append(entries, event.Entry{At: end})
		steps := run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), entries)
		var got []string
		last := map[string]rules.Episode{}
		for _, ep := range slices.Concat(steps...) {
			last[ep.ID] = ep
		}
		for _, ep := range last {
			if ep.Kind == rules.CheckinMissed && !ep.Retracted {
				got = append(got, fmt.Sprint(ep.Started-monday, ep.Ended-monday, ep.Count))
			}
		}
		slices.Sort(got)
		if want := missedRows(dir.Subject("S1").Duty, answers, end-1); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// someCheckins draws check-ins of four days with delays of up to two, and a sign
// of life each hour, so that nobody is out of contact.
func someCheckins(t *rapid.T) (entries []event.Entry, answers []roster.Instant) {
	entries = []event.Entry{{At: monday}}
	for h := range 5 * roster.Instant(24) {
		at := monday + h*roster.Hour
		entries = append(entries, event.Entry{At: at, Event: &event.Event{
			Kind: event.Location, Device: "P1", DeviceKind: roster.App, Subject: "S1", ID: fmt.Sprint("f", h), Time: at, Battery: -1,
			Position: &event.Position{Point: places()["home"], Cell: geo.CellOf(places()["home"]), AccuracyM: 8, Source: event.GNSS},
		}})
	}
	for n := range rapid.IntRange(0, 25).Draw(t, "check-ins") {
		at := monday + roster.Instant(rapid.IntRange(0, 4*24*4).Draw(t, "quarter"))*15*roster.Minute
		delay := roster.Instant(rapid.SampledFrom([]int{0, 0, 1, 29, 31, 90, 600, 2880}).Draw(t, "delay")) * roster.Minute
		passed := rapid.IntRange(0, 4).Draw(t, "passed") > 0
		entries = append(entries, event.Entry{At: min(at+delay, monday+5*roster.Day-1), Event: &event.Event{
			Kind: event.Checkin, Device: "P1", DeviceKind: roster.App, Subject: "S1", ID: fmt.Sprint("c", n), Time: at, Battery: -1,
			Check: &event.Check{Passed: passed},
		}})
		if passed {
			answers = append(answers, at)
		}
	}
	slices.SortStableFunc(entries, func(a, b event.Entry) int { return cmp.Compare(a.At, b.At) })
	slices.Sort(answers)
	return entries, answers
}

func missedRows(duty *roster.Duty, answers []roster.Instant, end roster.Instant) []string {
	var out []string
	var started roster.Instant
	count := 0
	flush := func(ended roster.Instant) {
		if count > 0 {
			out = append(out, fmt.Sprint(started-monday, ended-monday, count))
		}
		count = 0
	}
	for w, ok := duty.Next(monday); ok && w.Deadline <= end; w, ok = duty.Next(w.From + 1) {
		i, _ := slices.BinarySearch(answers, w.From)
		switch answered := i < len(answers) && answers[i] < w.Until; {
		case answered:
			flush(answers[i])
		default:
			if count++; count == 1 {
				started = w.Until
			}
		}
	}
	flush(0)
	slices.Sort(out)
	return out
}
