package main

import (
	"testing"

	"correctiond/event"
)

// Small batches that have waited while the history was slow go into one
// transaction, up to its bound; what is read ahead is accounted for.
func TestRecorderJoinsWhatWaits(t *testing.T) {
	waits := func(batches, events int) <-chan portion {
		ahead := make(chan portion, batches)
		for i := range batches {
			ahead <- portion{seq: uint64(i + 2), events: make([]event.Event, events), units: events/recorderUnit + 1}
		}
		return ahead
	}
	for _, c := range []struct {
		name                   string
		batches, each          int
		joined, units, through int
	}{
		{"nothing waits", 0, 0, 1, 1, 1},
		{"single events", 1000, 1, 1001, 1001, 1001},
		{"full batches", 20, 512, 8*512 + 1, 8*33 + 1, 9},
	} {
		p := join(portion{seq: 1, events: make([]event.Event, 1), units: 1}, waits(c.batches, c.each))
		if len(p.events) != c.joined || p.units != c.units || p.seq != uint64(c.through) {
			t.Errorf("%s: %d events in %d units through %d, want %d, %d, %d", c.name, len(p.events), p.units, p.seq, c.joined, c.units, c.through)
		}
	}
}
