package tracks

import (
	"math"
	"strconv"
	"unicode/utf8"

	"correctiond/event"
	"correctiond/roster"
)

// lines are events in line protocol, one line each.
type lines struct {
	district roster.DistrictID
	seq      uint64
	events   []event.Event
	text     []byte
	ends     []int // of the lines, in text
}

// typicalLine is about the length of a location's line.
const typicalLine = 384

func newLines(district roster.DistrictID, seq uint64, events []event.Event) *lines {
	l := &lines{
		district: district, seq: seq, events: events,
		text: make([]byte, 0, len(events)*typicalLine), ends: make([]int, len(events)),
	}
	for i := range events {
		l.text = appendLine(l.text, &events[i])
		l.ends[i] = len(l.text)
	}
	return l
}

func (l *lines) start(i int) int {
	if i == 0 {
		return 0
	}
	return l.ends[i-1]
}

// size is the length of lines i to j, in bytes.
func (l *lines) size(i, j int) int { return l.start(j) - l.start(i) }

func (l *lines) string(i, j int) string { return string(l.text[l.start(i):l.start(j)]) }

// appendLine writes an event as one line of the line protocol: its kind is the
// measurement; tags are device, office, source and subject; the rest are fields.
// What is absent is not written. No name is both a tag and a field.
func appendLine(b []byte, e *event.Event) []byte {
	b = append(b, measurement(e.Kind)...)
	b = appendTag(b, ",device=", string(e.Device))
	b = appendTag(b, ",office=", string(e.Office))
	if e.Position != nil {
		b = appendTag(b, ",source=", string(e.Position.Source))
	}
	b = appendTag(b, ",subject=", string(e.Subject))
	b = appendInt(b, " received=", int64(e.Received))
	b = appendText(b, ",id=", rowID(e))
	b = appendText(b, ",device_kind=", string(e.DeviceKind))
	if e.Seq >= 0 {
		b = appendInt(b, ",seq=", e.Seq)
	}
	if e.Battery >= 0 {
		b = appendFloat(b, ",battery_pct=", e.Battery)
	}
	if e.Position != nil {
		b = appendPosition(b, e.Position)
	}
	if e.Check != nil {
		b = appendCheck(b, e.Check)
	}
	b = appendText(b, ",event=", string(e.Status))
	b = append(b, ' ')
	b = strconv.AppendInt(b, pointTime(e), 10)
	return append(b, '\n')
}

func appendPosition(b []byte, p *event.Position) []byte {
	b = appendDouble(b, ",lat=", p.Lat)
	b = appendDouble(b, ",lng=", p.Lng)
	b = append(b, `,cell="`...)
	b = strconv.AppendUint(b, uint64(p.Cell), 16)
	b = append(b, '"')
	b = appendText(b, ",datum=", string(p.Datum))
	if p.Original != p.Point { // as it is sent in WGS-84
		b = appendDouble(b, ",sent_lat=", p.Original.Lat)
		b = appendDouble(b, ",sent_lng=", p.Original.Lng)
	}
	b = appendDouble(b, ",accuracy_m=", p.AccuracyM)
	b = appendFloat(b, ",speed_mps=", p.SpeedMPS)
	b = appendFloat(b, ",heading_deg=", p.HeadingDeg)
	b = appendFloat(b, ",altitude_m=", p.AltitudeM)
	b = appendFloat(b, ",hdop=", p.HDOP)
	if p.Satellites >= 0 {
		b = appendInt(b, ",satellites=", int64(p.Satellites))
	}
	if p.Mock {
		b = append(b, ",mock=t"...)
	}
	return appendText(b, ",motion=", motionName(p.Motion))
}

func appendCheck(b []byte, c *event.Check) []byte {
	b = append(b, ",passed="...)
	b = strconv.AppendBool(b, c.Passed)
	b = appendText(b, ",method=", c.Method)
	b = appendText(b, ",verify=", c.Verify)
	b = appendFloat(b, ",score=", c.Score)
	b = appendText(b, ",liveness=", triName(c.Liveness))
	b = appendText(b, ",challenge=", c.Challenge)
	if c.Rooted {
		b = append(b, ",rooted=t"...)
	}
	return appendText(b, ",device_fp=", c.DeviceFP)
}

const pointsPerMilli = 1_000_000

// pointTime is the timestamp of an event's point in ns: its millisecond, and in
// that an offset from its id. Two events of a device in one millisecond so get
// two points (but for one chance in a million), and an event always the same one.
func pointTime(e *event.Event) int64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	hash := uint64(offset)
	id := rowID(e)
	for i := range len(id) {
		hash = (hash ^ uint64(id[i])) * prime
	}
	return int64(e.Time)*pointsPerMilli + int64(hash%pointsPerMilli)
}

func appendTag(b []byte, key, value string) []byte {
	if value == "" {
		return b // the protocol has no empty tags
	}
	b = append(b, key...)
	for i := range len(value) {
		switch c := value[i]; {
		case odd(c):
			b = appendArmoured(b, c)
		case c == ' ' || c == ',' || c == '=':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return b
}

func appendText(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(b, key...), '"')
	for i := range len(value) {
		switch c := value[i]; {
		case odd(c):
			b = appendArmoured(b, c)
		case c == '"':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func appendInt(b []byte, key string, v int64) []byte {
	return append(strconv.AppendInt(append(b, key...), v, 10), 'i')
}

func appendFloat(b []byte, key string, v float32) []byte { return appendNumber(b, key, float64(v), 32) }

func appendDouble(b []byte, key string, v float64) []byte { return appendNumber(b, key, v, 64) }

// appendNumber leaves out NaN, which is "absent", and the infinite, which the
// protocol cannot say.
func appendNumber(b []byte, key string, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return b
	}
	return strconv.AppendFloat(append(b, key...), v, 'g', -1, bits)
}

// odd tells which bytes do not pass through the line protocol, the server and
// CSV unharmed: control characters and the backslash, which the versions of
// InfluxDB read differently. They are written as %XX, and so is the percent sign.
func odd(c byte) bool { return c < 0x20 || c == 0x7f || c == '\\' || c == '%' }

func appendArmoured(b []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	return append(b, '%', hex[c>>4], hex[c&15])
}

// armour writes a text as it is stored.
func armour(s string) string {
	b := make([]byte, 0, len(s)+utf8.UTFMax)
	for i := range len(s) {
		if odd(s[i]) {
			b = appendArmoured(b, s[i])
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func measurement(k event.Kind) string {
	switch k {
	case event.Checkin:
		return "checkin"
	case event.Status:
		return "status"
	}
	return "location"
}

func motionName(m event.Motion) string {
	switch m {
	case event.Moving:
		return "moving"
	case event.Still:
		return "still"
	}
	return ""
}

func triName(v event.Tri) string {
	switch v {
	case event.Yes:
		return "yes"
	case event.No:
		return "no"
	}
	return ""
}
