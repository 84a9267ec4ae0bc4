package sim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/sim"
)

func byKind(list []sim.Truth) map[string][]sim.Truth {
	m := map[string][]sim.Truth{}
	for _, t := range list {
		m[t.Kind] = append(m[t.Kind], t)
	}
	return m
}

func TestTruthHoldsEveryScriptedKind(t *testing.T) {
	r := city(t, 267, 7, func(c *sim.Config) { c.Acts = true })
	truth := byKind(r.Truth())
	for _, kind := range []string{
		"leave-deviation", "watch-zone", "curfew-violation", "curfew-absence", "no-contact", "gathering", "impossible-travel",
		"spoofed-location", "device-separated", "position-lost", "jamming", "clock-hugging", "challenge-unanswered", "absconding-ladder",
		"report-in-overdue", "checkin-missed", "checkin-rejected", "checkin-outside", "contact-suspect", "contact-lost",
		"area-exit", "leave-overdue", "forbidden-zone", "forbidden-approach", "strap-tamper", "battery-low", "power-off",
		"device-offline", "sos", "authority-expiring", "no-lawful-basis",
	} {
		if len(truth[kind]) == 0 {
			t.Errorf("no %s", kind)
		}
		for _, e := range truth[kind] {
			if e.Started > r.cfg.Until || e.Ended != 0 && (e.Ended < e.Started || e.Ended > r.cfg.Until) {
				t.Errorf("%s from %d to %d", kind, e.Started, e.Ended)
			}
		}
	}
	for _, kind := range []string{"strap-tamper", "sos", "no-lawful-basis", "report-in-overdue"} {
		for _, e := range truth[kind] {
			if e.Ended != 0 {
				t.Errorf("%s ends without a person", kind)
			}
		}
	}
}

func TestNoViolationsWhenNoneAreWanted(t *testing.T) {
	r := city(t, 120, 3, func(c *sim.Config) { c.Violations = -1 })
	calendar := map[string]bool{
		"report-in-overdue": true, "authority-expiring": true, "term-ending": true, "travel-expiring": true,
		"periodic-report-due": true, "health-report-due": true, "medical-review-due": true, "leave-overdue": true,
	}
	for _, e := range r.Truth() {
		if !calendar[e.Kind] {
			t.Errorf("%s of %s%s", e.Kind, e.Subject, e.Device)
		}
	}
}

// track collects the good fixes of a device by their own time.
func (r run) track(t *testing.T, device roster.DeviceID) map[roster.Instant]message {
	t.Helper()
	fixes := map[roster.Instant]message{}
	for l := range r.Lines() {
		if !strings.Contains(l.Topic, "/"+string(device)+"/") {
			continue
		}
		_, _, list := open(t, l)
		for _, m := range list {
			if m.Lat != nil && m.Accuracy <= 200 {
				fixes[m.at(t)] = m
			}
		}
	}
	return fixes
}

func TestScriptedExitsAreFarAndLong(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 4, nil)
	dir, err := roster.Compile(r.cfg.Roster, r.cfg.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range byKind(r.Truth())["area-exit"] {
		if e.Device[0] != 'W' {
			continue // an overdue leave, shown by check-ins only
		}
		fixes, out := r.track(t, e.Device), 0
		area := dir.Shape(dir.Subject(e.Subject).Area)
		for at, m := range fixes {
			d := area.Signed(m.point())
			if d < -300 && (at < e.Started || at >= e.Ended) {
				t.Errorf("%s is outside at %d, not between %d and %d", e.Device, at, e.Started, e.Ended)
			}
			if d < -1000 {
				out++
			}
		}
		if _, ok := fixes[e.Started]; !ok || out < 6 {
			t.Errorf("started %v is no fix, or %d fixes outside are few", e.Started, out)
		}
	}
}

func TestScriptedZonesAreEntered(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 4, nil)
	dir, err := roster.Compile(r.cfg.Roster, r.cfg.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	truth := byKind(r.Truth())
	for _, e := range slices.Concat(truth["forbidden-zone"], truth["forbidden-approach"]) {
		zone := dir.Shape(dir.Subject(e.Subject).Forbidden[0].Zone)
		within := 0
		for at, m := range r.track(t, e.Device) {
			d := zone.Signed(m.point())
			if at >= e.Started && at < e.Ended && (d > 20) == (e.Kind == "forbidden-zone") && d > -300 {
				within++
			}
		}
		if within < 4 {
			t.Errorf("%s: %d fixes", e.Kind, within)
		}
	}
}

func TestDemoBreaksRulesInTheFirstMinute(t *testing.T) {
	r := city(t, 267, 1, func(c *sim.Config) {
		c.Demo, c.Violations = true, -1
		c.From += 10*roster.Hour + 17*roster.Minute
		sim.Demonstrate(c.Roster, c.From, c.Calendar)
	})
	truth := byKind(r.Truth())
	for _, kind := range []string{
		"area-exit", "forbidden-zone", "sos", "strap-tamper", "battery-low", "power-off", "checkin-outside", "checkin-rejected",
		"no-contact", "watch-zone", "jamming", "impossible-travel", "spoofed-location", "checkin-missed",
	} {
		if e := truth[kind]; len(e) == 0 || e[0].Started < r.cfg.From || e[0].Started > r.cfg.From+2*roster.Minute {
			t.Errorf("%s: %v", kind, e)
		}
	}
}

func TestTruthAsJSON(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	at := roster.InstantOf(time.Date(2026, 3, 2, 8, 0, 0, 0, zone))
	for _, c := range []struct {
		e    sim.Truth
		want string
	}{
		{
			sim.Truth{Kind: "sos", Subject: "S1", Device: "W1", Started: at},
			`{"kind":"sos","subject":"S1","device":"W1","started":"2026-03-02T08:00:00+08:00","ended":null}`,
		},
		{
			sim.Truth{Kind: "no-lawful-basis", Device: "W1", Started: at, Ended: at + 1500, Tolerance: roster.Minute},
			`{"kind":"no-lawful-basis","device":"W1","started":"2026-03-02T08:00:00+08:00","ended":"2026-03-02T08:00:01.5+08:00","tolerance_s":60}`,
		},
	} {
		got := c.e.AppendJSON(nil, zone)
		if string(got) != c.want || !json.Valid(got) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
