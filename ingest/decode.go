package ingest

import (
	"cmp"
	"unicode/utf8"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// Limits of the wire format.
const (
	maxPayload      = 64 << 10  // bytes of a single object
	maxArrayPayload = 256 << 10 // bytes of an array of locations
	maxElements     = 500
	maxFuture       = 5 * roster.Minute
	maxAge          = 30 * roster.Day
)

// defaultPrefix begins all topics where the configuration names no other.
const defaultPrefix = "jz"

// Decoder judges the shape of messages, up to and including their age. It keeps
// no state and is safe for concurrent use.
type Decoder struct {
	prefix   string
	metrics  *Metrics
	known    map[string]vocabulary
	adapters []Adapter
}

// NewDecoder returns a decoder for native messages on topics below prefix, by
// default "jz", and for those of the adapters. It counts unknown fields in
// metrics, which may be nil.
func NewDecoder(prefix string, metrics *Metrics, adapters ...Adapter) *Decoder {
	return &Decoder{
		prefix: cmp.Or(prefix, defaultPrefix), metrics: metrics, known: vocabularies(), adapters: adapters,
	}
}

// Decode appends one draft per event of m to out: one for an object, one per
// element for an array, none for the daemon's own messages to devices; those of
// adapters give as many as they say. The drafts refer to the payload.
func (d *Decoder) Decode(m Message, out []Draft) []Draft {
	t := parseTopic(d.prefix, m.Topic)
	if t.skip {
		return out
	}
	if t.kind == "" {
		if a, device := d.adapter(m.Topic); a != nil {
			return d.foreign(a, device, m, out)
		}
	}
	payload := trimSpace(m.Payload)
	whole := Draft{kind: t.kind, topic: m.Topic, raw: payload, retained: m.Retained}
	whole.Event = newEvent(t.device, m.Received)
	elements, reason, detail := envelope(t, payload)
	if reason != "" {
		whole.reject(reason, detail)
		return append(out, whole)
	}
	if elements == nil {
		d.element(&whole)
		return append(out, whole)
	}
	for i, raw := range elements {
		one := whole
		one.Event = newEvent(t.device, m.Received)
		one.raw, one.index = raw, i
		d.element(&one)
		out = append(out, one)
	}
	return out
}

// newEvent lays an event and its position out in one allocation: most events
// have one.
func newEvent(device roster.DeviceID, received roster.Instant) *event.Event {
	var located struct {
		event    event.Event
		position event.Position
	}
	located.event = event.Event{Device: device, Seq: -1, Received: received, Position: &located.position}
	return &located.event
}

// envelope judges a payload as a whole. For an array of locations it returns
// the elements, else nil.
func envelope(t topic, payload []byte) (elements [][]byte, reason event.Reason, detail string) {
	list, limit := isArray(payload) && t.kind == "location", maxPayload
	if list {
		limit = maxArrayPayload
	}
	switch {
	case len(payload) > limit:
		return nil, event.TooLarge, "payload exceeds 64 KiB, or 256 KiB for an array of locations"
	case !utf8.Valid(payload):
		return nil, event.BadJSON, "payload is not UTF-8"
	case !ValidJSON(payload):
		return nil, event.BadJSON, "payload is not JSON"
	case t.kind == "":
		return nil, event.BadTopic, "topic is not {prefix}/v1/{device}/location, checkin or status, nor one of an adapter that is on"
	case !list:
		return nil, "", ""
	}
	if elements = split(payload); len(elements) > maxElements {
		return nil, event.TooLarge, "array has more than 500 elements"
	}
	return elements, "", ""
}

// split returns the elements of an array, one too many at most; never nil.
func split(array []byte) [][]byte {
	elements := [][]byte{}
	for c := enter(array); len(elements) <= maxElements; {
		raw, ok := c.element()
		if !ok {
			break
		}
		elements = append(elements, raw)
	}
	return elements
}

// element reads one object into the draft's event, or rejects it.
func (d *Decoder) element(draft *Draft) {
	if !isObject(draft.raw) {
		draft.reject(event.BadField, "payload is not an object")
		return
	}
	var r reader
	unknown, twice := r.members.collect(draft.raw, d.known[draft.kind])
	d.metrics.unknown(unknown)
	if twice != numFields {
		r.fail(twice, "stands twice")
	}
	encrypted := string(r.raw(fType)) == `"encrypted"`
	d.read(draft, &r)
	switch {
	case encrypted:
		draft.reject(event.Encrypted, "payload is encrypted")
	case r.wrong != "":
		draft.reject(event.BadField, r.wrong)
	case draft.kind == "checkin" && (biometric(draft.raw) || longString(r.raw(fVerify), maxVerifyString)):
		draft.reject(event.BiometricData, "a check-in carries verdicts only, no image, recording or template")
	default:
		draft.judge()
	}
}

// read fills the event from the members; a position stays as it was sent.
func (d *Decoder) read(draft *Draft, r *reader) {
	e := draft.Event
	switch draft.kind {
	case "location":
		e.Kind = event.Location
		r.need(fLat)
	case "checkin":
		e.Kind = event.Checkin
		e.Check = d.check(r)
		draft.claimed = roster.SubjectID(r.bytes(fSubject))
	case "status":
		e.Kind = event.Status
		r.status(draft)
	}
	if draft.kind == "status" || !r.position(e.Position) {
		e.Position = nil
	}
	e.ID = r.id(fID)
	e.Seq = r.integer(fSeq)
	e.Battery = r.float32(fBattery, 0, 100)
	if !r.has(fBattery) {
		e.Battery = -1
	}
	if !draft.noTime {
		r.need(fTime)
		e.Time = r.time(fTime)
	}
	if e.Status != event.Offline {
		r.need(fID)
	}
}

// judge applies the checks behind those of single fields, in their order, and
// converts the position.
func (draft *Draft) judge() {
	e := draft.Event
	p := e.Position
	switch {
	case p != nil && !p.Datum.Valid():
		draft.reject(event.DatumReason, "datum must be wgs84, cgcs2000, gcj02 or bd09")
	case p != nil && !onEarth(p.Original):
		draft.reject(event.Range, "lat or lng is out of range, or both are 0")
	case p != nil && !(p.AccuracyM > 0):
		draft.reject(event.Range, "accuracy_m must be above 0")
	case e.Time > e.Received+maxFuture:
		draft.reject(event.Future, "time is more than 5 minutes after receipt")
	case e.Time < e.Received-maxAge:
		draft.reject(event.Stale, "time is more than 30 days before receipt")
	case p != nil:
		p.Point = p.Datum.ToWGS84(p.Original)
		p.Cell = geo.CellOf(p.Point)
	}
}

// onEarth tells whether p is in range and not (0,0), what receivers without a
// fix report.
func onEarth(p geo.Point) bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lng >= -180 && p.Lng <= 180 && p != geo.Point{}
}

// reject turns the draft into a dead letter. An image of a person must not
// outlive the message in one either.
func (draft *Draft) reject(reason event.Reason, detail string) {
	r := &event.Rejection{
		Device: draft.Event.Device, Seq: draft.Event.Seq, Topic: draft.topic[:min(len(draft.topic), maxTopic)], Received: draft.Event.Received,
		Time: draft.Event.Time, Index: draft.index, Reason: reason, Detail: detail,
	}
	if draft.kind == "checkin" && biometric(draft.raw) {
		r.Payload = redact(draft.raw)
	} else {
		r.Payload = keep(draft.raw)
	}
	draft.Event, draft.Rejection = nil, r
}

// maxTopic bounds the topic of a dead letter, in bytes.
const maxTopic = 256

// trimSpace drops the white space of JSON around a value.
func trimSpace(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for len(b) > 0 && skipSpace(b, len(b)-1) == len(b) {
		b = b[:len(b)-1]
	}
	return b
}
