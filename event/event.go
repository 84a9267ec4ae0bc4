// Package event defines what the journal of a district holds, and how it is
// written: accepted device events, rejected messages, acts of officers, roster
// versions and clock ticks. The rules engine advances by these entries only, so
// recovery, replay and live operation see the same input.
//
// Most of its exported names are the values of the wire format's closed sets:
// sources, status events, reasons, acts.
//
// The binary form is versioned and described at AppendEntry. Everything here is
// pure: no I/O, no clock.
package event

import (
	"correctiond/geo"
	"correctiond/roster"
)

// Entry is one entry of a district's journal. Exactly one of Event, Rejection,
// Act, Roster and Rules is set, or none: then the entry is a tick, which only says
// that the clock has reached At.
type Entry struct {
	// At is when the daemon received or decided it. Within a journal it never
	// decreases by more than the concurrency of its writers; the engine clamps it.
	At        roster.Instant
	Event     *Event
	Rejection *Rejection
	Act       *Act
	Roster    *RosterPart
	Rules     *RuleFile
}

// RuleFile is a version of the rules: what follows it in the journal is judged
// by them.
type RuleFile struct {
	Version string
	Data    []byte // thresholds and overrides, as package rules writes them
}

// Kind of a device event.
type Kind uint8

// Kinds of device events, named as their topics.
const (
	Location Kind = iota + 1
	Checkin
	Status
)

// Event is one accepted message of a device, already bound to its subject and
// converted to WGS-84.
type Event struct {
	Kind       Kind
	Device     roster.DeviceID
	DeviceKind roster.DeviceKind
	Subject    roster.SubjectID
	Office     roster.OfficeID // of the subject, at acceptance
	// ID is unique per device over all topics; empty only for a last will.
	ID string
	// Seq is the device's counter, -1 when absent.
	Seq      int64
	Time     roster.Instant // when it happened, by the device's clock
	Received roster.Instant
	// Battery in percent, -1 when absent.
	Battery float32
	// Position is nil when the event carries none.
	Position *Position
	// Check is set for check-ins.
	Check *Check
	// Status is set for status events.
	Status StatusKind
}

// Source of a position.
type Source string

// Sources of positions; the number is the default 68 % radius in metres.
const (
	GNSS Source = "gnss" // 15
	BLE  Source = "ble"  // 10
	WiFi Source = "wifi" // 60
	Net  Source = "cell" // 500
)

// Tri is a boolean that may be absent.
type Tri uint8

// Values of Tri.
const (
	Unknown Tri = iota
	No
	Yes
)

// Motion is the accelerometer's verdict.
type Motion uint8

// Verdicts of the accelerometer.
const (
	MotionUnknown Motion = iota
	Moving
	Still
)

// Position is where a device says it was.
type Position struct {
	geo.Point            // WGS-84
	Cell       geo.Cell  // of Point, at geo.CellRes
	Datum      geo.Datum // as sent
	Original   geo.Point // as sent, in Datum
	AccuracyM  float64   // 68 % radius, > 0
	Source     Source
	Mock       bool // the operating system reports a simulated location
	Motion     Motion
	SpeedMPS   float32 // NaN when absent, as the three below
	HeadingDeg float32
	AltitudeM  float32
	HDOP       float32
	Satellites int16 // -1 when absent
}

// Coarse reports whether the position may only support an episode, never open
// or end one: accuracy worse than 200 m or from a cell tower.
func (p *Position) Coarse() bool { return p.AccuracyM > 200 || p.Source == Net }

// Check is what a check-in says beyond its position.
type Check struct {
	Method    string // app | kiosk
	Verify    string // face | voice | fingerprint | pin | VerifyDevice
	Passed    bool
	Score     float32 // 0…1, NaN when absent
	Liveness  Tri
	Challenge string // id of the challenge it answers
	Rooted    bool   // device integrity failed
	DeviceFP  string // hash of the app installation
}

// VerifyDevice is the verdict of a check-in that rests on the password of the
// device alone: nobody verified who holds it. No device may claim it; acceptance
// sets it where a district's policy lets such a check-in count.
const VerifyDevice = "device"

// DeviceOnly reports whether nothing but the device's password stands behind the
// check-in.
func (k *Check) DeviceOnly() bool { return k.Verify == VerifyDevice }

// Counting reports whether an event is a counting check-in: accepted, verified,
// liveness not denied. Only those fulfil a duty or are a sign of life.
func (e *Event) Counting() bool {
	return e.Kind == Checkin && e.Check != nil && e.Check.Passed && e.Check.Liveness != No
}

// StatusKind is the event of a status message.
type StatusKind string

// Status events of the wire format.
const (
	Heartbeat       StatusKind = "heartbeat"
	Online          StatusKind = "online"
	Offline         StatusKind = "offline" // also the device's last will
	PowerOn         StatusKind = "power_on"
	PowerOff        StatusKind = "power_off"
	BatteryLow      StatusKind = "battery_low"
	BatteryCritical StatusKind = "battery_critical"
	Charging        StatusKind = "charging"
	StrapOpen       StatusKind = "strap_open"
	StrapClosed     StatusKind = "strap_closed"
	CaseOpen        StatusKind = "case_open"
	Jamming         StatusKind = "jamming"
	NoFix           StatusKind = "no_fix"
	SOS             StatusKind = "sos"
)

// Reason says why a message was rejected: the closed set of the wire format.
type Reason string

// Rejection reasons, in the order in which they are judged.
const (
	TooLarge       Reason = "too_large"
	BadJSON        Reason = "bad_json"
	BadTopic       Reason = "bad_topic"
	BadField       Reason = "bad_field"
	BiometricData  Reason = "biometric_data"
	Encrypted      Reason = "encrypted"
	DatumReason    Reason = "datum"
	Range          Reason = "range"
	Future         Reason = "future"
	Stale          Reason = "stale"
	Duplicate      Reason = "duplicate" // counted and acknowledged, never kept
	UnknownDevice  Reason = "unknown_device"
	Unbound        Reason = "unbound"
	ReleasedPerson Reason = "released_person"
	OutOfTerm      Reason = "out_of_term"
	NoBasis        Reason = "no_basis"
)

// Rejection is a message that was not accepted: the dead letter.
type Rejection struct {
	Device   roster.DeviceID // from the topic; empty when it names none
	Topic    string
	Received roster.Instant
	// Time is the message's own, 0 when it has none that can be read.
	Time  roster.Instant
	Index int // position in an array payload, 0 for a single object
	// Seq is the device's counter, -1 when absent or not readable.
	Seq    int64
	Reason Reason
	Detail string // one sentence naming the field; never a coordinate
	// Payload as received, cut to MaxKeptPayload, and without coordinates where
	// the law wants it so (reasons unbound, unknown_device, released_person,
	// out_of_term, no_basis).
	Payload []byte
}

// MaxKeptPayload bounds what a dead letter keeps of a payload, in bytes.
const MaxKeptPayload = 16 << 10

// RosterPart is a piece of a roster version: the JSON file form, compressed
// and cut so that a large roster fits the journal's message size. The version
// takes effect with its last part.
type RosterPart struct {
	District roster.DistrictID
	Hash     string // of the whole uncompressed file form
	Part, Of int    // 0 … Of-1
	Data     []byte
}
