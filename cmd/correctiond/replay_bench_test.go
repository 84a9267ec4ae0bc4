package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
)

// fleetOf is a city of so many people with so many zones, a forbidden one more for every
// few of them, and some hours of it as a replay file.
func fleetOf(tb testing.TB, subjects, zones int, hours roster.Instant) (*roster.Roster, []byte) {
	tb.Helper()
	cal := roster.NewCalendar(nil)
	from := roster.InstantOf(time.Date(2026, 3, 2, 6, 0, 0, 0, cal.Location()))
	people := sim.City(1, subjects, from, from+roster.Day, cal)
	s, err := sim.New(sim.Config{Seed: 1, From: from, Until: from + hours*roster.Hour, Calendar: cal, Roster: people})
	if err != nil {
		tb.Fatal(err)
	}
	var out []byte
	for l := range s.Lines() {
		out = append(l.AppendJSON(out, cal.Location()), '\n')
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := len(people.Zones); i < zones; i++ {
		lat, lng := 31.05+0.3*rnd.Float64(), 121.1+0.4*rnd.Float64()
		zone := roster.Zone{ID: roster.ZoneID(fmt.Sprint("more-", i)), Kind: roster.ForbiddenZone, Datum: geo.WGS84, Geometry: fmt.Appendf(nil,
			`{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}`, lng, lat, lng+.004, lat, lng, lat+.004, lng, lat)}
		people.Zones = append(people.Zones, zone)
		who := &people.Subjects[i*subjects/zones]
		who.Forbidden = append(who.Forbidden, zone.ID)
	}
	return people, out
}

// BenchmarkReplay is the replay of some hours of a city of 10 000 people with 1 000 zones:
// acceptance and rules of one event after decoding, on one core, and with the decoding of the file, on
// all of them. Targets: 3.3 µs; 6.7 µs of the clock.
func BenchmarkReplay(b *testing.B) {
	people, file := fleetOf(b, 10_000, 1_000, 3)
	b.Run("decoded", func(b *testing.B) { timeReplay(b, people, file, true) })
	b.Run("file", func(b *testing.B) { timeReplay(b, people, file, false) })
}

func timeReplay(b *testing.B, people *roster.Roster, file []byte, ahead bool) {
	events, start := 0, gauge{}
	var clock, spent time.Duration
	for b.Loop() {
		b.StopTimer()
		r := newReplay(rules.DefaultConfig(), directoryOf(b, people, roster.NewCalendar(nil)), &replayFlags{})
		var lines []line
		take := func(l *line) error { lines = append(lines, *l); return nil }
		read := func() {
			if err := eachLine(b.Context(), bytes.NewReader(file), r.decoder, take); err != nil {
				b.Fatal(err)
			}
		}
		if ahead {
			read()
		}
		start = measure(b)
		begun := time.Now()
		b.StartTimer()
		take = r.line
		if !ahead {
			read()
		}
		for i := range lines {
			if err := take(&lines[i]); err != nil {
				b.Fatal(err)
			}
		}
		clock += time.Since(begun)
		b.StopTimer()
		spent += measure(b).cpu - start.cpu
		events += r.tally["accepted"]
		b.StartTimer()
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(events), "cpu-ns/event")
	b.ReportMetric(float64(clock.Nanoseconds())/float64(events), "ns/event")
}
