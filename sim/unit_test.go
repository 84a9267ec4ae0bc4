package sim

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"correctiond/geo"
	"correctiond/roster"
)

func TestABatteryLastsTheDay(t *testing.T) {
	s := prepare(t, 267, 3, nil)
	for _, p := range s.people {
		for _, u := range p.bands {
			if low, high, charged := s.levels(u); low < 31 || high > 100 || !charged {
				t.Errorf("%s: from %.0f to %.0f %%, charged %v", u.dev.ID, low, high, charged)
			}
		}
	}
}

// levels returns the range of a battery over the period.
func (s *Sim) levels(u *unit) (low, high float64, charged bool) {
	low = 100
	for at := s.cfg.From; at < s.cfg.Until; at += 10 * roster.Minute {
		level, charging := u.level(s, nil, at)
		low, high, charged = min(low, level), max(high, level), charged || charging
	}
	return low, high, charged
}

func TestTicksKeepTheIntervalWithinTheAuthority(t *testing.T) {
	u := &unit{interval: 300, phase: 7, live: []roster.Interval{{From: 1000, End: 2000}, {From: 5000, End: 5400}}}
	var ticks []roster.Instant
	for at := u.firstTick(0); at != 0; at = u.firstTick(at + 1) {
		ticks = append(ticks, at)
	}
	if want := []roster.Instant{1207, 1507, 1807, 5107}; !slices.Equal(ticks, want) {
		t.Errorf("ticks %v, want %v", ticks, want)
	}
}

func TestCompactJoinsAndDrops(t *testing.T) {
	got := compact([]roster.Interval{{From: 1, End: 5}, {From: 5, End: 9}, {From: 12, End: 12}, {From: 20, End: 30}, {From: 22, End: 25}})
	if want := []roster.Interval{{From: 1, End: 9}, {From: 20, End: 30}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMovingAndMeasuringAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.Point{Lat: rapid.Float64Range(20, 50).Draw(t, "lat"), Lng: rapid.Float64Range(75, 130).Draw(t, "lng")}
		d := rapid.Float64Range(1, 30_000).Draw(t, "metres")
		q := toward(p, rapid.Float64Range(-math.Pi, math.Pi).Draw(t, "bearing"), d)
		if got := metres(p, q); math.Abs(got-d) > 0.01*d {
			t.Errorf("moved %.1f m, measured %.1f m", d, got)
		}
		if got := geo.Distance(p, q); math.Abs(got-d) > 0.015*d {
			t.Errorf("moved %.1f m, exactly %.1f m", d, got)
		}
	})
}

func TestACrowdHasRoomForTwo(t *testing.T) {
	c, p := crowd{}, geo.Point{Lat: 31.2, Lng: 121.3}
	for i := range 3 {
		if c.room(p) != (i < 2) {
			t.Errorf("room for number %d: %v", i+1, c.room(p))
		}
		c.take(p)
	}
	if !c.room(move(p, 2000, 0)) {
		t.Error("no room two kilometres away")
	}
}

func TestOuterRing(t *testing.T) {
	for name, c := range map[string]struct {
		json string
		want int
	}{
		"polygon":      {`{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,31]]]}`, 4},
		"multipolygon": {`{"type":"MultiPolygon","coordinates":[[[[121,31],[122,31],[122,32],[121,31]]]]}`, 4},
		"nothing":      {`{}`, 0},
		"no JSON":      {`{`, 0},
	} {
		if got := outerRing([]byte(c.json), geo.WGS84); len(got) != c.want {
			t.Errorf("%s: %d vertices", name, len(got))
		}
	}
}
