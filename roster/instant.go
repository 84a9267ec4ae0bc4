package roster

import "time"

// Instant is a moment in Unix milliseconds. Zero means "not set": no event of
// this domain happened in 1970. It is what the pure packages count in, because
// it is small, comparable and free of a time zone.
type Instant int64

// Lengths in the unit of Instant.
const (
	Millisecond Instant = 1
	Second              = 1000 * Millisecond
	Minute              = 60 * Second
	Hour                = 60 * Minute
	Day                 = 24 * Hour
)

// InstantOf converts t, dropping what is finer than a millisecond; the zero
// time gives the zero Instant.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time returns i in loc; the zero Instant gives the zero time.
func (i Instant) Time(loc *time.Location) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).In(loc)
}

// Duration converts a length counted in Instants.
func (i Instant) Duration() time.Duration { return time.Duration(i) * time.Millisecond }

// Length converts d to the unit of Instant.
func Length(d time.Duration) Instant { return Instant(d.Milliseconds()) }
