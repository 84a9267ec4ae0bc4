package rules_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

// crowd is a city of n subjects, each with a wristband and one of the forbidden
// zones, which stand in a grid.
func crowd(tb testing.TB, n, zones int) *roster.Directory {
	tb.Helper()
	return compiled(tb, crowded(n, zones))
}

// crowded is the roster of a crowd.
func crowded(n, zones int) *roster.Roster {
	r := world()
	r.Subjects, r.Devices = nil, nil
	for i := range zones {
		lat, lng := 31.1+0.8*float64(i/40)/40, 121.1+0.8*float64(i%40)/40
		r.Zones = append(r.Zones, roster.Zone{
			ID: roster.ZoneID(fmt.Sprint("z", i)), Kind: roster.ForbiddenZone, Datum: geo.WGS84, Geometry: fmt.Appendf(nil,
				`{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}`, lng, lat, lng+.004, lat, lng, lat+.004, lng, lat),
		})
	}
	for i := range n {
		s := person(roster.SubjectID(fmt.Sprintf("S%06d", i)))
		s.Rollcall = "three"
		if zones > 0 {
			s.Forbidden = []roster.ZoneID{roster.ZoneID(fmt.Sprint("z", i%zones))}
		}
		r.Subjects = append(r.Subjects, s)
		r.Devices = append(r.Devices, roster.Device{
			ID: roster.DeviceID(fmt.Sprintf("W%06d", i)), Kind: roster.Wristband, Bindings: bound(s.ID),
			Authority: []roster.Authority{{ID: "A", Ground: 3, From: roster.Date{Day: "2026-02-20"}, Until: roster.Date{Day: "2026-05-19"}}},
		})
	}
	return r
}

// walks gives a location of each subject per round, five minutes apart, some
// hundred metres from the last.
func walks(dir *roster.Directory, rounds int) []event.Entry {
	rnd := rand.New(rand.NewPCG(1, 2))
	people := dir.Subjects()
	at := make([]geo.Point, len(people))
	for i := range at {
		at[i] = geo.Point{Lat: 31.1 + 0.8*rnd.Float64(), Lng: 121.1 + 0.8*rnd.Float64()}
	}
	out := []event.Entry{{At: monday}}
	for round := range rounds {
		for i, s := range people {
			at[i].Lat += (rnd.Float64() - 0.5) * 0.004
			at[i].Lng += (rnd.Float64() - 0.5) * 0.004
			t := monday + roster.Instant(round)*5*roster.Minute + roster.Instant(i)*5*roster.Minute/roster.Instant(len(people))
			out = append(out, event.Entry{At: t + roster.Second, Event: &event.Event{
				Kind: event.Location, Device: s.Devices[0].ID, DeviceKind: roster.Wristband, Subject: s.ID, ID: fmt.Sprint(round), Seq: int64(round) + 7,
				Time: t, Received: t + roster.Second, Battery: 80,
				Position: &event.Position{Point: at[i], Cell: geo.CellOf(at[i]), AccuracyM: 8, Source: event.GNSS},
			}})
		}
	}
	return out
}

// BenchmarkLocation is one location of 10 000 people through the engine, with
// 1 000 zones in the roster. Target: 3.3 µs.
func BenchmarkLocation(b *testing.B) {
	dir := crowd(b, 10_000, 1_000)
	const rounds = 20
	entries := walks(dir, rounds)
	cpu := stopwatch{tb: b}
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; {
		b.StopTimer()
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		warm := len(entries) / 4
		run(b, e, entries[:warm])
		rest := entries[warm:min(len(entries), warm+b.N-done)]
		cpu.start()
		b.StartTimer()
		for i := range rest {
			if _, err := e.Apply(&rest[i]); err != nil {
				b.Fatal(err)
			}
		}
		cpu.stop()
		done += len(rest)
	}
	b.ReportMetric(float64(cpu.total.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkScale is one location of a city of so many people, three to two square kilometres, who
// go between two places, and what the engine keeps of each, with what it holds of the events.
// Nobody has a permitted area: a large city does not fit into that of a small one, and nearly
// all of its people would be outside, which is dearer.
// Targets: from the fewest to the most a ratio of at most 1.5, and 1.5 KiB a person. All
// of China's 700 000 take about a minute and 8 GB.
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 700_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			people := crowded(n, 0)
			people.District.Area = ""
			dir := compiled(b, people)
			at := spread(n, 1.5)
			// Three rounds are what is done every fifteen minutes, too.
			warm, timed := max(3*n, 20_000), max(3*n, 60_000)
			cpu := stopwatch{tb: b}
			var kept, done int
			for b.Loop() {
				before := heapInUse()
				e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
				step := func(i int) (err error) { _, err = e.Apply(commute(dir, at, i, i/n)); return err }
				each(b, 0, warm, step)
				kept = int(heapInUse()) - int(before)
				cpu.start()
				each(b, warm, warm+timed, step)
				cpu.stop()
				done += timed
				runtime.KeepAlive(e)
			}
			b.ReportMetric(float64(cpu.total.Nanoseconds())/float64(done), "cpu-ns/event")
			b.ReportMetric(float64(kept)/float64(n), "B/subject")
		})
	}
}

