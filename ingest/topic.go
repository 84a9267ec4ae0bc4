package ingest

import (
	"strings"

	"correctiond/roster"
)

// maxDeviceID is the length of the longest device id, in bytes.
const maxDeviceID = 64

// topic is what the name of a topic says.
type topic struct {
	device roster.DeviceID
	kind   string // location, checkin, status; empty: not a topic of devices
	skip   bool   // the daemon's own messages to the device
}

// parseTopic reads {prefix}/v1/{device}/{kind}.
func parseTopic(prefix, name string) topic {
	rest, ok := strings.CutPrefix(name, prefix+"/v1/")
	if !ok {
		return topic{}
	}
	device, kind, ok := strings.Cut(rest, "/")
	if !ok || !validDevice(device) {
		return topic{}
	}
	t := topic{device: roster.DeviceID(device)}
	switch kind {
	case "location", "checkin", "status":
		t.kind = kind
	case "challenge", "notice":
		t.skip = true
	}
	return t
}

func validDevice(id string) bool {
	for i := range len(id) {
		c := id[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '-' && c != '_' {
			return false
		}
	}
	return id != "" && len(id) <= maxDeviceID
}
