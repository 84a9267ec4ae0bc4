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

// outing is when a wristband was out of the area, in fixes of the week.
type outing struct{ from, until int }

// backlog is a device's memory: a fix every five minutes, with some outings of
// at least an hour and as much at home between them.
func backlog(t *rapid.T, fixes int) ([]event.Entry, []outing) {
	var outings []outing
	for at := 0; len(outings) < 4; {
		o := outing{from: at + rapid.IntRange(12, fixes/3).Draw(t, "home")}
		o.until = o.from + rapid.IntRange(12, fixes/6).Draw(t, "out")
		if at = o.until; at > fixes-12 {
			break
		}
		outings = append(outings, o)
	}
	places := places()
	var out []event.Entry
	for i := range fixes {
		pt := places["home"]
		if slices.ContainsFunc(outings, func(o outing) bool { return i >= o.from && i < o.until }) {
			pt = places["out"]
		}
		out = append(out, event.Entry{Event: &event.Event{
			Kind: event.Location, Device: "W1", DeviceKind: roster.Wristband, Subject: "S1", ID: fmt.Sprint(i), Seq: -1, Battery: -1,
			Time:     monday + roster.Instant(i)*5*roster.Minute,
			Position: &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: 8, Source: event.GNSS},
		}})
	}
	return out, outings
}

// arrange puts a backlog into an order in which a device may send it.
func arrange(t *rapid.T, all []event.Entry) []event.Entry {
	out := slices.Clone(all)
	switch rapid.SampledFrom([]string{"newest first", "shuffled", "interleaved"}).Draw(t, "order") {
	case "newest first":
		slices.Reverse(out)
	case "shuffled":
		return rapid.Permutation(out).Draw(t, "shuffled")
	default: // as several readers of one memory send it
		n := rapid.IntRange(2, 7).Draw(t, "readers")
		out = out[:0]
		for r := range n {
			for i := r; i < len(all); i += n {
				out = append(out, all[i])
			}
		}
	}
	return out
}

// areaExits are what was told that were told: how many alerts, and those that
// hold in the end.
func areaExits(steps [][]rules.Episode) (ids int, times []string) {
	last := map[string]rules.Episode{}
	for _, ep := range slices.Concat(steps...) {
		if ep.Kind == rules.AreaExit {
			last[ep.ID] = ep
		}
	}
	for _, ep := range last {
		if !ep.Retracted {
			times = append(times, fmt.Sprint(ep.Started, " ", ep.Ended))
		}
	}
	slices.Sort(times)
	return len(last), times
}

// An outing that a device's memory tells of is one alert with its true times,
// in whatever order the memory arrives.
func TestBacklogOfAWeek(t *testing.T) {
	dir := compiled(t, world())
	rapid.Check(t, func(t *rapid.T) {
		fixes := 24 * 12
		if rapid.IntRange(0, 49).Draw(t, "a week") == 49 {
			fixes *= 7
		}
		all, outings := backlog(t, fixes)
		end := monday + roster.Instant(fixes)*5*roster.Minute
		live := rapid.Bool().Draw(t, "live first")
		deliver := func(entries []event.Entry) [][]rules.Episode {
			in := []event.Entry{{At: monday - roster.Hour}}
			if live {
				ev := *all[len(all)-1].Event
				ev.ID, ev.Time = "live", end
				in = append(in, event.Entry{At: end, Event: &ev})
			}
			for i, entry := range entries {
				entry.At = end + roster.Instant(i)
				in = append(in, entry)
			}
			in = append(in, event.Entry{At: end + 2*roster.Hour})
			return run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), in)
		}
		var want []string
		for _, o := range outings {
			want = append(want, fmt.Sprint(all[o.from].Event.Time, " ", all[o.until].Event.Time))
		}
		for _, entries := range [][]event.Entry{all, arrange(t, all)} {
			ids, times := areaExits(deliver(entries))
			if ids > len(outings) || !slices.Equal(times, want) {
				t.Fatalf("%d alerts, outings %v\nwant %v", ids, times, want)
			}
		}
	})
}