// each takes the steps from one number to another.
func each(b *testing.B, from, to int, step func(i int) error) {
	b.Helper()
	for i := from; i < to; i++ {
		if err := step(i); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDense is one location in a city where fifteen people to a square kilometre are in public
// places all day, and go to another one each hour: all of them are near somebody who is near
// somebody. Its cost may not grow with the city.
func BenchmarkDense(b *testing.B) {
	for _, n := range []int{1_000, 4_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := crowd(b, n, 0)
			at := spread(n, 15)
			e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
			var i int
			step := func() {
				hour := (i/n + i%12) / 12
				if _, err := e.Apply(commute(dir, at, i, hour)); err != nil {
					b.Fatal(err)
				}
				i++
			}
			for i < 8*n {
				step()
			}
			cpu := stopwatch{tb: b}
			cpu.start()
			for b.Loop() {
				step()
			}
			cpu.stop()
			b.ReportMetric(float64(cpu.total.Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

// spread is two places for each of n people, some hundred metres from each other, on an
// area as large as there are people, so many to a square kilometre.
func spread(n int, density float64) [][2]geo.Point {
	rnd := rand.New(rand.NewPCG(1, 2))
	side := 0.8 * math.Sqrt(float64(n)/10_000*1.5/density)
	at := make([][2]geo.Point, n)
	for i := range at {
		p := geo.Point{Lat: 31.1 + side*rnd.Float64(), Lng: 121.1 + side*rnd.Float64()}
		at[i] = [2]geo.Point{p, {Lat: p.Lat + (rnd.Float64()-0.5)*0.004, Lng: p.Lng + (rnd.Float64()-0.5)*0.004}}
	}
	return at
}

// commute is the i-th location: everybody gives one each five minutes, in turn, at one
// of their places or the other.
func commute(dir *roster.Directory, at [][2]geo.Point, i, move int) *event.Entry {
	n := len(at)
	who, round := i%n, i/n
	s, pt := dir.Subjects()[who], at[who][move%2]
	t := monday + roster.Instant(i)*5*roster.Minute/roster.Instant(n)
	return &event.Entry{At: t + roster.Second, Event: &event.Event{
		Kind: event.Location, Device: s.Devices[0].ID, DeviceKind: roster.Wristband, Subject: s.ID, ID: "e", Seq: int64(round) + 7,
		Time: t, Received: t + roster.Second, Battery: 80,
		Position: &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: 8, Source: event.GNSS},
	}}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkDeadlines is 100 000 people who miss the same window: all deadlines
// in one instant. Target: 1 s an operation.
func BenchmarkDeadlines(b *testing.B) {
	dir := crowd(b, 100_000, 0)
	cpu := stopwatch{tb: b}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		run(b, e, []event.Entry{{At: monday}})
		if n := len(e.Advance(monday + 3*roster.Hour - 1)); n != 2 { // mass-outage, data-out-of-sync
			b.Fatal(n)
		}
		cpu.start()
		b.StartTimer()
		if n := len(e.Advance(monday + 3*roster.Hour)); n != 100_000 {
			b.Fatal(n)
		}
		cpu.stop()
	}
	b.ReportMetric(float64(cpu.total.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkMemory reports the bytes that the engine keeps of each person after
// an hour of locations.
func BenchmarkMemory(b *testing.B) {
	dir := crowd(b, 10_000, 1_000)
	entries := walks(dir, 12)
	for b.Loop() {
		before := heapInUse()
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		run(b, e, entries)
		b.ReportMetric(float64(heapInUse()-before)/10_000, "B/subject")
		runtime.KeepAlive(e)
	}
}

// TestLocationAllocations bounds the allocations of one location that changes
// nothing: its observation, what the tail grows by, where the person is, and a
// share of the timers that are due meanwhile.
func TestLocationAllocations(t *testing.T) {
	dir := crowd(t, 100, 10)
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	entries := walks(dir, 200)
	run(t, e, entries[:9500]) // roll-calls have been missed, reminders are open
	next := 9500
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := e.Apply(&entries[next]); err != nil {
			t.Fatal(err)
		}
		next++
	}); n > 3 {
		t.Errorf("%v allocations per location", n)
	}
}

// BenchmarkDawn is the daily computation of 100 000 scores that may all change.
// Target: 1 s an operation.
func BenchmarkDawn(b *testing.B) {
	dir := crowd(b, 100_000, 0)
	for b.Loop() {
		b.StopTimer()
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		run(b, e, []event.Entry{{At: monday}})
		e.Advance(monday + 20*roster.Hour - 1)
		b.StartTimer()
		e.Advance(monday + 20*roster.Hour) // 03:00
	}
}
