package roster

import (
	"sync/atomic"
	"time"
)

// Calendar counts local days and months in one time zone, and says which
// instants the bare days of a roster mean. It is safe for concurrent use.
//
// Inside it works with wall milliseconds: what the local clock shows, counted
// as if it were UTC.
type Calendar struct {
	loc  *time.Location
	span atomic.Pointer[zoneSpan] // the last one used; most calls hit it
}

// zoneSpan is a stretch [from, end) of time with one offset from UTC.
type zoneSpan struct{ from, end, offset Instant }

// NewCalendar returns a calendar for loc; nil means Asia/Shanghai, as a fixed
// offset of eight hours.
func NewCalendar(loc *time.Location) *Calendar {
	if loc == nil {
		loc = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	return &Calendar{loc: loc}
}

// Location returns the zone of the calendar.
func (c *Calendar) Location() *time.Location { return c.loc }

// DayStart returns the first instant of the local day that holds t.
func (c *Calendar) DayStart(t Instant) Instant { return c.at(floorDay(c.wall(t))) }

// AddDays returns the start of the local day n days after the one that starts
// at dayStart; n may be negative.
func (c *Calendar) AddDays(dayStart Instant, n int) Instant {
	return c.at(floorDay(c.wall(dayStart)) + Instant(n)*Day)
}

// AddMonths returns the start of the same day n months later; a day which that
// month does not have becomes its last: 31 January + 1 month is 28 February.
func (c *Calendar) AddMonths(dayStart Instant, n int) Instant {
	return c.at(addMonths(floorDay(c.wall(dayStart)), n))
}

// MonthStart returns the first instant of the local month that holds t.
func (c *Calendar) MonthStart(t Instant) Instant {
	y, m, _ := time.UnixMilli(int64(c.wall(t))).UTC().Date()
	return c.at(Instant(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).UnixMilli()))
}

// Start returns the instant a date begins: 00:00 of a bare day, or the time
// itself. A date that is not set or no day at all gives 0.
func (c *Calendar) Start(d Date) Instant { return c.date(d, 0) }

// End returns the instant at which a bare day is over, 00:00 of the next; for a
// full time it is that time. It is the end of terms, authorities, leaves and
// travel, whose last day is included.
func (c *Calendar) End(d Date) Instant { return c.date(d, Day) }

// Day returns the local day that holds t, as "2026-03-02".
func (c *Calendar) Day(t Instant) string {
	return time.UnixMilli(int64(c.wall(t))).UTC().Format(time.DateOnly)
}

func (c *Calendar) date(d Date, plus Instant) Instant {
	if d.Day == "" {
		return d.At
	}
	t, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return 0
	}
	return c.at(Instant(t.UnixMilli()) + plus)
}

// interval compiles a span; bare until dates include the named day when
// inclusive is set.
func (c *Calendar) interval(from Date, until *Date, inclusive bool) Interval {
	iv := Interval{From: c.Start(from)}
	switch {
	case until == nil:
	case inclusive:
		iv.End = c.End(*until)
	default:
		iv.End = c.Start(*until)
	}
	return iv
}

// plusMonths moves t by n months, keeping its local time of day.
func (c *Calendar) plusMonths(t Instant, n int) Instant {
	day := c.DayStart(t)
	return c.at(c.wall(c.AddMonths(day, n)) + c.wall(t) - c.wall(day))
}

// plusDays moves t by n days, keeping its local time of day.
func (c *Calendar) plusDays(t Instant, n int) Instant {
	return c.at(c.wall(t) + Instant(n)*Day)
}

// wall returns what the local clock shows at t.
func (c *Calendar) wall(t Instant) Instant { return t + c.spanAt(t).offset }

// at returns the first instant at which the local clock shows w or more. So a
// midnight that is skipped becomes the moment of the jump, and one that comes
// twice its first occurrence.
func (c *Calendar) at(w Instant) Instant {
	// A day inside a stretch, no other stretch can show the same clock time.
	if s := c.span.Load(); s != nil && w-s.offset > s.from+2*Day && w-s.offset < s.end-2*Day {
		return w - s.offset
	}
	s := c.spanAt(w - 2*Day)
	for w-s.offset >= s.end {
		s = c.spanAt(s.end)
	}
	return max(w-s.offset, s.from)
}

func (c *Calendar) spanAt(t Instant) *zoneSpan {
	if s := c.span.Load(); s != nil && t >= s.from && t < s.end {
		return s
	}
	local := time.UnixMilli(int64(t)).In(c.loc)
	_, offset := local.Zone()
	s := &zoneSpan{from: -1 << 62, end: 1 << 62, offset: Instant(offset) * Second}
	from, end := local.ZoneBounds()
	if !from.IsZero() {
		s.from = Instant(from.UnixMilli())
	}
	if !end.IsZero() {
		s.end = Instant(end.UnixMilli())
	}
	c.span.Store(s)
	return s
}

// addMonths moves a wall day by n months, to the last day of a shorter month.
func addMonths(wallDay Instant, n int) Instant {
	y, m, d := time.UnixMilli(int64(wallDay)).UTC().Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return Instant(time.Date(y, m+time.Month(n), min(d, last), 0, 0, 0, 0, time.UTC).UnixMilli())
}

func floorDay(w Instant) Instant {
	d := w % Day
	if d < 0 {
		d += Day
	}
	return w - d
}
