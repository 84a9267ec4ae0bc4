package event

import (
	"errors"
	"fmt"

	"correctiond/roster"
)

// newest is the highest version of any entry.
const newest = 2

// versionOf is the first byte of the entries of a tag as they are written; those
// of lower versions are read too. A change of a field list in fields.go that old
// data cannot be read with needs a new one for its tag, and the list asks the
// coder's version for what the old entries lack.
func versionOf(tag byte) byte {
	switch tag {
	case tagRejection: // has the device's counter
		return 2
	case tagAct: // has what is done with alerts; acts without it stay at 1
		return 2
	}
	return 1
}

// maxNames bounds the names a Decoder keeps for reuse.
const maxNames = 1 << 18

// errBroken says that bytes are not what AppendEntry wrote.
var errBroken = errors.New("truncated or damaged")

// What an entry carries, its second byte.
const (
	tagTick byte = iota
	tagEvent
	tagRejection
	tagAct
	tagRoster
	tagRules
)

// AppendEntry appends the binary form of e to dst and returns it. Entries
// simply follow one another; DecodeEntries reads them back.
//
// The form is a version byte, a tag byte, the instant as a signed varint and
// the fields in the order of fields.go: integers as varints (instants as the
// difference to the entry's), floats fixed and little-endian, strings with
// their length in front, known words as one byte. It holds no checksum: the
// journal has one.
func AppendEntry(dst []byte, e *Entry) []byte {
	c := coder{buf: dst}
	c.entry(e)
	return c.buf
}

// DecodeEntries reads what AppendEntry wrote, up to the end of b. Nothing of the
// result refers to b. The error names the entry that cannot be read.
func DecodeEntries(b []byte) ([]Entry, error) {
	var d Decoder
	return d.Decode(b, nil)
}

// Decoder reads batches one after another and keeps names of devices, subjects
// and offices, so that a name seen before costs no allocation. The zero value is
// ready; it is not safe for concurrent use.
type Decoder struct {
	names map[string]string
}

// Decode appends the entries of b to out, as DecodeEntries does. On error out
// holds the entries before the broken one.
func (d *Decoder) Decode(b []byte, out []Entry) ([]Entry, error) {
	if d.names == nil || len(d.names) > maxNames {
		d.names = make(map[string]string)
	}
	c := coder{buf: b, reading: true, names: d.names}
	for i := 0; len(c.buf) > 0; i++ {
		if v := c.buf[0]; v == 0 || v > newest {
			return out, fmt.Errorf("entry %d: unknown version %d", i, v)
		}
		var e Entry
		c.entry(&e)
		if c.broken {
			return out, fmt.Errorf("entry %d: %w", i, errBroken)
		}
		out = append(out, e)
	}
	return out, nil
}

// entry writes or reads one entry.
func (c *coder) entry(e *Entry) {
	tag := e.tag()
	if c.version = versionOf(tag); tag == tagAct && !e.Act.ofAlert() {
		c.version = 1
	}
	c.byte(&c.version)
	c.byte(&tag)
	if c.version > versionOf(tag) {
		c.fail()
	}
	varint(c, &e.At)
	switch tag {
	case tagTick:
	case tagEvent:
		c.event(&e.Event, e.At)
	case tagRejection:
		c.rejection(field(c, &e.Rejection), e.At)
	case tagAct:
		c.act(field(c, &e.Act))
	case tagRoster:
		c.rosterPart(field(c, &e.Roster))
	case tagRules:
		c.ruleFile(field(c, &e.Rules))
	default:
		c.fail()
	}
}

// tag says what e carries.
func (e *Entry) tag() byte {
	switch {
	case e.Event != nil:
		return tagEvent
	case e.Rejection != nil:
		return tagRejection
	case e.Act != nil:
		return tagAct
	case e.Roster != nil:
		return tagRoster
	case e.Rules != nil:
		return tagRules
	}
	return tagTick
}

// field returns what p points to, after making it when reading.
func field[T any](c *coder, p **T) *T {
	if c.reading {
		*p = new(T)
	}
	return *p
}

// optional does the same for a value that may be absent; nil: it is.
func optional[T any](c *coder, p **T) *T {
	present := *p != nil
	c.bool(&present)
	if !present || c.broken {
		return nil
	}
	return field(c, p)
}

// since writes or reads an instant as its distance from base.
func (c *coder) since(p *roster.Instant, base roster.Instant) {
	d := *p - base
	varint(c, &d)
	if c.reading {
		*p = base + d
	}
}
