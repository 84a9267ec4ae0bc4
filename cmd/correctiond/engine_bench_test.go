package main

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
)

// draftsOf simulates some hours of a city, people at home, at work and on the way, and
// returns its messages, decoded.
func draftsOf(tb testing.TB, subjects int, hours roster.Instant) (*roster.Roster, []ingest.Draft) {
	tb.Helper()
	cal := roster.NewCalendar(nil)
	from := roster.InstantOf(time.Date(2026, 3, 2, 6, 0, 0, 0, cal.Location()))
	people := sim.City(1, subjects, from, from+roster.Day, cal)
	s, err := sim.New(sim.Config{Seed: 1, From: from, Until: from + hours*roster.Hour, Calendar: cal, Roster: people})
	if err != nil {
		tb.Fatal(err)
	}
	decoder := ingest.NewDecoder("jz", nil)
	var drafts []ingest.Draft
	for l := range s.Lines() {
		drafts = decoder.Decode(ingest.Message{Topic: l.Topic, Payload: l.Payload, Received: l.Received}, drafts)
	}
	return people, drafts
}

// acceptedOf is what a replay's engine gets of such a city.
func acceptedOf(b *testing.B, subjects int, hours roster.Instant) (*roster.Roster, []event.Entry) {
	b.Helper()
	people, drafts := draftsOf(b, subjects, hours)
	dir := directoryOf(b, people, roster.NewCalendar(nil))
	acceptor := ingest.Acceptor{Find: func(roster.DeviceID) *roster.Directory { return dir }, IDs: ingest.NewExactIDs()}
	var entries []event.Entry
	for i := range drafts {
		if entry, result := acceptor.Accept(&drafts[i]); result != ingest.Duplicate {
			entries = append(entries, entry)
		}
	}
	return people, entries
}

func directoryOf(tb testing.TB, people *roster.Roster, cal *roster.Calendar) *roster.Directory {
	tb.Helper()
	dir, err := roster.Compile(people, cal)
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// BenchmarkCity is one event of a simulated city through the rules, after decoding and
// acceptance, and what the engine keeps of each person at the end.
func BenchmarkCity(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			people, entries := acceptedOf(b, n, 6)
			done, mallocs, heap := 0, uint64(0), uint64(0)
			var spent time.Duration
			b.ResetTimer()
			for b.Loop() {
				dir := directoryOf(b, people, roster.NewCalendar(nil))
				start := measure(b)
				e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
				warm := len(entries) / 3
				applyAll(b, e, entries[:warm])
				before := measure(b)
				applyAll(b, e, entries[warm:])
				after := measure(b)
				done, spent = done+len(entries)-warm, spent+after.cpu-before.cpu
				mallocs, heap = mallocs+after.mallocs-before.mallocs, after.heap-start.heap
				runtime.KeepAlive(e)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/float64(done), "cpu-ns/event")
			b.ReportMetric(float64(mallocs)/float64(done), "allocs/event")
			b.ReportMetric(float64(heap)/float64(n), "B/subject")
		})
	}
}

func applyAll(b *testing.B, e *rules.Engine, entries []event.Entry) {
	b.Helper()
	for i := range entries {
		if _, err := e.Apply(&entries[i]); err != nil {
			b.Fatal(err)
		}
	}
}

// gauge is what the process has spent, and what is in use after a collection.
type gauge struct {
	cpu           time.Duration
	mallocs, heap uint64
}

func measure(tb testing.TB) gauge {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	g := gauge{cpu: time.Duration(u.Utime.Nano() + u.Stime.Nano())}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.mallocs, g.heap = m.Mallocs, m.HeapAlloc
	return g
}

// TestEventAllocations bounds the allocations of one event of a city through acceptance
// and rules: reports of where somebody is and that a device lives, with all that timers, check-ins
// and episodes add to them.
func TestEventAllocations(t *testing.T) {
	people, drafts := draftsOf(t, 200, 6)
	dir := directoryOf(t, people, roster.NewCalendar(nil))
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	acceptor := ingest.Acceptor{Find: func(roster.DeviceID) *roster.Directory { return e.Directory() }, IDs: ingest.NewExactIDs()}
	warm := len(drafts) / 2
	for i := range drafts[:warm] {
		applyDraft(t, &acceptor, e, &drafts[i])
	}
	before := measure(t)
	for i := range drafts[warm:] {
		applyDraft(t, &acceptor, e, &drafts[warm+i])
	}
	if n := float64(measure(t).mallocs-before.mallocs) / float64(len(drafts)-warm); n > 5 {
		t.Errorf("%.1f allocations for an event", n)
	}
}

func applyDraft(tb testing.TB, acceptor *ingest.Acceptor, e *rules.Engine, d *ingest.Draft) {
	tb.Helper()
	entry, result := acceptor.Accept(d)
	if result == ingest.Duplicate {
		return
	}
	if _, err := e.Apply(&entry); err != nil {
		tb.Fatal(err)
	}
}
