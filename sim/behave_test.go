package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

func prepare(t testing.TB, subjects, days int, change func(*Config)) *Sim {
	t.Helper()
	cal := roster.NewCalendar(nil)
	from := roster.InstantOf(time.Date(2026, 3, 2, 0, 0, 0, 0, cal.Location()))
	cfg := Config{Seed: 3, From: from, Until: cal.AddDays(from, days), Calendar: cal}
	cfg.Roster = City(3, subjects, cfg.From, cfg.Until, cal)
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// watched runs through the period for one person and hands every message that
// was not held back by a dead spot to see.
func watched(s *Sim, p *person, see func(u *unit, x *sample)) {
	r := s.begin(p)
	for {
		at, u := r.frontier()
		if at > s.cfg.Until {
			return
		}
		r.step(u, at)
		r.pending, r.head = r.pending[:0], 0
		x := sample{kind: event.Location, t: at}
		x.spot = r.fix(u, at)
		see(u, &x)
	}
}

func TestTheWellBehavedRaiseNothing(t *testing.T) {
	s := prepare(t, 267, 7, nil)
	for _, p := range s.people {
		if s.notable(p) {
			continue
		}
		for _, e := range s.observe(p) {
			t.Errorf("%s of %s, started %s", e.Kind, e.Subject, e.Started.Time(s.cal.Location()))
		}
	}
}

func TestTheWellBehavedStayWhereTheyMay(t *testing.T) {
	s := prepare(t, 267, 4, func(c *Config) { c.Violations = -1 })
	n := 0
	for _, p := range s.people {
		if len(p.scripts) > 0 || len(p.Permits) > 0 {
			continue
		}
		watched(s, p, func(_ *unit, x *sample) {
			n++
			if d := s.dir.Shape(p.Area).Signed(x.spot.at); d < 0 && !x.coarse() {
				t.Errorf("%s is %.0f m outside", p.ID, -d)
			}
			for _, f := range p.Forbidden {
				if d := s.dir.Shape(f.Zone).Signed(x.spot.at); d > -f.ApproachM && !x.coarse() {
					t.Errorf("%s is %.0f m from %d", p.ID, -d, f.Zone)
				}
			}
		})
	}
	if n < 15_000 {
		t.Errorf("only %d positions", n)
	}
}

func TestWristbandsAreNeverWithoutAFixForLong(t *testing.T) {
	s := prepare(t, 267, 5, func(c *Config) { c.Violations = -1 })
	for _, p := range s.people {
		for i := range p.bands {
			if gap := s.longestGap(p, i); gap > 55*roster.Minute {
				t.Errorf("%s: %s without a fix", p.bands[i].dev.ID, gap.Duration())
			}
		}
	}
}

// longestGap is the longest time between two fixes that a wristband gets out.
func (s *Sim) longestGap(p *person, band int) roster.Instant {
	var last, worst roster.Instant
	r := s.begin(p)
	for at, u := r.frontier(); at <= s.cfg.Until; at, u = r.frontier() {
		before := r.bands[band].seq
		r.step(u, at)
		_, l := r.diary.where(at)
		if u != &r.bands[band] || u.seq == before || l.in == underground || r.diary.cutOff(at) {
			continue
		}
		if last != 0 {
			worst = max(worst, at-last)
		}
		last = at
	}
	return worst
}

func TestEveryMessageIsLawfulUnlessScripted(t *testing.T) {
	s := prepare(t, 267, 4, func(c *Config) {
		since := roster.Date{Day: "2026-03-04"}
		c.Roster.Released = []roster.Released{{ID: c.Roster.Subjects[5].ID, Since: &since}}
	})
	refused := 0
	for _, p := range s.people {
		n := s.refusals(p)
		refused += n
		if n > 0 && !p.scripts.outlive() {
			t.Errorf("%s: %d messages without a basis", p.ID, n)
		}
	}
	if refused == 0 {
		t.Error("no wristband outlives its authority")
	}
}

// refusals counts the messages of a person that the law does not permit.
func (s *Sim) refusals(p *person) (n int) {
	r := s.begin(p)
	for at, u := r.frontier(); at <= s.cfg.Until; at, u = r.frontier() {
		q := roster.Query{Device: u.dev.ID, Kind: "location", At: at, HasTime: true, Received: at, Claimed: p.ID}
		if u.dev.Kind != roster.Wristband {
			q.Kind = "checkin"
		}
		made := u.made
		r.step(u, at)
		if u.made > made && s.dir.Basis(q).Refusal != "" {
			n++
		}
	}
	return n
}

func TestADiaryCoversItsDay(t *testing.T) {
	s := prepare(t, 267, 14, nil)
	rapid.Check(t, func(t *rapid.T) {
		p := s.people[rapid.IntRange(0, len(s.people)-1).Draw(t, "person")]
		at := s.cfg.From + roster.Instant(rapid.Int64Range(0, int64(14*roster.Day)-1).Draw(t, "time"))
		var d diary
		d.plan(s, p, at, s.random("x", rapid.Uint64().Draw(t, "seed")))
		end := s.cal.DayStart(at)
		var last geo.Point
		for i, l := range d.legs {
			if i > 0 && l.from != end || l.until < l.from {
				t.Fatalf("leg %d from %d until %d after %d", i, l.from, l.until, end)
			}
			start, _ := d.where(max(l.from, s.cal.DayStart(at)))
			if jump := metres(last, start); i > 0 && jump > 10 {
				t.Fatalf("leg %d begins %.0f m away", i, jump)
			}
			end = l.until
			last, _ = d.where(min(l.until, d.end) - 1)
		}
		if end < d.end {
			t.Fatalf("the day ends at %d, its legs at %d", d.end, end)
		}
	})
}

func TestWithoutAHomeOneIsFound(t *testing.T) {
	s := prepare(t, 60, 1, func(c *Config) {
		for i := range c.Roster.Subjects {
			c.Roster.Subjects[i].Home = nil
		}
	})
	for _, p := range s.people {
		if !s.dir.Shape(p.Area).Contains(p.home) {
			t.Errorf("%s lives outside the area", p.ID)
		}
	}
}
