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

// companion is the phone of the one who wears the wristband. It reports while the
// wristband is silent, and goes on while its memory comes in.
type companion struct {
	carried bool // else it lies at home
	every   int  // fixes of the wristband
}

// beside are the phone's messages, each received at once.
func (c companion) beside(week []event.Entry, end roster.Instant) []event.Entry {
	var out []event.Entry
	say := func(at roster.Instant, pt geo.Point) {
		out = append(out, event.Entry{At: at, Event: &event.Event{
			Kind: event.Location, Device: "P1", DeviceKind: roster.App, Subject: "S1", ID: fmt.Sprint("p", at), Seq: -1, Battery: -1,
			Time: at, Position: &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: 8, Source: event.GNSS},
		}})
	}
	home := places()["home"]
	for i := 0; i < len(week); i += c.every {
		pt := home
		if c.carried {
			pt = week[i].Event.Position.Point
		}
		say(week[i].Event.Time, pt)
	}
	for at := week[len(week)-1].Event.Time + 5*roster.Minute; at < end; at += 5 * roster.Minute {
		say(at, home)
	}
	return out
}

// someCompanion draws a phone, or none.
func someCompanion(t *rapid.T) *companion {
	if rapid.IntRange(0, 3).Draw(t, "phone") == 0 {
		return nil
	}
	return &companion{carried: rapid.Bool().Draw(t, "carried"), every: rapid.IntRange(1, 4).Draw(t, "every")}
}

// areaExits are what was told: how many alerts, and those that hold in the end.
func areaExits(steps [][]rules.Episode) (ids int, held []rules.Episode) {
	last := map[string]rules.Episode{}
	for _, ep := range slices.Concat(steps...) {
		if ep.Kind == rules.AreaExit {
			last[ep.ID] = ep
		}
	}
	for _, ep := range last {
		if !ep.Retracted {
			held = append(held, ep)
		}
	}
	slices.SortFunc(held, func(a, b rules.Episode) int { return int(a.Started - b.Started) })
	return len(last), held
}

// arrival is how the memory of a wristband comes in: from an instant on, in an
// order, with pauses of a connection that is often lost.
type arrival struct {
	entries []event.Entry
	from    roster.Instant
	pauses  []int // after so many of them
}

// entriesOf dates the entries, and returns when the last one came.
func (a arrival) dated() (out []event.Entry, last roster.Instant) {
	at := a.from
	for i, entry := range a.entries {
		if at++; slices.Contains(a.pauses, i) {
			at += 100 * roster.Minute
		}
		entry.At = at
		out = append(out, entry)
	}
	return out, at
}

// An outing that a device's memory tells of is one alert with its true times,
// in whatever order the memory arrives, and whatever a phone reports meanwhile.
func TestBacklogOfAWeek(t *testing.T) {
	dir := compiled(t, world())
	rapid.Check(t, func(t *rapid.T) {
		fixes := 24 * 12
		if rapid.IntRange(0, 49).Draw(t, "a week") == 49 {
			fixes *= 7
		}
		week, outings := backlog(t, fixes)
		end := monday + roster.Instant(fixes)*5*roster.Minute
		live, phone := rapid.Bool().Draw(t, "live first"), someCompanion(t)
		pauses := rapid.SliceOfN(rapid.IntRange(0, fixes-1), 0, 2).Draw(t, "pauses")
		for _, entries := range [][]event.Entry{week, arrange(t, week)} {
			memory, last := arrival{entries, end, pauses}.dated()
			in := []event.Entry{{At: monday - roster.Hour}, {At: last + 2*roster.Hour}}
			in = append(in, memory...)
			if live {
				ev := *week[len(week)-1].Event
				ev.ID, ev.Time = "live", end
				in = append(in, event.Entry{At: end, Event: &ev})
			}
			if phone != nil {
				in = append(in, phone.beside(week, last+roster.Hour)...)
			}
			slices.SortStableFunc(in, func(a, b event.Entry) int { return int(a.At - b.At) })
			ids, held := areaExits(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), in))
			if ids > len(outings) || len(held) != len(outings) {
				t.Fatalf("%d alerts told, %d hold, of %d outings: %+v", ids, len(held), len(outings), held)
			}
			wantOutings(t, week, outings, phone, held)
		}
	})
}

// wantOutings compares alerts with outings. A phone that is carried tells of them
// at once, and knows their end by its next fix; only what it does not tell of is late.
func wantOutings(t *rapid.T, week []event.Entry, outings []outing, phone *companion, held []rules.Episode) {
	for i, o := range outings {
		var slack roster.Instant
		carried := phone != nil && phone.carried
		if carried {
			slack = roster.Instant(phone.every-1) * 5 * roster.Minute
		}
		ep, from, until := held[i], week[o.from].Event.Time, week[o.until].Event.Time
		if ep.Started != from || ep.Ended < until || ep.Ended > until+slack || ep.Late == carried {
			t.Fatalf("outing %d to %d: %+v", from, until, ep)
		}
	}
}
