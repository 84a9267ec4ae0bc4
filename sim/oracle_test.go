package sim

import (
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// judge gives the oracle a hand-made story of one wristband wearer, in minutes
// after the start, and returns what it finds beyond the silence of everybody.
func judge(t *testing.T, story ...sample) map[string]Truth {
	t.Helper()
	s := prepare(t, 100, 1, func(c *Config) { c.Violations = -1 })
	var p *person
	for _, one := range s.people {
		if len(one.bands) == 1 && len(one.bands[0].live) == 1 && one.bands[0].live[0].End > s.cfg.Until {
			p = one
		}
	}
	o := newOracle(s, p)
	for i := range story {
		x := &story[i]
		x.t = s.cfg.From + x.t*roster.Minute
		x.received = x.t + roster.Second
		o.see(p.bands[0], x)
	}
	found := map[string]Truth{}
	for _, e := range o.finish() {
		e.Started -= s.cfg.From
		if e.Ended != 0 {
			e.Ended -= s.cfg.From
		}
		found[e.Kind] = e
	}
	return found
}

func beat(minute roster.Instant) sample {
	return sample{kind: event.Status, t: minute, status: event.Heartbeat, battery: -1}
}

func says(minute roster.Instant, what event.StatusKind, battery int) sample {
	return sample{kind: event.Status, t: minute, status: what, battery: battery}
}

// seen is a good fix in the middle of the area.
func seen(minute roster.Instant) sample {
	return sample{
		kind: event.Location, t: minute, located: true, battery: -1,
		spot: spot{at: geo.Point{Lat: 31.2, Lng: 121.3}, accuracy: 8, source: event.GNSS},
	}
}

// alike are fixes of a moving device with the very same coordinates.
func alike(n int) (list []sample) {
	for i := range n {
		x := seen(roster.Instant(i))
		x.spot.motion = event.Moving
		list = append(list, x)
	}
	return list
}

func TestOracle(t *testing.T) {
	const none = roster.Instant(-1)
	for _, c := range []struct {
		name, kind     string
		story          []sample
		started, ended roster.Instant // minutes; none: no such episode
	}{
		{"one word after power-off in time", "power-off", []sample{says(5, event.PowerOff, 50), beat(15)}, none, 0},
		{"power-off", "power-off", []sample{says(5, event.PowerOff, 50), beat(16)}, 5, 16},
		{"off for good", "power-off", []sample{says(5, event.PowerOff, 50)}, 5, 0},
		{"two hours are no silence", "device-offline", []sample{beat(100), beat(219)}, 219, 0},
		{"battery above", "battery-low", []sample{says(5, event.Heartbeat, 21)}, none, 0},
		{"battery low until charged", "battery-low", []sample{says(5, event.Heartbeat, 20), beat(9), says(60, event.Charging, -1)}, 5, 60},
		{"battery low until 30 %", "battery-low", []sample{says(5, event.Heartbeat, 9), says(60, event.Heartbeat, 29), says(61, event.Heartbeat, 30)}, 5, 61},
		{"strap twice is one", "strap-tamper", []sample{says(5, event.StrapOpen, -1), says(6, event.StrapClosed, -1), says(7, event.StrapOpen, -1)}, 5, 0},
		{"failed then passed", "checkin-rejected", []sample{
			{kind: event.Checkin, t: 5}, {kind: event.Checkin, t: 8}, {kind: event.Checkin, t: 9, passed: true},
		}, 5, 9},
		{"no fix for less than an hour", "position-lost", []sample{seen(0), beat(15), beat(30), beat(45), seen(59)}, none, 0},
		{"no fix for an hour", "position-lost", []sample{seen(0), beat(15), beat(30), beat(45), seen(60)}, 0, 60},
		{"silence is no loss of position", "position-lost", []sample{seen(0), beat(39), seen(98)}, none, 0},
		{"nineteen alike", "spoofed-location", alike(19), none, 0},
		{"twenty alike", "spoofed-location", alike(20), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, ok := judge(t, c.story...)[c.kind]
			if ok != (c.started != none) {
				t.Fatalf("found: %v", ok)
			}
			if ok && (e.Started/roster.Minute != c.started || e.Ended/roster.Minute != c.ended) {
				t.Errorf("from %d to %d min", e.Started/roster.Minute, e.Ended/roster.Minute)
			}
		})
	}
}

func TestRunOfFixes(t *testing.T) {
	for _, c := range []struct {
		name    string
		run     run
		minutes []roster.Instant
		full    bool
	}{
		{"two quick ones", run{need: 3, dwell: true}, []roster.Instant{0, 5}, false},
		{"three quick ones", run{need: 3, dwell: true}, []roster.Instant{0, 1, 2}, true},
		{"two over ten minutes", run{need: 3, dwell: true}, []roster.Instant{0, 10}, true},
		{"two over ten minutes without dwell", run{need: 3}, []roster.Instant{0, 10}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			full := false
			for _, m := range c.minutes {
				full = c.run.hit(m * roster.Minute)
			}
			if full != c.full || c.run.first != 0 {
				t.Errorf("full %v, first %d", full, c.run.first)
			}
		})
	}
}
