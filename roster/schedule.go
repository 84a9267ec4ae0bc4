package roster

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Schedule is a compiled roll-call: windows of local clock time on some days of
// the week. Having no windows is legal and means no duty.
type Schedule struct {
	cal     *Calendar
	windows []clockWindow // by from
	grace   Instant
	days    [7]bool // by time.Weekday of the day a window begins on
}

// DutyWindow is one occurrence [From, Until) of a roll-call window. A check-in
// made in it may arrive until Deadline, which is Until plus the grace.
type DutyWindow struct{ From, Until, Deadline Instant }

// clockWindow is a window in milliseconds after 00:00; until may pass 24 hours.
type clockWindow struct{ from, until Instant }

// scheduleDays is how far ahead the next window lies at most: a week, today's
// rest, and a day that a zone skipped.
const scheduleDays = 9

// Next returns the first window that begins at or after the given instant;
// false when the schedule has none.
func (s *Schedule) Next(after Instant) (DutyWindow, bool) {
	if len(s.windows) == 0 {
		return DutyWindow{}, false
	}
	day := floorDay(s.cal.wall(after))
	for range scheduleDays {
		if w, ok := s.first(day, after); ok {
			return w, true
		}
		day += Day
	}
	return DutyWindow{}, false
}

// first returns the first window of a day that begins at or after an instant.
func (s *Schedule) first(day, after Instant) (DutyWindow, bool) {
	if !s.on(day) {
		return DutyWindow{}, false
	}
	for _, w := range s.windows {
		if d := s.occurrence(day, w); d.From >= after {
			return d, true
		}
	}
	return DutyWindow{}, false
}

// Contains tells whether t lies in a window; withGrace, also whether it lies
// between a window's end and its deadline.
func (s *Schedule) Contains(t Instant, withGrace bool) bool {
	if len(s.windows) == 0 {
		return false
	}
	today := floorDay(s.cal.wall(t))
	for day := today - s.reach()*Day; day <= today; day += Day {
		if s.on(day) && s.holds(day, t, withGrace) {
			return true
		}
	}
	return false
}

// At returns the window that holds t, the later one where two do; false when
// none does.
func (s *Schedule) At(t Instant) (DutyWindow, bool) {
	today := floorDay(s.cal.wall(t))
	for day := today; day >= today-Day; day -= Day {
		for i := len(s.windows) - 1; i >= 0 && s.on(day); i-- {
			if w := s.occurrence(day, s.windows[i]); t >= w.From && t < w.Until {
				return w, true
			}
		}
	}
	return DutyWindow{}, false
}

// reach is how many days beyond its own a window with its grace may last: rarely
// more than one.
func (s *Schedule) reach() Instant {
	if len(s.windows) == 0 {
		return 0
	}
	return (s.windows[len(s.windows)-1].until + s.grace) / Day
}

func (s *Schedule) holds(day, t Instant, withGrace bool) bool {
	for _, w := range s.windows {
		d := s.occurrence(day, w)
		if t >= d.From && (t < d.Until || withGrace && t < d.Deadline) {
			return true
		}
	}
	return false
}

func (s *Schedule) on(wallDay Instant) bool {
	n := int(wallDay/Day+4) % 7 // day 0 of Unix time was a Thursday
	return s.days[(n+7)%7]
}

func (s *Schedule) occurrence(wallDay Instant, w clockWindow) DutyWindow {
	until := s.cal.at(wallDay + w.until)
	return DutyWindow{From: s.cal.at(wallDay + w.from), Until: until, Deadline: until + s.grace}
}

// compileRollcall trusts that the roll-call passed its checks.
func compileRollcall(rc *Rollcall, cal *Calendar) *Schedule {
	s := &Schedule{cal: cal, grace: Length(time.Duration(rc.Grace))}
	for _, w := range rc.Windows {
		if cw, err := w.clock(false); err == nil {
			s.windows = append(s.windows, cw)
		}
	}
	slices.SortFunc(s.windows, func(a, b clockWindow) int { return int(a.from - b.from) })
	for i := range s.days {
		s.days[i] = len(rc.Days) == 0
	}
	for _, name := range rc.Days {
		if d, ok := weekday(name); ok {
			s.days[d] = true
		}
	}
	return s
}

// clock parses a window. One that ends at or before its start passes midnight,
// which must be marked unless wraps is set (curfews do by nature).
func (w Window) clock(wraps bool) (clockWindow, error) {
	from, err := clockTime(w.From)
	if err != nil {
		return clockWindow{}, fmt.Errorf("from: %w", err)
	}
	until, err := clockTime(w.Until)
	if err != nil {
		return clockWindow{}, fmt.Errorf("until: %w", err)
	}
	switch {
	case from == until || from == Day:
		return clockWindow{}, fmt.Errorf("from must be before until")
	case until > from && w.NextDay:
		return clockWindow{}, fmt.Errorf("window of more than 24 hours: drop next_day")
	case until < from && !w.NextDay && !wraps:
		return clockWindow{}, fmt.Errorf("window runs past midnight: mark it with next_day: true")
	case until < from:
		until += Day
	}
	return clockWindow{from, until}, nil
}

// clockTime reads "07:30"; "24:00" is the end of the day.
func clockTime(s string) (Instant, error) {
	if len(s) == 5 && s[2] == ':' {
		h, errH := strconv.ParseUint(s[:2], 10, 8)
		m, errM := strconv.ParseUint(s[3:], 10, 8)
		t := Instant(h)*Hour + Instant(m)*Minute
		if errH == nil && errM == nil && m < 60 && t <= Day {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%q is not a clock time: write 07:30", s)
}

func weekday(name string) (time.Weekday, bool) {
	i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name)
	return time.Weekday(i), i >= 0
}
