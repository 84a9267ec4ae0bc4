package rules_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

// atTheEdge is someone who lives 150 m inside the city, 200 m from a forbidden
// school, with a curfew at night.
func atTheEdge(tb testing.TB) (dir *roster.Directory, home geo.Point) {
	r := world()
	home = geo.Point{Lat: 31.5, Lng: 122 - degreesEast(31.5, "150e")}
	west := home.Lng - degreesEast(31.5, "200e")
	r.Zones = append(r.Zones, roster.Zone{ID: "neighbour", Kind: roster.ForbiddenZone, ApproachM: 1, Datum: geo.WGS84, Geometry: fmt.Appendf(nil,
		`{"type":"Polygon","coordinates":[[[%[1]f,31.49],[%[2]f,31.49],[%[2]f,31.51],[%[1]f,31.51],[%[1]f,31.49]]]}`, west-0.01, west)})
	s := &r.Subjects[0]
	s.Forbidden = []roster.ZoneID{"neighbour"}
	s.Home = &roster.Place{Lat: home.Lat, Lng: home.Lng, Datum: geo.WGS84, RadiusM: 100}
	s.Curfew = &roster.Window{From: "22:00", Until: "06:00"}
	return compiled(tb, r), home
}

// moved is a point some metres away in a direction.
func moved(p geo.Point, metres, direction float64) geo.Point {
	p.Lng += degreesEast(p.Lat, fmt.Sprintf("%fe", metres*math.Cos(direction)))
	p.Lat += metres * math.Sin(direction) / 111_195
	return p
}

// restless is where a device that lies still says it is: scattered by sigma, and
// now and then, for some minutes, adrift up to 400 m and saying so.
type restless struct {
	rnd    *rand.Rand
	home   geo.Point
	sigma  float64
	drift  float64 // metres, of the drift that goes on
	toward float64
	left   int // fixes
}

func (n *restless) fix() *event.Position {
	if n.left == 0 && n.rnd.IntN(60) == 0 {
		n.left, n.drift, n.toward = 1+n.rnd.IntN(6), 400*n.rnd.Float64(), 2*math.Pi*n.rnd.Float64()
	}
	p := moved(n.home, n.sigma*n.rnd.NormFloat64(), 0)
	p = moved(p, n.sigma*n.rnd.NormFloat64(), math.Pi/2)
	accuracy := 2 * n.sigma
	if n.left > 0 {
		n.left--
		p, accuracy = moved(p, n.drift, n.toward), accuracy+n.drift
	}
	return &event.Position{Point: p, Cell: geo.CellOf(p), AccuracyM: accuracy, Source: event.GNSS}
}

// TestStillDeviceIsNeverAway: 30 days of a device at home, a fix every five
// minutes, within a circle of 100 m, next to the edge of the city and a school.
func TestStillDeviceIsNeverAway(t *testing.T) {
	for _, sigma := range []float64{10, 30} {
		t.Run(fmt.Sprintf("sigma %g m", sigma), func(t *testing.T) {
			t.Parallel()
			dir, home := atTheEdge(t)
			noise := restless{rnd: rand.New(rand.NewPCG(3, uint64(sigma))), home: home, sigma: sigma}
			var entries []event.Entry
			for at := monday; at < monday+30*roster.Day; at += 5 * roster.Minute {
				entries = append(entries, located(at, noise.fix()))
			}
			away := []rules.Kind{rules.AreaExit, rules.LeaveDeviation, rules.CurfewViolation, rules.CurfewAbsence, rules.ForbiddenZone, rules.ImpossibleTravel}
			for _, ep := range slices.Concat(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), entries)...) {
				if slices.Contains(away, ep.Kind) {
					t.Errorf("%s from %d: %s", ep.Kind, ep.Started, ep.Reason.EN)
				}
			}
		})
	}
}

// located is a fix of W1, received a second later.
func located(at roster.Instant, p *event.Position) event.Entry {
	return event.Entry{At: at + roster.Second, Event: &event.Event{
		Kind: event.Location, Device: "W1", DeviceKind: roster.Wristband, Subject: "S1", ID: fmt.Sprint(at), Seq: -1, Time: at, Battery: -1, Position: p,
	}}
}

