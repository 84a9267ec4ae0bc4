// Package duty says who is to be told of an alert, when, and when not: the chains of
// escalation, the rota, working hours with their holidays and 调休.
// Everything takes the time as an argument.
package duty

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"correctiond/roster"
)

// farthest bounds the search for the next working day, in days: longer than any
// row of holidays.
const farthest = 366

// Hours are the working hours of every day, and which days have them. It is safe
// for concurrent use.
type Hours struct {
	cal         *roster.Calendar
	from, until int // minutes of the local day
	days        [7]bool
	workdays    Workdays
}

// NewHours makes working hours from "08:30" until "17:30" on days such as "mon".
// The calendar's holidays and extra working days come before the days of the week.
func NewHours(cal *roster.Calendar, from, until string, days []string, workdays Workdays) (*Hours, error) {
	h := &Hours{cal: cal, workdays: workdays}
	var err, errUntil error
	h.from, err = minuteOf(from)
	h.until, errUntil = minuteOf(until)
	if err := errors.Join(err, errUntil); err != nil {
		return nil, err
	}
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for _, d := range days {
		i := slices.Index(names, d)
		if i < 0 {
			return nil, fmt.Errorf("%q is no day of the week; write mon, tue, wed, thu, fri, sat or sun", d)
		}
		h.days[i] = true
	}
	if h.from >= h.until || len(days) == 0 {
		return nil, fmt.Errorf("working hours from %q until %q on %d days a week are none", from, until, len(days))
	}
	return h, nil
}

// minuteOf reads a clock time as minutes after midnight.
func minuteOf(clock string) (int, error) {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day; write 08:30", clock)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Works tells whether people work at an instant.
func (h *Hours) Works(t roster.Instant) bool { return h.Open(t) == t }

// Open is the first instant from t on at which people work; t itself when there
// is none within a year.
func (h *Hours) Open(t roster.Instant) roster.Instant {
	for n := range farthest {
		if from, end := h.on(t, n); t < end {
			return max(t, from)
		}
	}
	return t
}

// Add is the first instant at which people have worked for that long since t.
func (h *Hours) Add(t, long roster.Instant) roster.Instant {
	for n := range farthest {
		from, end := h.on(t, n)
		from = max(t, from)
		switch {
		case from >= end:
		case long <= end-from:
			return from + long
		default:
			long -= end - from
		}
	}
	return t + long
}

// slot is the first multiple of a length after midnight, from t on, but not after
// the end of the working hours that hold t.
func (h *Hours) slot(t, grid roster.Instant) roster.Instant {
	if grid <= 0 {
		return t
	}
	start := h.cal.DayStart(t)
	at := start + (t-start+grid-1)/grid*grid
	if from, end := h.on(t, 0); t >= from && t < end {
		return min(at, end)
	}
	return at
}

// on gives the working hours of the day n days after that of t; an end of 0:
// nobody works that day.
func (h *Hours) on(t roster.Instant, n int) (from, end roster.Instant) {
	day := h.cal.AddDays(t, n)
	if !h.workday(day) {
		return 0, 0
	}
	return h.clock(day, h.from), h.clock(day, h.until)
}

func (h *Hours) workday(day roster.Instant) bool {
	name := h.cal.Day(day)
	if h.workdays.Holiday(name) || h.workdays.Extra(name) {
		return h.workdays.Extra(name)
	}
	return h.days[day.Time(h.cal.Location()).Weekday()]
}

// clock is when the local clock shows a minute of the day that begins at day.
func (h *Hours) clock(day roster.Instant, minute int) roster.Instant {
	y, m, d := day.Time(h.cal.Location()).Date()
	return roster.InstantOf(time.Date(y, m, d, 0, minute, 0, 0, h.cal.Location()))
}

// daily is the first instant from t on at which the local clock shows a minute of
// the day.
func (h *Hours) daily(t roster.Instant, minute int) roster.Instant {
	if at := h.clock(h.cal.DayStart(t), minute); at >= t {
		return at
	}
	return h.clock(h.cal.AddDays(t, 1), minute)
}

// Due is when the people of a rung are told that was planned for an instant and is
// taken now.
func (h *Hours) Due(r *Rung, planned, now roster.Instant) roster.Instant {
	switch minute, err := minuteOf(r.Digest); {
	case r.Digest != "" && err == nil:
		return h.daily(planned, minute)
	case r.WorkingHours:
		planned = h.Open(max(planned, now))
	}
	return h.slot(planned, roster.Length(time.Duration(r.Group)))
}

// Again is when the last rung is repeated whose people are told at an instant; 0:
// never.
func (h *Hours) Again(r *Rung, repeat, told, now roster.Instant) roster.Instant {
	minute, err := minuteOf(r.Digest)
	switch {
	case repeat == 0:
		return 0
	case r.Digest != "" && err == nil:
		return h.daily(told+1, minute)
	case r.WorkingHours:
		return h.Open(now + repeat)
	}
	return now + repeat
}
