package event_test

import (
	"testing"

	"correctiond/event"
)

func TestOnlyVerifiedCheckinsCount(t *testing.T) {
	tests := []struct {
		name string
		e    event.Event
		want bool
	}{
		{"verified", event.Event{Kind: event.Checkin, Check: &event.Check{Passed: true, Liveness: event.Yes}}, true},
		{"liveness unknown", event.Event{Kind: event.Checkin, Check: &event.Check{Passed: true}}, true},
		{"liveness denied", event.Event{Kind: event.Checkin, Check: &event.Check{Passed: true, Liveness: event.No}}, false},
		{"failed", event.Event{Kind: event.Checkin, Check: &event.Check{Liveness: event.Yes}}, false},
		{"location", event.Event{Kind: event.Location}, false},
	}
	for _, tt := range tests {
		if got := tt.e.Counting(); got != tt.want {
			t.Errorf("%s: counting %v", tt.name, got)
		}
	}
}

func TestCoarsePositions(t *testing.T) {
	tests := []struct {
		source    event.Source
		accuracyM float64
		want      bool
	}{
		{event.GNSS, 15, false},
		{event.WiFi, 200, false},
		{event.WiFi, 200.1, true},
		{event.Net, 50, true},
	}
	for _, tt := range tests {
		p := event.Position{Source: tt.source, AccuracyM: tt.accuracyM}
		if got := p.Coarse(); got != tt.want {
			t.Errorf("%s at %v m: coarse %v", tt.source, tt.accuracyM, got)
		}
	}
}
