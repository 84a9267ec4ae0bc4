package sim

import (
	"slices"
	"testing"

	"correctiond/roster"
)

// implied lists what a script raises beside the kind it is named for.
func implied(kind string) []string {
	switch kind {
	case "contact-lost":
		return []string{"device-offline", "checkin-missed", "contact-suspect"}
	case "contact-suspect":
		return []string{"checkin-missed"}
	case "leave-overdue":
		return []string{"checkin-outside", "area-exit"}
	}
	return nil
}

func TestScriptsRaiseTheirKindAndWhatItImplies(t *testing.T) {
	for seed := range uint64(5) {
		s := prepare(t, 267, 4, func(c *Config) {
			c.Seed, c.From = seed, c.From+roster.Instant(seed)*5*roster.Hour
		})
		played := map[string]bool{}
		for _, p := range s.people {
			if p.script != nil {
				played[p.script.kind] = true
				checkRaised(t, p.script.kind, s.observe(p))
			}
		}
		for _, pl := range playbook() {
			if !played[pl.kind] {
				t.Errorf("seed %d: nobody plays %s", seed, pl.kind)
			}
		}
	}
}

func checkRaised(t *testing.T, kind string, found []Truth) {
	t.Helper()
	named := false
	for _, e := range found {
		named = named || e.Kind == kind
		if e.Kind != kind && !slices.Contains(implied(kind), e.Kind) {
			t.Errorf("%s also raises %s", kind, e.Kind)
		}
	}
	if !named {
		t.Errorf("%s is not raised", kind)
	}
}

func TestViolationsScaleWithThePeople(t *testing.T) {
	for _, c := range []struct{ wanted, people, least, most int }{{-1, 267, 0, 0}, {0, 267, 15, 15}, {0, 1000, 50, 60}, {2, 267, 25, 30}} {
		s := prepare(t, c.people, 4, func(cfg *Config) { cfg.Violations = c.wanted })
		n := 0
		for _, p := range s.people {
			if p.script != nil {
				n++
			}
		}
		if n < c.least || n > c.most {
			t.Errorf("%d wanted of each kind among %d: %d scripts", c.wanted, c.people, n)
		}
	}
}

func TestAShortPeriodHasNoRoomForLongScripts(t *testing.T) {
	s := prepare(t, 267, 1, func(c *Config) { c.Until = c.From + 2*roster.Hour })
	for _, p := range s.people {
		if p.script != nil {
			t.Errorf("%s in two hours of the night", p.script.kind)
		}
	}
}

func TestOutingsKeepClearOfWindows(t *testing.T) {
	s := prepare(t, 267, 4, func(c *Config) { c.Violations = 3 })
	for _, p := range s.people {
		if p.script == nil || len(p.bands) == 0 || len(p.trips) != 1 || p.script.kind != "area-exit" {
			continue
		}
		out := p.trips[0]
		w, ok := p.Duty.Next(s.cal.DayStart(out.depart))
		for ; ok && w.From < out.back; w, ok = p.Duty.Next(w.From + 1) {
			if w.Deadline > out.depart {
				t.Errorf("%s is away from %d to %d, window %d to %d", p.ID, out.depart, out.back, w.From, w.Deadline)
			}
		}
	}
}
