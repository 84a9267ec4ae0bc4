package ingest

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

// object reads a JSON object of clients that are loose with types: numbers and
// booleans may stand in quotes, and figures that say nothing may be out of range.
// Unknown members are not counted, there are too many of them.
type object struct {
	members map[string][]byte
	path    string // in front of the names of a nested object
	*notes
}

// notes are what reading an object and those within it brings up.
type notes struct {
	wrong   string // the first defect, as in reader
	unknown int    // values that stand for nothing we know
}

// openObject reads what encoding/json has found valid. Anything but an object
// has no members.
func openObject(raw []byte, path string, n *notes) *object {
	o := &object{members: make(map[string][]byte), path: path, notes: n}
	if !isObject(raw) {
		return o
	}
	for c := enter(raw); ; {
		key, value, ok := c.member()
		if !ok {
			return o
		}
		if _, twice := o.members[string(key)]; twice {
			o.fail("a field", "stands twice") // the name could be anything
		}
		if string(value) != "null" {
			o.members[string(key)] = value
		}
	}
}

func (n *notes) fail(what, must string) {
	if n.wrong == "" {
		n.wrong = what + " " + must
	}
}

// child opens a nested object, an empty one if there is none.
func (o *object) child(name string) *object {
	return openObject(o.members[name], o.path+name+".", o.notes)
}

// text returns a string or a number as text, else nothing.
func (o *object) text(name string) string {
	raw := o.members[name]
	switch {
	case len(raw) == 0 || isObject(raw) || isArray(raw):
		return ""
	case raw[0] == '"':
		return string(unquote(raw))
	}
	return string(raw)
}

// is tells whether a member is the given boolean, bare or in quotes.
func (o *object) is(name string, want bool) bool { return o.text(name) == strconv.FormatBool(want) }

// number reads a number; NaN when absent.
func (o *object) number(name string) float64 {
	if _, present := o.members[name]; !present {
		return math.NaN()
	}
	v, ok := decimal(o.text(name))
	if !ok {
		o.fail(o.path+name, "must be a finite number")
		return math.NaN()
	}
	return v
}

// need reads a number that must be there.
func (o *object) need(name string) float64 {
	if _, present := o.members[name]; !present {
		o.fail(o.path+name, "is missing")
		return 0
	}
	return o.number(name)
}

// figure reads a number that is absent when it is out of range: -1 is how
// clients write that they do not know.
func (o *object) figure(name string, least, most float64) float32 {
	v := o.number(name)
	if !(v >= least && v <= most) {
		return float32(math.NaN())
	}
	return float32(v)
}

// percent reads a battery level; -1 when absent.
func (o *object) percent(name string) float32 {
	if v := o.figure(name, 0, 100); v >= 0 {
		return v
	}
	return -1
}

// seconds reads Unix seconds.
func (o *object) seconds(name string) (at roster.Instant, ok bool) {
	v := o.number(name)
	return millis(1000 * v), !math.IsNaN(v)
}

// date reads RFC 3339, with or without colon in the offset, or Unix milliseconds.
func (o *object) date(name string) (at roster.Instant, ok bool) {
	s := o.text(name)
	if _, present := o.members[name]; !present {
		return 0, false
	}
	if v, ok := decimal(s); ok {
		return millis(v), true
	}
	t, ok := rfc3339([]byte(s))
	if !ok {
		var err error
		t, err = time.Parse("2006-01-02T15:04:05.999-0700", s)
		ok = err == nil
	}
	if !ok {
		o.fail(o.path+name, "must be RFC 3339 with offset or Unix milliseconds")
		return 0, false
	}
	return roster.Instant(t.UnixMilli()), true
}

// decimal reads a number as JSON writes it, and no other: no hexadecimal, no
// infinity.
func decimal(s string) (v float64, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// millis rounds to an instant; what is beyond any calendar stays beyond it.
func millis(v float64) roster.Instant {
	const limit = 1e16
	if math.IsNaN(v) {
		return 0
	}
	return roster.Instant(math.Round(max(-limit, min(v, limit))))
}

// mark tells positions of one instant apart where nothing else does.
func (o *object) mark(names ...string) string {
	h := fnv.New32a()
	for _, name := range names {
		_, _ = h.Write([]byte(o.text(name) + " ")) // never fails
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// motion reads a boolean that says whether the device moves.
func (o *object) motion(name string) event.Motion {
	switch {
	case o.is(name, true):
		return event.Moving
	case o.is(name, false):
		return event.Still
	}
	return event.MotionUnknown
}
