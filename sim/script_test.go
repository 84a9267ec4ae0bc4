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
	case "absconding-ladder":
		return []string{"contact-lost", "checkin-missed", "contact-suspect"}
	case "curfew-absence":
		return []string{"curfew-violation"}
	case "contact-suspect":
		return []string{"checkin-missed"}
	case "leave-overdue":
		return []string{"checkin-outside", "area-exit"}
	}
	return nil
}

// violation is what a person's scripts are named for, if they are violations.
func (p *person) violation() string {
	for _, sc := range p.scripts {
		if sc.kind != "" && sc.kind != "company" {
			return sc.kind
		}
	}
	return ""
}

func TestScriptsRaiseTheirKindAndWhatItImplies(t *testing.T) {
	for seed := range uint64(5) {
		s := prepare(t, 267, 7, func(c *Config) {
			c.Acts, c.Seed, c.From = true, seed, c.From+roster.Instant(seed)*5*roster.Hour
		})
		played := map[string]bool{}
		for _, p := range s.people {
			if kind := p.violation(); kind != "" {
				played[kind] = true
				checkRaised(t, kind, s.observe(p))
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
	for _, c := range []struct{ wanted, people, least, most int }{{-1, 267, 0, 0}, {0, 267, 30, 34}, {0, 1000, 110, 140}, {2, 267, 45, 68}} {
		s := prepare(t, c.people, 4, func(cfg *Config) { cfg.Violations = c.wanted })
		n := 0
		for _, p := range s.people {
			if p.violation() != "" {
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
		if len(p.scripts) > 0 {
			t.Errorf("%s in two hours of the night", p.violation())
		}
	}
}

func TestOutingsKeepClearOfWindows(t *testing.T) {
	s := prepare(t, 267, 4, func(c *Config) { c.Violations = 3 })
	for _, p := range s.people {
		if len(p.bands) == 0 || len(p.trips) != 1 || p.violation() != "area-exit" {
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

// What looks like a violation raises nothing, each by itself; and somebody can
// play it.
func TestNearMissesRaiseNothing(t *testing.T) {
	plays := prepare(t, 267, 7, func(c *Config) { c.Acts = true }).nearMisses()
	for i, pl := range plays {
		s := prepare(t, 267, 7, func(c *Config) { c.Acts, c.Violations = true, -1 })
		rng := s.random("", uint64(i))
		p := s.people[slices.IndexFunc(s.people, func(p *person) bool { return s.perform(pl, &scene{s, p, rng}) })]
		for _, e := range s.observe(p) {
			t.Errorf("near miss %d raises %s", i, e.Kind)
		}
	}
	if len(plays) < 15 {
		t.Errorf("only %d near misses", len(plays))
	}
}
