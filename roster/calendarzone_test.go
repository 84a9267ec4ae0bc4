package roster_test

import (
	"testing"
	"time"

	"correctiond/roster"
)

func in(t testing.TB, zone string) *roster.Calendar {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return roster.NewCalendar(loc)
}

// instant reads a time with offset.
func instant(t testing.TB, s string) roster.Instant {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return roster.InstantOf(v)
}

// Days are local days: 23 hours when summer begins, 25 when it ends, and days
// counted across the change keep their midnight.
func TestDaysWhereTheClockChanges(t *testing.T) {
	for _, c := range []struct{ zone, day, start, end string }{
		{"Asia/Shanghai", "2026-03-29", "2026-03-29T00:00:00+08:00", "2026-03-30T00:00:00+08:00"},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		{"Asia/Shanghai", "1986-05-04", "1986-05-04T00:00:00+08:00", "1986-05-05T00:00:00+09:00"},
	} {
		cal := in(t, c.zone)
		start, end := instant(t, c.start), instant(t, c.end)
		if got := cal.Start(day(c.day)); got != start {
			t.Errorf("%s, %s starts at %s", c.zone, c.day, got.Time(cal.Location()))
		}
		if got := cal.End(day(c.day)); got != end {
			t.Errorf("%s, %s ends at %s", c.zone, c.day, got.Time(cal.Location()))
		}
		for name, x := range map[string]roster.Instant{"first": start, "middle": (start + end) / 2, "last": end - 1} {
			if cal.DayStart(x) != start || cal.Day(x) != c.day {
				t.Errorf("%s, the %s instant of %s lies in %s", c.zone, name, c.day, cal.Day(x))
			}
		}
		if got := cal.AddDays(start, 1); got != end {
			t.Errorf("%s, the day after %s starts at %s", c.zone, c.day, got.Time(cal.Location()))
		}
	}
}

func TestMonthsAcrossTheChangeOfTheClock(t *testing.T) {
	cal := in(t, "Europe/Berlin")
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-02-28T00:00:00+01:00", 1, "2026-03-28T00:00:00+01:00"},
		{"2026-03-01T00:00:00+01:00", 1, "2026-04-01T00:00:00+02:00"},
		{"2026-01-31T00:00:00+01:00", 3, "2026-04-30T00:00:00+02:00"},
		{"2026-04-30T00:00:00+02:00", -2, "2026-02-28T00:00:00+01:00"},
		{"2026-12-01T00:00:00+01:00", 0, "2026-12-01T00:00:00+01:00"},
		{"2024-02-29T00:00:00+01:00", 12, "2025-02-28T00:00:00+01:00"},
		{"2024-02-29T00:00:00+01:00", 48, "2028-02-29T00:00:00+01:00"},
		{"2026-01-15T00:00:00+01:00", -13, "2024-12-15T00:00:00+01:00"},
	} {
		if got := cal.AddMonths(instant(t, c.from), c.months); got != instant(t, c.want) {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.months, got.Time(cal.Location()), c.want)
		}
	}
}

// Days are counted from the start of a day, and back again.
func TestCountingDaysFromAnyHourOfADay(t *testing.T) {
	cal := shanghai()
	noon := at(t, "2026-03-31 12:00:00")
	for n, want := range map[int]string{-31: "2026-02-28", -1: "2026-03-30", 0: "2026-03-31", 1: "2026-04-01", 365: "2027-03-31"} {
		got := cal.AddDays(cal.DayStart(noon), n)
		if cal.Day(got) != want || cal.DayStart(got) != got || cal.AddDays(got, -n) != cal.DayStart(noon) {
			t.Errorf("%d days after 31 March is %s, want %s", n, cal.Day(got), want)
		}
	}
}

// The same authority is three months long where summer begins in between.
func TestAuthorityAcrossTheChangeOfTheClock(t *testing.T) {
	cal := in(t, "Europe/Berlin")
	for end, legal := range map[string]bool{"2026-04-19": true, "2026-04-20": false, "2026-04-20T00:00:00+02:00": true, "2026-04-20T00:00:01+02:00": false} {
		r := sample()
		r.Devices[0].Authority[0].Until = day(end)
		if ps := roster.Check(r, cal); (len(ps) == 0) != legal {
			t.Errorf("from 20 January until %s: %v", end, ps)
		}
	}
}

// A window keeps its clock time in summer; one in the hour that is skipped is
// over at once, one in the hour that comes twice begins with its first.
func TestWindowsWhereTheClockChanges(t *testing.T) {
	cal := in(t, "Europe/Berlin")
	r := sample()
	r.Rollcalls[0] = roster.Rollcall{ID: "morning", Windows: []roster.Window{{From: "02:15", Until: "02:45"}, {From: "07:30", Until: "09:30"}}}
	d, err := roster.Compile(r, cal)
	if err != nil {
		t.Fatal(err)
	}
	duty := d.Subject("S1").Duty
	for _, c := range []struct{ after, from, until string }{
		{"2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:00:00+02:00"},
		{"2026-03-29T03:00:01+02:00", "2026-03-29T07:30:00+02:00", "2026-03-29T09:30:00+02:00"},
		{"2026-10-24T12:00:00+02:00", "2026-10-25T02:15:00+02:00", "2026-10-25T02:45:00+02:00"},
		{"2026-10-25T02:15:01+02:00", "2026-10-25T07:30:00+01:00", "2026-10-25T09:30:00+01:00"},
	} {
		w, ok := duty.Next(instant(t, c.after))
		if !ok || w.From != instant(t, c.from) || w.Until != instant(t, c.until) {
			t.Errorf("after %s: %s to %s", c.after, w.From.Time(cal.Location()), w.Until.Time(cal.Location()))
		}
	}
}
