package sim_test

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/sim"
)

// monday is the start of the period in these tests, days its length.
func monday(cal *roster.Calendar) roster.Instant {
	return roster.InstantOf(time.Date(2026, 3, 2, 0, 0, 0, 0, cal.Location()))
}

type run struct {
	*sim.Sim
	cfg sim.Config
}

func city(t *testing.T, subjects, days int, change func(*sim.Config)) run {
	t.Helper()
	cal := roster.NewCalendar(nil)
	cfg := sim.Config{Seed: 7, From: monday(cal), Calendar: cal}
	cfg.Until = cal.AddDays(cfg.From, days)
	cfg.Roster = sim.City(7, subjects, cfg.From, cfg.Until, cal)
	if change != nil {
		change(&cfg)
	}
	s, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return run{s, cfg}
}

func (r run) digest() [32]byte {
	h := sha256.New()
	var buf []byte
	for l := range r.Lines() {
		buf = append(l.AppendJSON(buf[:0], time.UTC), '\n')
		h.Write(buf)
	}
	return [32]byte(h.Sum(nil))
}

// message is what every payload must hold, by topic.
type message struct {
	ID       string
	Seq      *int64
	Time     any
	Lat, Lng *float64
	Datum    geo.Datum
	Source   string
	Accuracy float64 `json:"accuracy_m"`
	Battery  *int    `json:"battery_pct"`
	Event    string
	Method   string
	Subject  string
	Verify   *struct {
		Passed bool
	}
}

func (m message) at(t *testing.T) roster.Instant {
	t.Helper()
	if ms, ok := m.Time.(float64); ok {
		return roster.Instant(ms)
	}
	v, err := time.Parse(time.RFC3339Nano, m.Time.(string))
	if err != nil {
		t.Fatal(err)
	}
	return roster.InstantOf(v)
}

func (m message) point() geo.Point { return m.Datum.ToWGS84(geo.Point{Lat: *m.Lat, Lng: *m.Lng}) }

// open reads a line in replay form and returns its device, topic and messages.
func open(t *testing.T, l sim.Line) (device, topic string, list []message) {
	t.Helper()
	var outer struct {
		Received time.Time
		Topic    string
		Payload  json.RawMessage
	}
	if err := json.Unmarshal(l.AppendJSON(nil, time.UTC), &outer); err != nil {
		t.Fatalf("%v: %s", err, l.Payload)
	}
	if roster.InstantOf(outer.Received) != l.Received {
		t.Fatalf("received %s is not %d", outer.Received, l.Received)
	}
	if outer.Payload[0] != '[' {
		outer.Payload = append(append([]byte{'['}, outer.Payload...), ']')
	}
	if err := json.Unmarshal(outer.Payload, &list); err != nil {
		t.Fatalf("%v: %s", err, outer.Payload)
	}
	part := strings.Split(outer.Topic, "/")
	return part[2], part[3], list
}

func TestSameSeedSameBytes(t *testing.T) {
	first := city(t, 60, 1, nil).digest()
	if again := city(t, 60, 1, nil).digest(); again != first {
		t.Error("the same configuration gave other lines")
	}
	if other := city(t, 60, 1, func(c *sim.Config) { c.Seed = 8 }).digest(); other == first {
		t.Error("another seed gave the same lines")
	}
}

func TestLinesAreSortedAndComplete(t *testing.T) {
	r := city(t, 120, 2, nil)
	last, backlogs, again := roster.Instant(0), 0, 0
	seen := map[string]bool{}
	for l := range r.Lines() {
		if l.Received < last || l.Received < r.cfg.From || l.Received > r.cfg.Until {
			t.Fatalf("received %d after %d", l.Received, last)
		}
		last = l.Received
		device, topic, list := open(t, l)
		if len(list) > 1 {
			backlogs++
		}
		for _, m := range list {
			complete(t, topic, m)
			if m.at(t) > l.Received {
				t.Fatalf("%s is received before it happened", m.ID)
			}
			if seen[device+m.ID] {
				again++
			}
			seen[device+m.ID] = true
		}
	}
	if len(seen) < 5000 || backlogs == 0 || again == 0 {
		t.Errorf("%d messages, %d backlogs, %d redeliveries", len(seen), backlogs, again)
	}
}

func complete(t *testing.T, topic string, m message) {
	t.Helper()
	located := m.Lat != nil && m.Lng != nil && m.Datum.Valid() && m.Accuracy > 0
	ok := m.ID != "" && len(m.ID) <= 64 && m.Time != nil
	switch topic {
	case "location":
		ok = ok && located
	case "checkin":
		ok = ok && m.Verify != nil && (m.Method == "app" || m.Method == "kiosk" && m.Subject != "")
		ok = ok && (located || m.Lat == nil && m.Datum == "")
	case "status":
		ok = ok && m.Event != ""
	default:
		ok = false
	}
	if !ok {
		t.Fatalf("incomplete %s: %+v", topic, m)
	}
}

// Officers' acts are lines only where they are asked for.
func TestActsAreLines(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		r := city(t, 267, 7, func(c *sim.Config) { c.Acts = wanted })
		acts := map[string]int{}
		for l := range r.Lines() {
			var line struct {
				Topic string
				Act   struct{ Type string }
			}
			if !l.IsAct() {
				continue
			}
			if err := json.Unmarshal(l.AppendJSON(nil, time.UTC), &line); err != nil || line.Topic != "" {
				t.Fatalf("%v: %s", err, l.Payload)
			}
			acts[line.Act.Type]++
		}
		for _, kind := range []string{"challenge", "declare_absconding", "found", "visit", "report_received"} {
			if (acts[kind] > 0) != wanted {
				t.Errorf("acts wanted %v: %d %s", wanted, acts[kind], kind)
			}
		}
	}
}

func TestFeedPausesAndContinues(t *testing.T) {
	r := city(t, 60, 1, nil)
	feed, pieces := r.Feed(), 0
	for now := r.cfg.From; now <= r.cfg.Until; now += 7 * roster.Minute {
		for l := range feed.Until(now) {
			if l.Received > now {
				t.Fatalf("line of %d at %d", l.Received, now)
			}
			pieces++
		}
		if next, ok := feed.Next(); ok && next <= now {
			t.Fatalf("next line at %d was due at %d", next, now)
		}
	}
	for range feed.Until(r.cfg.Until) {
		pieces++
	}
	whole := 0
	for range r.Lines() {
		whole++
	}
	if pieces != whole {
		t.Errorf("%d lines in pieces, %d as a whole", pieces, whole)
	}
}

func TestNewNeedsARosterAndAPeriod(t *testing.T) {
	cal := roster.NewCalendar(nil)
	from := monday(cal)
	r := sim.City(1, 5, from, from+roster.Day, cal)
	for name, cfg := range map[string]sim.Config{
		"no roster":      {From: from, Until: from + roster.Day},
		"period of none": {Roster: r, From: from, Until: from},
		"bad roster":     {Roster: &roster.Roster{Version: 1, Subjects: []roster.Subject{{ID: "S1"}}}, From: from, Until: from + 1},
	} {
		if _, err := sim.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	cal := roster.NewCalendar(nil)
	from := monday(cal)
	cfg := sim.Config{Seed: 1, From: from, Until: from + 30*roster.Day, Calendar: cal}
	cfg.Roster = sim.City(1, 2000, cfg.From, cfg.Until, cal)
	s, err := sim.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	buf := make([]byte, 0, 1<<20)
	n := 0
	for n < b.N {
		for l := range s.Lines() {
			if buf = l.AppendJSON(buf[:0], cal.Location()); n == b.N {
				break
			}
			n++
		}
	}
}
