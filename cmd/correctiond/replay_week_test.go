package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
)

// week is a simulated week of a district.
type week struct {
	t           *testing.T
	cal         *roster.Calendar
	from, until roster.Instant
	roster      string // file
	lines       []sim.Line
	truth       []sim.Truth
}

const (
	weekSeed = 20260302
	window   = 15 * roster.Minute // of reordering
)

func simulateWeek(t *testing.T, subjects int) *week {
	t.Helper()
	cal := roster.NewCalendar(nil)
	w := &week{t: t, cal: cal, from: roster.InstantOf(time.Date(2026, 3, 2, 0, 0, 0, 0, cal.Location()))}
	w.until = cal.AddDays(w.from, 7)
	people := sim.City(weekSeed, subjects, w.from, w.until, cal)
	s, err := sim.New(sim.Config{Seed: weekSeed, From: w.from, Until: w.until, Calendar: cal, Roster: people, Acts: true})
	if err != nil {
		t.Fatal(err)
	}
	// A message to a device is passed over, yet the clock starts with it: T0 does
	// not depend on how the others are shuffled.
	w.lines = []sim.Line{{Received: w.from, Topic: "jz/v1/W0001/notice", Payload: []byte("{}")}}
	w.lines = slices.AppendSeq(w.lines, s.Lines())
	w.truth = s.Truth()
	var file bytes.Buffer
	w.roster = filepath.Join(t.TempDir(), "roster.json")
	if err := roster.Write(&file, people, "json"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.roster, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *week) text(lines []sim.Line) []byte {
	var b []byte
	for _, l := range lines {
		b = append(l.AppendJSON(b, w.cal.Location()), '\n')
	}
	return b
}

// replayed is what a replay wrote.
type replayed struct {
	out, rejects []byte
	summary      string
}

func (w *week) replay(events []byte) replayed {
	w.t.Helper()
	var out, errOut bytes.Buffer
	rejects := filepath.Join(w.t.TempDir(), "rejects")
	argv := []string{
		"replay", "--roster", w.roster, "--events", "-", "--rejects", rejects,
		"--until", w.until.Time(w.cal.Location()).Format(time.RFC3339),
	}
	if code := run(context.Background(), argv, streams{bytes.NewReader(events), &out, &errOut, nil}); code != 0 {
		w.t.Fatalf("exit %d: %s", code, errOut.String())
	}
	refused, err := os.ReadFile(rejects)
	if err != nil {
		w.t.Fatal(err)
	}
	return replayed{out.Bytes(), refused, errOut.String()}
}

// found is an episode as far as it is settled.
type found struct {
	Kind, Severity  string
	Subject, Device string
	Started, Opened time.Time
	Ended           *time.Time
	Count           int
	Retracted       bool
	Evidence        struct{ Subjects []roster.SubjectID }
}

func (r replayed) episodes(t *testing.T) []found {
	t.Helper()
	var list []found
	for line := range bytes.Lines(r.out) {
		var f found
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		if f.Kind != string(rules.AlertBacklog) { // nobody handles them, and how long they wait depends on arrival
			list = append(list, f)
		}
	}
	return list
}

func (f found) ended() time.Time {
	if f.Ended == nil {
		return time.Time{}
	}
	return *f.Ended
}

func within(a, b time.Time, tolerance time.Duration) bool { return a.Sub(b).Abs() <= tolerance }

// A week of 1 000 people, replayed in every way that must make no difference.
func TestReplayWeek(t *testing.T) {
	w := simulateWeek(t, weekSubjects)
	events := w.text(w.lines)
	first := w.replay(events)
	t.Logf("%d people, %d lines\n%s", weekSubjects, len(w.lines), first.summary)

	t.Run("same bytes with one core", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		w.sameBytes(t, first, w.replay(events))
	})
	t.Run("same bytes with two cores", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
		w.sameBytes(t, first, w.replay(events))
	})
	t.Run("what was scripted and nothing else", func(t *testing.T) { w.judge(t, first.episodes(t)) })
	t.Run("unlawful messages are counted", func(t *testing.T) { w.unlawful(t, first) })
	t.Run("shuffled and doubled", func(t *testing.T) {
		again := w.replay(w.text(w.shuffled()))
		w.settledAlike(t, first.episodes(t), again.episodes(t))
		w.unlawful(t, again)
	})
}

func (w *week) sameBytes(t *testing.T, a, b replayed) {
	t.Helper()
	if !bytes.Equal(a.out, b.out) || !bytes.Equal(a.rejects, b.rejects) {
		t.Errorf("%d and %d bytes of episodes, %d and %d of rejects differ", len(a.out), len(b.out), len(a.rejects), len(b.rejects))
	}
}

func (x found) is(y *sim.Truth) bool {
	tolerance := y.Tolerance.Duration()
	ended := time.Time{}
	if y.Ended != 0 {
		ended = y.Ended.Time(time.UTC)
	}
	if len(y.Subjects) > 0 {
		return x.Kind == y.Kind && slices.Equal(x.Evidence.Subjects, y.Subjects) && within(x.Started, y.Started.Time(time.UTC), tolerance)
	}
	return x.Kind == y.Kind && x.Subject == string(y.Subject) && (y.Device == "" || x.Device == string(y.Device)) &&
		within(x.Started, y.Started.Time(time.UTC), tolerance) &&
		(x.Ended == nil) == (y.Ended == 0) && within(x.ended(), ended, tolerance)
}

