package ingest

import (
	"bytes"
	"cmp"
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// Adapter understands the messages of a client that others wrote. It makes the
// same drafts of them as of native messages, and they go the same way from there.
type Adapter interface {
	// filters are the topic filters of its messages.
	filters() []string
	// owns tells whether a topic is one of the adapter's. The device is empty
	// where only the payload names it.
	owns(topic string) (device roster.DeviceID, ok bool)
	// read appends the drafts of one message, each of them a copy of whole.
	read(whole *Draft, o *object, out []Draft) []Draft
}

var (
	_ Adapter = ownTracks{}
	_ Adapter = traccar{}
)

// defaultTraccarTopic is where Traccar forwards to if the configuration names
// no other topic.
const defaultTraccarTopic = "traccar/positions"

// Adapters returns those of the given names: native (always on, hence none),
// owntracks, traccar. An empty traccarTopic stands for "traccar/positions". The
// error names what is unknown.
func Adapters(names []string, traccarTopic string) ([]Adapter, error) {
	var all []Adapter
	for _, name := range names {
		switch name {
		case "native":
		case "owntracks":
			all = append(all, ownTracks{})
		case "traccar":
			all = append(all, traccar{topic: cmp.Or(traccarTopic, defaultTraccarTopic)})
		default:
			return nil, fmt.Errorf("adapter %q is unknown; use native, owntracks or traccar", name)
		}
	}
	return all, nil
}

// adapter returns the one that owns a topic, nil if none does.
func (d *Decoder) adapter(name string) (Adapter, roster.DeviceID) {
	for _, a := range d.adapters {
		if device, ok := a.owns(name); ok {
			return a, device
		}
	}
	return nil, ""
}

// foreign appends the drafts of a message of an adapter.
func (d *Decoder) foreign(a Adapter, device roster.DeviceID, m Message, out []Draft) []Draft {
	payload := trimSpace(bytes.TrimPrefix(m.Payload, []byte("\ufeff")))
	// Until it says otherwise a message is taken for a location: what is wrong
	// with it must not keep coordinates that the law forbids to know.
	whole := Draft{kind: "location", topic: m.Topic, raw: payload, retained: m.Retained}
	whole.Event = newEvent(device, m.Received)
	_, reason, detail := envelope(topic{kind: "foreign"}, payload)
	switch {
	case reason != "":
		whole.reject(reason, detail)
	case !isObject(payload):
		whole.reject(event.BadField, "payload is not an object")
	default:
		var n notes
		out = a.read(&whole, openObject(payload, "", &n), out)
		d.metrics.unknown(n.unknown)
		return out
	}
	return append(out, whole)
}

// locationOf returns a copy of whole that carries a position in WGS-84.
func locationOf(whole *Draft, id string, at roster.Instant) Draft {
	d := *whole
	d.kind, d.Event = "location", newEvent(whole.Event.Device, whole.Event.Received)
	d.Event.Kind, d.Event.ID, d.Event.Time = event.Location, id, at
	d.Event.Seq, d.Event.Battery = -1, whole.Event.Battery
	return d
}

// statusOf returns a copy of whole that carries a status.
func statusOf(whole *Draft, status event.StatusKind, id string, at roster.Instant) Draft {
	d := *whole
	d.kind, d.Event = "status", &event.Event{
		Kind: event.Status, Device: whole.Event.Device, Received: whole.Event.Received,
		Status: status, ID: id, Time: at, Seq: -1, Battery: whole.Event.Battery,
	}
	return d
}

// finish judges a draft of an adapter as a native one, after what was wrong
// with its fields. A rejected one counts as a location again: the message that
// gave a status may hold coordinates too.
func (draft *Draft) finish(wrong string) Draft {
	if wrong != "" {
		draft.reject(event.BadField, wrong)
	} else {
		draft.judge()
	}
	if draft.Rejection != nil {
		draft.kind = "location"
	}
	return *draft
}
