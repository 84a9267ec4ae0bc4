package sim

import (
	"strconv"
	"time"

	"correctiond/roster"
)

// Line is a line of a replay file: one message of a device as the broker handed
// it over, or what an officer did.
type Line struct {
	Received roster.Instant
	Topic    string // empty: the payload is an act
	Payload  []byte // JSON; the reader may keep it
}

// IsAct tells whether the line is what an officer did. There are such lines only
// where Config.Acts asks for them.
func (l Line) IsAct() bool { return l.Topic == "" }

// AppendJSON appends the line in the form of a replay file, without a line
// break. The receive time is written in loc.
func (l Line) AppendJSON(dst []byte, loc *time.Location) []byte {
	dst = append(dst, `{"received":"`...)
	dst = appendTime(dst, l.Received, loc)
	if l.IsAct() {
		dst = append(dst, `","act":`...)
	} else {
		dst = append(dst, `","topic":"`...)
		dst = append(dst, l.Topic...)
		dst = append(dst, `","payload":`...)
	}
	dst = append(dst, l.Payload...)
	return append(dst, '}')
}

func appendTime(dst []byte, t roster.Instant, loc *time.Location) []byte {
	return t.Time(loc).AppendFormat(dst, "2006-01-02T15:04:05.999Z07:00")
}

// object builds one JSON object. Keys and strings need no escaping: all of them
// are made here or are ids.
type object struct{ buf []byte }

func (o *object) key(k string) {
	first := byte(',')
	if len(o.buf) == 0 {
		first = '{'
	}
	o.buf = append(o.buf, first, '"')
	o.buf = append(o.buf, k...)
	o.buf = append(o.buf, '"', ':')
}

func (o *object) text(k, v string) {
	o.key(k)
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, v...)
	o.buf = append(o.buf, '"')
}

func (o *object) number(k string, v float64, decimals int) {
	o.key(k)
	o.buf = strconv.AppendFloat(o.buf, v, 'f', decimals, 64)
}

func (o *object) integer(k string, v int64) {
	o.key(k)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) flag(k string, v bool) {
	o.key(k)
	o.buf = strconv.AppendBool(o.buf, v)
}

func (o *object) texts(k string, list []roster.SubjectID) {
	o.key(k)
	for i, v := range list {
		o.buf = append(o.buf, "[,"[min(i, 1)], '"')
		o.buf = append(append(o.buf, v...), '"')
	}
	o.buf = append(o.buf, ']')
}