// judge compares with the truth: all that was scripted must be found, at its
// exact instants, and nothing else. An episode that was retracted is none.
func (w *week) judge(t *testing.T, got []found) {
	built := map[string]bool{}
	for _, k := range rules.Catalogue() {
		built[string(k.Kind)] = true
	}
	for _, k := range sim.Beyond() {
		delete(built, k)
	}
	missing, extra, retracted := 0, 0, 0
	used := make([]bool, len(got))
	for i := range w.truth {
		if !built[w.truth[i].Kind] {
			continue
		}
		n := slices.IndexFunc(got, func(f found) bool { return f.is(&w.truth[i]) })
		if n < 0 {
			missing++
			t.Errorf("missing: %s", w.truth[i].AppendJSON(nil, w.cal.Location()))
			continue
		}
		used[n] = true
	}
	for i, f := range got {
		switch {
		case used[i], !built[f.Kind]:
		case f.Retracted:
			retracted++
		default:
			extra++
			t.Errorf("not scripted: %+v", f)
		}
	}
	days := float64(weekSubjects * 7)
	t.Logf("%d episodes, %d missing, %d false (%.2f per 1 000 subject-days), %d retracted", len(got), missing, extra, float64(extra)/days*1000, retracted)
}

// unlawful compares the no-lawful-basis episodes with the rejects: one per
// device and local day of receipt, with their number.
func (w *week) unlawful(t *testing.T, r replayed) {
	t.Helper()
	type key struct{ device, day string }
	want, got := map[key]int{}, map[key]int{}
	for line := range bytes.Lines(r.rejects) {
		var x struct {
			Received      time.Time
			Topic, Reason string
		}
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		if strings.Contains("no_basis released_person out_of_term", x.Reason) {
			want[key{strings.Split(x.Topic, "/")[2], w.cal.Day(roster.InstantOf(x.Received))}]++
		}
	}
	for _, f := range r.episodes(t) {
		if f.Kind == string(rules.NoLawfulBasis) {
			got[key{f.Device, w.cal.Day(roster.InstantOf(f.Opened))}] += f.Count
		}
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%v: %d counted, %d refused", k, got[k], n)
		}
	}
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d device-days, want %d", len(got), len(want))
	}
}

// shuffled gives every message that came within the reorder window of its time
// a receipt anywhere in that window, and delivers each message twice. Older
// backlogs stay where they are: nothing is claimed about their order.
func (w *week) shuffled() []sim.Line {
	rng := rand.New(rand.NewPCG(weekSeed, 2))
	lines := w.lines[:1:1]
	for _, l := range w.lines[1:] {
		if l.IsAct() {
			lines = append(lines, l)
			continue
		}
		for _, at := range []roster.Instant{w.happened(l), w.happened(l)} {
			moved := l
			if l.Received-at <= window {
				moved.Received = min(at+roster.Instant(rng.Int64N(int64(window)+1)), w.until)
				moved.Received = max(moved.Received, w.from)
			}
			lines = append(lines, moved)
		}
	}
	slices.SortStableFunc(lines[1:], func(a, b sim.Line) int { return int(a.Received - b.Received) })
	return lines
}

// happened is the time of a message, the earliest of a backlog.
func (w *week) happened(l sim.Line) roster.Instant {
	type stamp struct{ Time json.RawMessage }
	var all []stamp
	raw := l.Payload
	if raw[0] != '[' {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		w.t.Fatal(err)
	}
	first := l.Received
	for _, s := range all {
		var at time.Time
		var ms roster.Instant
		if json.Unmarshal(s.Time, &at) == nil {
			ms = roster.InstantOf(at)
		} else if err := json.Unmarshal(s.Time, &ms); err != nil {
			w.t.Fatal(err)
		}
		first = min(first, ms)
	}
	return first
}

// settledAlike compares what must not depend on the order of arrival: kind, whom
// it is about, start, end and severity (retracted episodes apart). Silence is
// counted from receipt, so a device-offline may start anywhere in the window;
// no-lawful-basis is about the day of receipt and is judged on its own.
func (w *week) settledAlike(t *testing.T, a, b []found) {
	t.Helper()
	apart := func(f found) bool { return f.Retracted || f.Kind == string(rules.NoLawfulBasis) }
	a, b = slices.DeleteFunc(a, apart), slices.DeleteFunc(b, apart)
	for _, f := range a {
		i := slices.IndexFunc(b, func(g found) bool { return f.settledAs(g) })
		if i < 0 {
			t.Errorf("in order only: %+v", f)
			continue
		}
		b = slices.Delete(b, i, i+1)
	}
	for _, g := range b {
		t.Errorf("shuffled only: %+v", g)
	}
}

func (f found) settledAs(g found) bool {
	tolerance := time.Duration(0)
	if f.Kind == string(rules.DeviceOffline) {
		tolerance = window.Duration()
	}
	return f.Kind == g.Kind && f.Subject == g.Subject && f.Device == g.Device && f.Severity == g.Severity &&
		within(f.Started, g.Started, tolerance) && within(f.ended(), g.ended(), tolerance)
}
