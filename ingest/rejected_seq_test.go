package ingest_test

import (
	"testing"

	"correctiond/event"
	"correctiond/ingest"
)

// A refused message has arrived: its number must not look like a lost one.
func TestARefusedMessageKeepsItsNumber(t *testing.T) {
	dir := directory(t)
	for _, tt := range []struct {
		name, topic, payload string
		reason               event.Reason
		seq                  int64
	}{
		{"unlawful", "W2/location", location(), event.NoBasis, 7},
		{"unknown device", "W7/location", location(), event.UnknownDevice, 7},
		{"a field is wrong", "W1/location", location(`"source":"dream"`), event.BadField, 7},
		{"too old", "W1/location", location(`"time":1`), event.Stale, 7},
		{"the number is wrong", "W1/location", location(`"seq":-7`), event.BadField, -1},
		{"no number", "W2/location", location(`"seq"`), event.NoBasis, -1},
		{"no JSON", "W1/location", `{"seq":7`, event.BadJSON, -1},
	} {
		a := ingest.Acceptor{Find: find(dir), IDs: ingest.NewRecentIDs(nil)}
		entry, _ := a.Accept(&decode(tt.topic, tt.payload)[0])
		if r := entry.Rejection; r == nil || r.Reason != tt.reason || r.Seq != tt.seq {
			t.Errorf("%s: %+v, want %s with number %d", tt.name, r, tt.reason, tt.seq)
		}
	}
}
