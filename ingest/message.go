// Package ingest turns MQTT messages into journal entries. Decode judges the
// shape of a message and needs nothing but its bytes; Accept adds what depends
// on state: duplicates, the roster and the lawful basis; Subscriber takes
// messages from a broker and acknowledges them once their entries are durable.
//
// A message that is not accepted becomes a dead letter. Where the law forbids
// to know a position, its coordinates are gone before anything is written.
package ingest

import (
	"correctiond/event"
	"correctiond/roster"
)

// Message is one MQTT message as received.
type Message struct {
	Topic    string
	Payload  []byte
	Received roster.Instant
	// Retained marks what the broker kept from before the subscription.
	Retained bool
}

// Draft is one event of a message, or the reason why it is none, on its way to
// acceptance. It refers to the payload of its message.
type Draft struct {
	// Event lacks what the roster knows until Accept fills it in; nil when
	// Decode rejected it.
	Event *event.Event
	// Rejection is set when Event is nil.
	Rejection *event.Rejection
	// District is set by Accept; empty when no district knows the device.
	District roster.DistrictID

	kind    string // location, checkin, status, or empty on a foreign topic
	topic   string
	raw     []byte // the element as received
	index   int
	claimed roster.SubjectID // whom a kiosk's check-in is of
	noTime  bool             // a last will: the time is that of receipt
	// pressed is when the person sent a location by pressing a button, which a
	// district's policy may take for a check-in; 0: nobody did.
	pressed roster.Instant
	// retained marks a message kept by the broker from before the subscription.
	retained bool
}

// Result is what became of a draft.
type Result uint8

// Results of Accept.
const (
	Accepted  Result = iota + 1 // the entry is an event
	Rejected                    // the entry is a dead letter
	Duplicate                   // known already: no entry, only an acknowledgement
)

// keep cuts a payload to what a dead letter may hold, and copies it so that
// the dead letter does not pin the whole message.
func keep(payload []byte) []byte {
	return append([]byte(nil), payload[:min(len(payload), event.MaxKeptPayload)]...)
}