// TestFifteenMinutesThroughTheGate: whatever the interval of the fixes, someone
// who walks out of the city for a quarter of an hour gives one episode, and it
// opens within 10 minutes of the crossing and one fix more.
func TestFifteenMinutesThroughTheGate(t *testing.T) {
	for _, interval := range []roster.Instant{10 * roster.Second, roster.Minute, 2 * roster.Minute, 5 * roster.Minute} {
		for phase := roster.Instant(0); phase < interval; phase += interval / 5 {
			t.Run(fmt.Sprintf("every %d s after %d", interval/roster.Second, phase/roster.Second), func(t *testing.T) {
				t.Parallel()
				checkOuting(t, interval, phase)
			})
		}
	}
}

func checkOuting(t *testing.T, interval, phase roster.Instant) {
	dir, _ := atTheEdge(t)
	crossing, back := monday+2*roster.Hour, monday+2*roster.Hour+15*roster.Minute
	noise := rand.New(rand.NewPCG(5, uint64(interval+phase)))
	var entries []event.Entry
	for at := monday + phase; at < monday+4*roster.Hour; at += interval {
		metres := -600.0 // before and after, well inside; the gate is the edge
		if at >= crossing && at < back {
			metres = 600
		}
		p := geo.Point{Lat: 31.6, Lng: 122 + degreesEast(31.6, fmt.Sprintf("%fe", metres+10*noise.NormFloat64()))}
		entries = append(entries, located(at, &event.Position{Point: p, Cell: geo.CellOf(p), AccuracyM: 15, Source: event.GNSS}))
	}
	var opened []rules.Episode
	for _, ep := range slices.Concat(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), entries)...) {
		if ep.Kind == rules.AreaExit && !slices.ContainsFunc(opened, func(o rules.Episode) bool { return o.ID == ep.ID }) {
			opened = append(opened, ep)
		}
	}
	if len(opened) != 1 || opened[0].Opened > crossing+10*roster.Minute+interval+roster.Second {
		t.Errorf("crossing at %d: %+v", crossing, opened)
	}
}

// TestCurfewBeginsWhileOutside: whoever is out when the curfew begins is told of
// half an hour later, once, as out from its start, although nothing was crossed.
func TestCurfewBeginsWhileOutside(t *testing.T) {
	dir, home := atTheEdge(t)
	curfew := monday + 15*roster.Hour // 22:00
	out := moved(home, 2000, math.Pi)
	var entries []event.Entry
	for at := curfew - 3*roster.Hour; at < curfew+4*roster.Hour; at += 5 * roster.Minute {
		entries = append(entries, located(at, &event.Position{Point: out, Cell: geo.CellOf(out), AccuracyM: 20, Source: event.GNSS}))
	}
	var seen []rules.Episode
	for _, ep := range slices.Concat(run(t, rules.New(rules.DefaultConfig(), dir.Calendar(), dir), entries)...) {
		if ep.Kind == rules.CurfewViolation {
			seen = append(seen, ep)
		}
	}
	if len(seen) != 1 || seen[0].Started != curfew || seen[0].Opened != curfew+30*roster.Minute+roster.Second || seen[0].Ended != 0 {
		t.Errorf("curfew from %d: %+v", curfew, seen)
	}
}

// TestThresholdsOfPlacesAreConfiguration: other thresholds, other episodes, and
// the version says so.
func TestThresholdsOfPlacesAreConfiguration(t *testing.T) {
	dir, home := atTheEdge(t)
	cfg := rules.DefaultConfig()
	cfg.Curfew.Dwell, cfg.Curfew.MinRadiusM = roster.Duration(10*60e9), 3000
	out := moved(home, 2000, math.Pi)
	night := monday + 16*roster.Hour
	var entries []event.Entry
	for at := night; at < night+roster.Hour; at += 5 * roster.Minute {
		entries = append(entries, located(at, &event.Position{Point: out, Cell: geo.CellOf(out), AccuracyM: 20, Source: event.GNSS}))
	}
	entries = append([]event.Entry{{At: monday}}, entries...)
	for metres, want := range map[float64]int{3000: 0, 150: 1} {
		cfg.Curfew.MinRadiusM = metres
		got := slices.DeleteFunc(slices.Concat(run(t, rules.New(cfg, dir.Calendar(), dir), entries)...), func(ep rules.Episode) bool {
			return ep.Kind != rules.CurfewViolation || ep.Opened != night+10*roster.Minute+roster.Second || ep.Rules != cfg.Version()
		})
		if len(got) != want {
			t.Errorf("circle of %g m: %+v", metres, got)
		}
	}
}
