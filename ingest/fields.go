package ingest

import (
	"bytes"
	"strings"
)

// field numbers the names of the wire format.
type field uint8

// Fields of messages, and of the verify object of a check-in.
const (
	fID field = iota
	fSeq
	fTime
	fBattery
	fType // of OwnTracks; a native message has none
	fLat
	fLng
	fDatum
	fAccuracy
	fSource
	fSpeed
	fHeading
	fAltitude
	fSatellites
	fHDOP
	fMotion
	fMock
	fMethod
	fVerify
	fChallenge
	fRooted
	fDeviceFP
	fSubject
	fEvent
	fKind
	fPassed
	fScore
	fLiveness
	numFields
)

// String returns the name of the field on the wire.
func (f field) String() string { return fieldNames()[f] }

// fieldNames lists the names in the order of the constants.
func fieldNames() []string {
	return strings.Fields(`id seq time battery_pct _type lat lng datum accuracy_m source speed_mps heading_deg
		altitude_m satellites hdop motion mock method verify challenge rooted device_fp subject event
		verify.kind verify.passed verify.score verify.liveness`)
}

// vocabulary maps the names that one kind of object may carry.
type vocabulary map[string]field

// vocabularies returns that of each kind of message and of "verify".
func vocabularies() map[string]vocabulary {
	names := fieldNames()
	span := func(from, to field) vocabulary {
		v := make(vocabulary)
		for f := from; f <= to; f++ {
			v[strings.TrimPrefix(names[f], "verify.")] = f
		}
		return v
	}
	status := span(fID, fType)
	status[names[fEvent]] = fEvent
	return map[string]vocabulary{
		"location": span(fID, fMock), "checkin": span(fID, fSubject), "status": status, "verify": span(fKind, fLiveness),
	}
}

// members holds the JSON of the fields of an object; nil: absent or null.
type members [numFields][]byte

// collect takes the members of object that known names. It returns how many it
// does not name, and a field that stands twice, numFields if none does: which
// of two positions is meant must not be guessed.
func (m *members) collect(object []byte, known vocabulary) (unknown int, twice field) {
	var seen uint32
	twice = numFields
	for c := enter(object); ; {
		key, value, ok := c.member()
		if !ok {
			return unknown, twice
		}
		f, named := known[string(key)]
		if !named {
			unknown++
			continue
		}
		if seen&(1<<f) != 0 {
			twice = f
		}
		seen |= 1 << f
		if !bytes.Equal(value, []byte("null")) {
			m[f] = value
		}
	}
}
