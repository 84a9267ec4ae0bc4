package roster_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"correctiond/roster"
	"pgregory.net/rapid"
)

func TestMonthsClampToTheirEnd(t *testing.T) {
	cal := shanghai()
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-20", 3, "2026-04-20"},
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2026-03-31", 1, "2026-04-30"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2026-08-31", 6, "2027-02-28"},
		{"2026-05-31", -3, "2026-02-28"},
		{"2026-11-15", 3, "2027-02-15"},
	} {
		got := cal.Day(cal.AddMonths(cal.Start(day(c.from)), c.months))
		if got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestBareDayBeginsAndEndsAtLocalMidnight(t *testing.T) {
	cal := shanghai()
	if got, want := cal.Start(day("2026-04-19")), at(t, "2026-04-19 00:00:00"); got != want {
		t.Errorf("Start = %v, want %v", got, want)
	}
	if got, want := cal.End(day("2026-04-19")), at(t, "2026-04-20 00:00:00"); got != want {
		t.Errorf("End = %v, want %v", got, want)
	}
	exact := day("2026-04-19T18:00:00+08:00")
	if cal.Start(exact) != cal.End(exact) || cal.End(exact) != at(t, "2026-04-19 18:00:00") {
		t.Error("a full time is its own start and end")
	}
	if cal.Start(roster.Date{}) != 0 || cal.Start(roster.Date{Day: "2026-02-30"}) != 0 {
		t.Error("no day must give 0")
	}
}

// The zones switch at midnight, skip a day, repeat midnight, or never change.
func zones(t testing.TB) []*time.Location {
	names := []string{"Asia/Shanghai", "America/Sao_Paulo", "America/Havana", "Pacific/Apia", "Europe/Berlin", "Asia/Kathmandu", "UTC"}
	var out []*time.Location
	for _, n := range names {
		loc, err := time.LoadLocation(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, loc)
	}
	return out
}

func TestDayStartIsTheFirstInstantOfItsDay(t *testing.T) {
	locs := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		cal := roster.NewCalendar(rapid.SampledFrom(locs).Draw(t, "zone"))
		for range 3 { // the calendar remembers the last stretch it used
			x := roster.Instant(rapid.Int64Range(0, 4e12).Draw(t, "t"))
			start := cal.DayStart(x)
			if start > x || x-start > 25*roster.Hour {
				t.Fatalf("day of %d starts at %d", x, start)
			}
			if cal.Day(start) != cal.Day(x) || cal.Day(start-1) == cal.Day(x) {
				t.Fatalf("day %s starts in %s after %s", cal.Day(x), cal.Day(start), cal.Day(start-1))
			}
			if want := x.Time(cal.Location()).Format(time.DateOnly); x != 0 && cal.Day(x) != want {
				t.Fatalf("Day = %s, want %s", cal.Day(x), want)
			}
			if next := cal.AddDays(start, 1); next <= x || cal.DayStart(next) != next {
				t.Fatalf("the day after %s starts at %d", cal.Day(x), next)
			}
		}
	})
}

func TestMidnightThatDoesNotExist(t *testing.T) {
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	cal := roster.NewCalendar(loc)
	want := roster.InstantOf(time.Date(2018, 11, 4, 1, 0, 0, 0, loc))
	if got := cal.Start(day("2018-11-04")); got != want {
		t.Errorf("4 November 2018 starts at %v, want 01:00", got.Time(loc))
	}
}

func TestCalendarDoesNotAllocate(t *testing.T) {
	cal := shanghai()
	x := at(t, "2026-03-02 08:00:00")
	if n := testing.AllocsPerRun(100, func() { cal.AddMonths(cal.DayStart(x), 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDateForms(t *testing.T) {
	for _, s := range []string{"2026-01-31", "2026-01-31T08:00:00.25Z"} {
		if got := day(s).String(); got != s {
			t.Errorf("%s reads as %s", s, got)
		}
	}
	for _, s := range []string{"", "2026-02-30", "2026-1-1", "2026-01-31T08:00:00", "1970-01-01T00:00:00Z", "31.01.2026"} {
		if d, err := roster.ParseDate(s); err == nil {
			t.Errorf("%q reads as %v", s, d)
		}
	}
}

func TestDurationForms(t *testing.T) {
	for in, want := range map[string]string{"30m": "30m", "90s": "1m30s", "120m": "2h", "1h30m": "90m", "0s": "0s"} {
		var d roster.Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("%s reads as %s, %v; want %s", in, d, err, want)
		}
	}
	for _, in := range []string{"-5m", "5", "five"} {
		if err := new(roster.Duration).UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
}

func TestUnsetDateKeepsItsForm(t *testing.T) {
	var d roster.Date
	if err := d.UnmarshalText(nil); err != nil || !d.IsZero() || d.String() != "" {
		t.Errorf("%v, %v", d, err)
	}
}
