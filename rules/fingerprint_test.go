package rules_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// sharing draws check-ins of three people over some days, with few handsets.
func sharing(t *rapid.T) []event.Entry {
	day, at := []event.Entry{{At: monday}}, monday+roster.Second
	for n := range rapid.IntRange(2, 30).Draw(t, "check-ins") {
		at += rapid.SampledFrom([]roster.Instant{roster.Second, 5 * roster.Minute, 3 * roster.Hour, 23 * roster.Hour}).Draw(t, "gap")
		who := fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "who"))
		day = append(day, event.Entry{At: at + roster.Second, Event: &event.Event{
			Kind: event.Checkin, Device: roster.DeviceID("P" + who), DeviceKind: roster.App, Subject: roster.SubjectID("S" + who),
			ID: fmt.Sprint(n), Seq: -1, Time: at, Battery: -1,
			Check: &event.Check{Passed: true, DeviceFP: rapid.SampledFrom([]string{"", "f1", "f1", "f2"}).Draw(t, "fp"), Rooted: n%7 == 0},
		}})
	}
	return day
}

func threePeople(t testing.TB) *roster.Directory {
	r := world()
	r.Subjects = append(r.Subjects, person("S3"))
	r.Devices = append(r.Devices, roster.Device{ID: "P3", Kind: roster.App, Bindings: bound("S3")})
	r.Devices[0].Authority = nil
	return compiled(t, r)
}

// TestSharedHandsetsInAnyOrder: neither the order of arrival, nor repeats, nor a
// restart changes who is told of.
func TestSharedHandsetsInAnyOrder(t *testing.T) {
	dir := threePeople(t)
	rapid.Check(t, func(rt *rapid.T) {
		day := sharing(rt)
		other := delayed(rt, day)
		end := event.Entry{At: max(day[len(day)-1].At, other[len(other)-1].At) + 25*roster.Hour}
		want := settled(run(rt, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), append(day, end)))
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		cut := rapid.IntRange(1, len(other)).Draw(rt, "restart")
		steps := run(rt, e, other[:cut])
		steps = append(steps, run(rt, restored(t, e), append(slices.Clone(other[cut:]), end))...)
		if got := settled(steps); !slices.Equal(got, want) {
			rt.Fatalf("in order:\n%s\nshuffled:\n%s\n%s", want, got, told(other))
		}
	})
}

// TestHandsetsAreForgotten: what is remembered does not grow with the days, nor
// without bound within one.
func TestHandsetsAreForgotten(t *testing.T) {
	dir := threePeople(t)
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	size := func() int {
		var b bytes.Buffer
		if err := e.Snapshot(&b); err != nil {
			t.Fatal(err)
		}
		return b.Len()
	}
	var sizes []int
	for day := range 4 {
		var entries []event.Entry
		for n := range 300 {
			at := monday + roster.Instant(day)*3*roster.Day + roster.Instant(n)*roster.Minute
			entries = append(entries, event.Entry{At: at, Event: &event.Event{
				Kind: event.Checkin, Device: "P1", DeviceKind: roster.App, Subject: "S1", ID: fmt.Sprint(day, n), Seq: -1, Time: at, Battery: -1,
				Check: &event.Check{Passed: true, DeviceFP: fmt.Sprintf("%064d", n)},
			}})
		}
		run(t, e, entries)
		sizes = append(sizes, size())
	}
	if slices.MaxFunc(sizes, cmp.Compare) > 2*sizes[0] {
		t.Errorf("snapshots of %v bytes", sizes)
	}
}
