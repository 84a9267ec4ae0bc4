package roster_test

import (
	"testing"
	"time"

	"correctiond/roster"
	"pgregory.net/rapid"
)

// duty compiles a roll-call through a roster, as everybody does.
func duty(t testing.TB, rc roster.Rollcall) *roster.Duty {
	r := sample()
	rc.ID = "test"
	r.Rollcalls = append(r.Rollcalls, rc)
	r.Subjects[0].Rollcall = "test"
	return compiled(t, r).Subject("S1").Duty
}

func TestNextWindow(t *testing.T) {
	s := duty(t, roster.Rollcall{
		Windows: []roster.Window{{From: "19:00", Until: "21:00"}, {From: "07:30", Until: "09:30"}},
		Grace:   roster.Duration(30 * time.Minute),
		Days:    []string{"mon", "fri"}, // 2026-03-02 is a Monday
	})
	for _, c := range []struct{ after, from string }{
		{"2026-03-02 00:00:00", "2026-03-02 07:30:00"},
		{"2026-03-02 07:30:00", "2026-03-02 07:30:00"},
		{"2026-03-02 07:30:01", "2026-03-02 19:00:00"},
		{"2026-03-02 19:00:01", "2026-03-06 07:30:00"},
		{"2026-03-06 23:00:00", "2026-03-09 07:30:00"},
	} {
		w, ok := s.Next(at(t, c.after))
		if !ok || w.From != at(t, c.from) || w.Until-w.From != 2*roster.Hour || w.Deadline-w.Until != 30*roster.Minute {
			t.Errorf("after %s: %+v, want %s", c.after, w, c.from)
		}
	}
}

func TestNoWindowsAreNoDuty(t *testing.T) {
	s := duty(t, roster.Rollcall{Windows: []roster.Window{}})
	if _, ok := s.Next(at(t, "2026-03-02 00:00:00")); ok || s.Contains(at(t, "2026-03-02 19:30:00"), true) {
		t.Error("a roll-call without windows has a duty")
	}
}

func TestWindowsPastMidnight(t *testing.T) {
	s := duty(t, roster.Rollcall{
		Windows: []roster.Window{{From: "23:00", Until: "01:00", NextDay: true}},
		Days:    []string{"mon"}, Grace: roster.Duration(10 * time.Minute),
	})
	for when, want := range map[string][2]bool{ // without, with grace
		"2026-03-02 22:59:59": {false, false},
		"2026-03-02 23:00:00": {true, true},
		"2026-03-03 00:59:59": {true, true},
		"2026-03-03 01:00:00": {false, true},
		"2026-03-03 01:10:00": {false, false},
		"2026-03-03 23:30:00": {false, false},
		"2026-03-02 00:30:00": {false, false},
	} {
		x := at(t, when)
		if got := [2]bool{s.Contains(x, false), s.Contains(x, true)}; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

func TestGreenWindowsWithoutRollcall(t *testing.T) {
	w, ok := compiled(t, sample()).Subject("S2").Duty.Next(at(t, "2026-03-02 12:00:00"))
	if !ok || w.From != at(t, "2026-03-02 19:00:00") || w.Until != at(t, "2026-03-02 21:00:00") || w.Deadline != at(t, "2026-03-02 21:30:00") {
		t.Errorf("green windows: %+v", w)
	}
}

func TestCurfewRunsThroughTheNight(t *testing.T) {
	d := compiled(t, sample())
	nights := d.Subject("S1").Nights
	if !nights.Contains(at(t, "2026-03-03 05:59:59"), false) || nights.Contains(at(t, "2026-03-03 06:00:00"), false) {
		t.Error("a curfew from 22:00 until 06:00 covers the morning until six")
	}
	if d.Subject("S2").Nights != nil {
		t.Error("S2 has no curfew")
	}
}

func TestTheCurfewOfAnInstant(t *testing.T) {
	nights := compiled(t, sample()).Subject("S1").Nights
	for when, evening := range map[string]string{
		"2026-03-31 21:59:59": "",
		"2026-03-31 22:00:00": "2026-03-31 22:00:00",
		"2026-04-01 00:00:00": "2026-03-31 22:00:00",
		"2026-04-01 05:59:59": "2026-03-31 22:00:00",
		"2026-04-01 06:00:00": "",
		"2026-04-01 22:30:00": "2026-04-01 22:00:00",
	} {
		w, ok := nights.At(at(t, when))
		if ok != (evening != "") || ok && (w.From != at(t, evening) || w.Until != w.From+8*roster.Hour) {
			t.Errorf("%s: %v %+v, want the night of %q", when, ok, w, evening)
		}
	}
}

func TestNextWindowContainsItsStartInEveryZone(t *testing.T) {
	locs := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		cal := roster.NewCalendar(rapid.SampledFrom(locs).Draw(t, "zone"))
		d, err := roster.Compile(sample(), cal)
		if err != nil {
			t.Fatal(err)
		}
		x := roster.Instant(rapid.Int64Range(1e12, 3e12).Draw(t, "t"))
		s := d.Subject("S1").Duty
		w, ok := s.Next(x)
		if !ok || w.From < x || w.From-x > 49*roster.Hour {
			t.Fatalf("next after %d: %+v", x, w)
		}
		if w.From < w.Until && (!s.Contains(w.From, false) || !s.Contains(w.Deadline-1, true)) {
			t.Fatalf("%+v is not in its own schedule", w)
		}
	})
}
