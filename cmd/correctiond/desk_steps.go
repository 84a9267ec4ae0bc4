package main

import (
	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
)

// stepEntry is a step of an alert as the journal has it.
func stepEntry(alert string, version int, do alerts.ActionType, at roster.Instant) *event.Entry {
	return &event.Entry{At: at, Act: &event.Act{
		Type: event.ActType(do), By: alerts.System, Alert: alert, Version: version,
	}}
}
