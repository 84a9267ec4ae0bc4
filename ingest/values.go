package ingest

import (
	"bytes"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"correctiond/event"
	"correctiond/roster"
)

// reader takes typed values out of the members of an object. The first that is
// not what it should be is kept in wrong; reading goes on with zero values.
type reader struct {
	members members
	wrong   string // a sentence that names the field, never its value
}

func (r *reader) fail(f field, must string) {
	if r.wrong == "" {
		r.wrong = f.String() + " " + must
	}
}

// raw returns the JSON of a field, nil when it is absent or null.
func (r *reader) raw(f field) []byte { return r.members[f] }

// has tells whether a field is present; need also fails when it is not.
func (r *reader) has(f field) bool { return r.members[f] != nil }

func (r *reader) need(f field) bool {
	if r.members[f] == nil {
		r.fail(f, "is missing")
	}
	return r.members[f] != nil
}

// float reads an optional number.
func (r *reader) float(f field, absent float64) float64 {
	raw := r.raw(f)
	if raw == nil {
		return absent
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(v, 0) {
		r.fail(f, "must be a finite number")
		return absent
	}
	return v
}

// float32 reads an optional number between least and most; NaN when absent.
func (r *reader) float32(f field, least, most float64) float32 {
	v := r.float(f, math.NaN())
	if v < least || v > most {
		r.fail(f, "is out of range")
	}
	return float32(v)
}

// integer reads an optional integer of at least 0; -1 when absent.
func (r *reader) integer(f field) int64 {
	raw := r.raw(f)
	if raw == nil {
		return -1
	}
	v, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || v < 0 {
		r.fail(f, "must be an integer of at least 0")
		return -1
	}
	return v
}

func (r *reader) boolean(f field) event.Tri {
	switch raw := r.raw(f); {
	case raw == nil:
		return event.Unknown
	case string(raw) == "true":
		return event.Yes
	case string(raw) == "false":
		return event.No
	}
	r.fail(f, "must be true or false")
	return event.Unknown
}

// bytes reads an optional string; the result is part of the payload.
func (r *reader) bytes(f field) []byte {
	raw := r.raw(f)
	if raw == nil {
		return nil
	}
	if raw[0] != '"' {
		r.fail(f, "must be a string")
		return nil
	}
	return unquote(raw)
}

// id reads a string of 1 to 64 characters.
func (r *reader) id(f field) string {
	b := r.bytes(f)
	if n := utf8.RuneCount(b); r.has(f) && (n == 0 || n > 64) {
		r.fail(f, "must have 1 to 64 characters")
	}
	return string(b)
}

// oneOf reads an optional string that must be one of allowed.
func oneOf[T ~string](r *reader, f field, allowed ...T) T {
	b := r.bytes(f)
	for _, v := range allowed {
		if string(b) == string(v) {
			return v
		}
	}
	if r.has(f) {
		r.fail(f, "has an unknown value")
	}
	return ""
}

// time reads RFC 3339 with offset, or integer Unix milliseconds.
func (r *reader) time(f field) roster.Instant {
	raw := r.raw(f)
	if raw == nil {
		return 0
	}
	if raw[0] != '"' {
		ms, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			r.fail(f, "must be RFC 3339 with offset or integer Unix milliseconds")
		}
		return roster.Instant(ms)
	}
	t, ok := rfc3339(unquote(raw))
	if !ok {
		r.fail(f, "must be RFC 3339 with offset or integer Unix milliseconds")
		return 0
	}
	return roster.Instant(t.UnixMilli())
}

// rfc3339 refuses what package time lets pass: an hour of one digit, a decimal
// comma.
func rfc3339(b []byte) (t time.Time, ok bool) {
	if len(b) < len("2026-03-02T08:00:00Z") || b[13] != ':' || bytes.IndexByte(b, ',') >= 0 {
		return t, false
	}
	err := t.UnmarshalText(b)
	return t, err == nil
}
