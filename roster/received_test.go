package roster

import (
	"slices"
	"testing"
)

func TestReceivedIsAscending(t *testing.T) {
	cal := NewCalendar(nil)
	days := func(list ...string) (out []Date) {
		for _, d := range list {
			out = append(out, Date{Day: d})
		}
		return out
	}
	got := cal.received(&Reports{Visits: days("2026-03-02", "2026-01-31", "2026-03-02"), Health: days("2026-02-28")})
	want := []Instant{cal.Start(Date{Day: "2026-01-31"}), cal.Start(Date{Day: "2026-03-02"})}
	if !slices.Equal(got.Visits, want) || len(got.Health) != 1 || got.Periodic != nil || got.MedicalReview != nil {
		t.Errorf("%v", got)
	}
}

func TestMonthStart(t *testing.T) {
	cal := NewCalendar(nil)
	for day, want := range map[string]string{
		"2026-03-01": "2026-03-01", "2026-03-31": "2026-03-01", "2028-02-29": "2028-02-01", "2026-12-31": "2026-12-01", "2027-01-01": "2027-01-01",
	} {
		start := cal.Start(Date{Day: day})
		for _, at := range []Instant{start, start + Day - 1} {
			if got := cal.MonthStart(at); got != cal.Start(Date{Day: want}) {
				t.Errorf("%s: %s, want %s", day, cal.Day(got), want)
			}
		}
	}
}

func TestLeaveFull(t *testing.T) {
	cal := NewCalendar(nil)
	at := func(day string) Instant { return cal.Start(Date{Day: day}) }
	leave := func(from, until string) Permit {
		return Permit{Interval: Interval{From: at(from), End: cal.End(Date{Day: until})}}
	}
	trip := leave("2026-01-01", "2026-06-01")
	trip.Travel = true
	for _, c := range []struct {
		name, now string
		permits   []Permit
		want      string // "": none
	}{
		{"none", "2026-03-02", nil, ""},
		{"25 days", "2026-03-02", []Permit{leave("2026-03-10", "2026-04-03")}, "2026-05-10"},
		{"24 days", "2026-03-02", []Permit{leave("2026-03-10", "2026-04-02")}, ""},
		{"the last span is past at its end", "2026-05-10", []Permit{leave("2026-03-10", "2026-04-03")}, ""},
		{"not the day before", "2026-05-09", []Permit{leave("2026-03-10", "2026-04-03")}, "2026-05-10"},
		{"two leaves, the later first", "2026-03-02", []Permit{leave("2026-04-21", "2026-05-03"), leave("2026-03-04", "2026-03-15")}, "2026-05-04"},
		{"too far apart", "2026-03-02", []Permit{leave("2026-03-04", "2026-03-15"), leave("2026-04-22", "2026-05-04")}, ""},
		{"travel does not count", "2026-03-02", []Permit{trip}, ""},
	} {
		d := &Directory{refs: &checker{cal: cal}}
		got := d.LeaveFull(&SubjectEntry{Permits: c.permits}, 25, at(c.now))
		if want := (Date{Day: c.want}); got != cal.Start(want) {
			t.Errorf("%s: %s, want %q", c.name, cal.Day(got), c.want)
		}
	}
}
