package event

import (
	"encoding/binary"
	"math"
	"slices"
)

// coder writes to or reads from buf, so that one list of fields serves both
// directions and neither can forget one. Reading never goes past buf: the
// first failure empties it and sets broken.
type coder struct {
	buf     []byte // writing: appended to; reading: what is left
	reading bool
	broken  bool
	version byte              // of the entry at hand
	names   map[string]string // reading: names seen before
}

// fail ends reading.
func (c *coder) fail() { c.broken, c.buf = true, nil }

// take cuts the next n bytes off; nil when there are fewer.
func (c *coder) take(n uint64) []byte {
	if n > uint64(len(c.buf)) {
		c.fail()
		return nil
	}
	b := c.buf[:n:n]
	c.buf = c.buf[n:]
	return b
}

func (c *coder) byte(p *byte) {
	if !c.reading {
		c.buf = append(c.buf, *p)
		return
	}
	if len(c.buf) == 0 {
		c.fail()
		return
	}
	*p, c.buf = c.buf[0], c.buf[1:]
}

func (c *coder) bool(p *bool) {
	var b byte
	if *p {
		b = 1
	}
	c.byte(&b)
	*p = b != 0
}

// uvarint writes v, or reads and returns another.
func (c *coder) uvarint(v uint64) uint64 {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, v)
		return v
	}
	v, n := binary.Uvarint(c.buf)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.buf = c.buf[n:]
	return v
}

// varint is a signed integer; one that does not fit its type is broken.
func varint[T ~int | ~int16 | ~int64](c *coder, p *T) {
	v := int64(*p)
	u := c.uvarint(uint64(v)<<1 ^ uint64(v>>63))
	if !c.reading {
		return
	}
	v = int64(u>>1) ^ -int64(u&1)
	if *p = T(v); int64(*p) != v {
		c.fail()
	}
}

func (c *coder) fixed64(p *uint64) {
	if !c.reading {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, *p)
	} else if b := c.take(8); b != nil {
		*p = binary.LittleEndian.Uint64(b)
	}
}

func (c *coder) float64(p *float64) {
	u := math.Float64bits(*p)
	c.fixed64(&u)
	*p = math.Float64frombits(u)
}

func (c *coder) float32(p *float32) {
	if !c.reading {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, math.Float32bits(*p))
	} else if b := c.take(4); b != nil {
		*p = math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
}

// bytes is a slice with its length; an empty one reads as nil.
func (c *coder) bytes(p *[]byte) {
	n := c.uvarint(uint64(len(*p)))
	if !c.reading {
		c.buf = append(c.buf, *p...)
	} else if b := c.take(n); len(b) > 0 {
		*p = slices.Clone(b)
	}
}

// text is a string of its own.
func text[T ~string](c *coder, p *T) {
	n := c.uvarint(uint64(len(*p)))
	if !c.reading {
		c.buf = append(c.buf, *p...)
		return
	}
	*p = T(c.take(n))
}

// name is a string that returns often: reading it again does not allocate.
func name[T ~string](c *coder, p *T) {
	if !c.reading {
		text(c, p)
		return
	}
	b := c.take(c.uvarint(0))
	s, known := c.names[string(b)]
	if !known {
		s = string(b)
		c.names[s] = s
	}
	*p = T(s)
}

// word is one of a list, as its place + 1, or 0 and the text of another.
func word[T ~string](c *coder, p *T, list []string) {
	var place byte
	if !c.reading {
		place = byte(slices.Index(list, string(*p)) + 1)
	}
	c.byte(&place)
	switch {
	case place == 0:
		name(c, p)
	case int(place) > len(list):
		c.fail()
	case c.reading:
		*p = T(list[place-1])
	}
}
