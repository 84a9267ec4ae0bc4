package roster

import (
	"fmt"
	"time"
)

// Date is an instant of the roster file: a bare day ("2026-01-10") or an
// RFC 3339 time with offset. Which instant a bare day means depends on where it
// stands: see Calendar.Start and Calendar.End.
type Date struct {
	// Day is set for a bare day, as "2026-01-10".
	Day string
	// At is set for a full time.
	At Instant
}

// ParseDate reads a bare day or an RFC 3339 time with offset, from 1971 on:
// what is earlier is a mistake.
func ParseDate(s string) (Date, error) {
	layout := time.RFC3339Nano
	if len(s) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, s)
	switch y := t.UTC().Year(); {
	case err != nil && layout == time.DateOnly:
		return Date{}, fmt.Errorf("%q is not a day: write 2026-01-31", s)
	case err != nil:
		return Date{}, fmt.Errorf("%q is neither a day (2026-01-31) nor a time with offset (2026-01-31T08:00:00+08:00)", s)
	case y <= 1970 || y > 9999:
		return Date{}, fmt.Errorf("%q is out of range: write a year from 1971 on", s)
	case layout == time.DateOnly:
		return Date{Day: s}, nil
	}
	return Date{At: InstantOf(t)}, nil
}

// IsZero tells whether the date is not set.
func (d Date) IsZero() bool { return d == Date{} }

// String gives the form of the roster file; full times are written in UTC.
func (d Date) String() string {
	if d.Day != "" || d.At == 0 {
		return d.Day
	}
	return d.At.Time(time.UTC).Format("2006-01-02T15:04:05.999Z07:00")
}

// MarshalText writes the form of the roster file.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form of the roster file; nothing is a date that is
// not set, as MarshalText writes it.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Duration is a length written as "30m" or "5m".
type Duration time.Duration

// UnmarshalText reads "30m", "1h30m" or "45s".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a length of time: write 30s, 5m or 2h", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes "30m" for half an hour.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes the length without its zero parts: "30m", not "30m0s".
func (d Duration) String() string {
	v := time.Duration(d)
	switch {
	case v != 0 && v%time.Hour == 0:
		return fmt.Sprintf("%dh", v/time.Hour)
	case v != 0 && v%time.Minute == 0:
		return fmt.Sprintf("%dm", v/time.Minute)
	}
	return v.String()
}
