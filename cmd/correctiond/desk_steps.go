package main

import (
	"cmp"
	"slices"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
)

// agenda is when alerts wait for steps of the system, the earliest first. What no
// longer holds is passed over.
type agenda struct{ list []appointment }

type appointment struct {
	at    roster.Instant
	alert string
}

func (a appointment) compare(b appointment) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.alert, b.alert))
}

// note enters what an alert waits for; nil keeps nothing.
func (g *agenda) note(a *alerts.Alert) {
	if g == nil {
		return
	}
	next := appointment{a.Next().At, a.Episode.ID}
	if next.at == 0 {
		return
	}
	if i, found := slices.BinarySearchFunc(g.list, next, appointment.compare); !found {
		g.list = slices.Insert(g.list, i, next)
	}
}

// due takes the first appointment up to an instant.
func (g *agenda) due(until roster.Instant) (first appointment, ok bool) {
	if g == nil || len(g.list) == 0 || g.list[0].at > until {
		return first, false
	}
	first = g.list[0]
	g.list = g.list[1:]
	return first, true
}

// lapse carries out the steps due up to and including an instant, each at its
// time.
func (d *desk) lapse(until roster.Instant) error {
	for {
		next, ok := d.agenda.due(until)
		if !ok {
			return nil
		}
		a, err := d.alert(next.alert)
		if err != nil {
			return err
		}
		if a == nil || a.Next().At != next.at {
			continue
		}
		if err := d.apply(stepEntry(next.alert, a.Version, a.Next().Do, next.at)); err != nil {
			return err
		}
	}
}

// stepEntry is a step of an alert as the journal has it.
func stepEntry(alert string, version int, do alerts.ActionType, at roster.Instant) *event.Entry {
	return &event.Entry{At: at, Act: &event.Act{
		Type: event.ActType(do), By: alerts.System, Alert: alert, Version: version,
	}}
}
