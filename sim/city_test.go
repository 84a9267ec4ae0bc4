package sim_test

import (
	"testing"

	"correctiond/roster"
	"correctiond/sim"
)

func TestCityPassesTheRosterChecks(t *testing.T) {
	cal := roster.NewCalendar(nil)
	from := monday(cal)
	for _, c := range []struct{ subjects, days int }{{1, 1}, {30, 3}, {267, 7}, {1000, 60}, {267, 365}} {
		for seed := range uint64(3) {
			r := sim.City(seed, c.subjects, from+9*roster.Hour, cal.AddDays(from, c.days), cal)
			if p := roster.Check(r, cal); len(p) > 0 {
				t.Errorf("%d subjects, %d days: %d problems, first %s", c.subjects, c.days, len(p), p[0])
			}
		}
	}
}

func TestCityHoldsWhatASimulationNeeds(t *testing.T) {
	cal := roster.NewCalendar(nil)
	from := monday(cal)
	r := sim.City(1, 267, from, cal.AddDays(from, 7), cal)
	if len(r.Offices) != 8 || len(r.Subjects) != 267 {
		t.Errorf("%d offices, %d subjects", len(r.Offices), len(r.Subjects))
	}
	devices := map[roster.DeviceKind]int{}
	for _, d := range r.Devices {
		devices[d.Kind]++
	}
	if n := devices[roster.Wristband]; n < 36 || n > 50 {
		t.Errorf("%d wristbands, want about one in six", n)
	}
	if devices[roster.Kiosk] != 8 || devices[roster.App] < 260 {
		t.Errorf("devices: %v", devices)
	}
	kinds, levels, zones := map[roster.SubjectKind]int{}, map[roster.Level]int{}, map[roster.ZoneKind]int{}
	leaves, travel, forbidden, unreported := 0, 0, 0, 0
	for _, s := range r.Subjects {
		kinds[s.Kind]++
		levels[s.Level]++
		leaves, travel, forbidden = leaves+len(s.Leaves), travel+len(s.Travel), forbidden+len(s.Forbidden)
		if s.Reported == nil {
			unreported++
		}
	}
	for _, z := range r.Zones {
		zones[z.Kind]++
	}
	if len(kinds) != 4 || len(levels) != 3 || len(zones) != 3 {
		t.Errorf("kinds %v, levels %v, zones %v", kinds, levels, zones)
	}
	if leaves == 0 || travel == 0 || forbidden == 0 || unreported == 0 {
		t.Errorf("%d leaves, %d travel, %d forbidden, %d not reported in", leaves, travel, forbidden, unreported)
	}
}
