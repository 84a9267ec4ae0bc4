package duty_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/alerts/duty"
	"correctiond/roster"
)

// officeHours are 08:30 to 17:30 from Monday to Friday, with the spring festival
// of 2026 and the days worked for it.
func officeHours(t testing.TB) *duty.Hours {
	t.Helper()
	days, err := duty.ReadWorkdays(strings.NewReader("version: 1\nholidays: [2026-02-15/2026-02-23]\nworkdays: [2026-02-14, 2026-02-28]\n"), "calendar")
	if err != nil {
		t.Fatal(err)
	}
	h, err := duty.NewHours(roster.NewCalendar(shanghai), "08:30", "17:30", []string{"mon", "tue", "wed", "thu", "fri"}, days)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func clockOf(t testing.TB, text string) roster.Instant {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04", text, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return roster.InstantOf(at)
}

// Case 29: working hours follow the clock of Asia/Shanghai, holidays and the days
// worked instead.
func TestCase29WorkingHoursInShanghai(t *testing.T) {
	h := officeHours(t)
	for from, want := range map[string]string{
		"2026-03-02T00:00": "2026-03-02T08:30", // Monday
		"2026-03-02T08:30": "2026-03-02T08:30",
		"2026-03-02T17:29": "2026-03-02T17:29",
		"2026-03-02T17:30": "2026-03-03T08:30",
		"2026-03-06T18:00": "2026-03-09T08:30", // a weekend
		"2026-02-13T18:00": "2026-02-14T08:30", // a Saturday that is worked
		"2026-02-14T18:00": "2026-02-24T08:30", // the spring festival
		"2026-02-28T12:00": "2026-02-28T12:00",
	} {
		if got := h.Open(clockOf(t, from)); got != clockOf(t, want) {
			t.Errorf("open from %s: %s, want %s", from, got.Time(shanghai), want)
		}
	}
	for _, c := range []struct {
		from string
		n    roster.Instant
		want string
	}{
		{"2026-03-02T08:30", 0, "2026-03-02T08:30"},
		{"2026-03-02T08:00", 8 * roster.Hour, "2026-03-02T16:30"},
		{"2026-03-02T08:30", 9 * roster.Hour, "2026-03-02T17:30"},
		{"2026-03-02T10:00", 8 * roster.Hour, "2026-03-03T09:00"},
		{"2026-02-14T16:30", 2 * roster.Hour, "2026-02-24T09:30"},
		{"2026-02-27T17:00", 10 * roster.Hour, "2026-03-02T09:00"}, // Saturday is worked
	} {
		if got := h.Add(clockOf(t, c.from), c.n); got != clockOf(t, c.want) {
			t.Errorf("%s and %s of work: %s, want %s", c.from, c.n.Duration(), got.Time(shanghai), c.want)
		}
	}
}

// Adding working time is the same as counting it minute by minute, can be done in
// parts, and never goes back.
func TestWorkingTimeAddsUp(t *testing.T) {
	h := officeHours(t)
	start := clockOf(t, "2026-02-10T00:00")
	rapid.Check(t, func(t *rapid.T) {
		from := start + roster.Minute*roster.Instant(rapid.IntRange(0, 30*24*60).Draw(t, "from"))
		a := rapid.IntRange(0, 20*60).Draw(t, "a")
		b := rapid.IntRange(1, 20*60).Draw(t, "b")
		end := h.Add(from, roster.Minute*roster.Instant(a))
		worked := 0
		for at := from; at < end; at += roster.Minute {
			if h.Works(at) {
				worked++
			}
		}
		if worked != a || end < from {
			t.Fatalf("%d minutes from %s end at %s, after %d", a, from.Time(shanghai), end.Time(shanghai), worked)
		}
		once := h.Add(from, roster.Minute*roster.Instant(a+b))
		if twice := h.Add(end, roster.Minute*roster.Instant(b)); once != twice || once <= end && b > 0 {
			t.Fatalf("in one %s, in parts %s", once.Time(shanghai), twice.Time(shanghai))
		}
		if open := h.Open(from); !h.Works(open) || h.Open(open) != open {
			t.Fatalf("nobody works at %s", open.Time(shanghai))
		}
	})
}

// Where nobody ever works, nothing waits for ever.
func TestHoursWithoutWorkingDaysEnd(t *testing.T) {
	days, err := duty.ReadWorkdays(strings.NewReader("version: 1"), "calendar")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, until string
		days        []string
	}{
		{"08:30", "17:30", nil},
		{"17:30", "08:30", []string{"mon"}},
		{"8h", "17:30", []string{"mon"}},
		{"08:30", "17:30", []string{"Montag"}},
	} {
		if _, err := duty.NewHours(roster.NewCalendar(nil), c.from, c.until, c.days, days); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	var rows []string
	for m := time.Month(1); m <= 12; m++ {
		for _, half := range [][2]int{{1, 15}, {16, 28}} {
			from := time.Date(2026, m, half[0], 0, 0, 0, 0, time.UTC)
			rows = append(rows, from.Format(time.DateOnly)+"/"+time.Date(2026, m, half[1], 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
	}
	days, err = duty.ReadWorkdays(strings.NewReader("version: 1\nholidays: ["+strings.Join(rows, ", ")+"]"), "calendar")
	if err != nil {
		t.Fatal(err)
	}
	h, err := duty.NewHours(roster.NewCalendar(shanghai), "08:30", "17:30", []string{"sun"}, days)
	if err != nil {
		t.Fatal(err)
	}
	at := clockOf(t, "2026-01-01T10:00")
	if got := h.Add(at, 100*roster.Day); got <= at {
		t.Errorf("ends at %s", got.Time(shanghai))
	}
}
