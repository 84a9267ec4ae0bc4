package main

import (
	"errors"
	"fmt"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// desk takes the entries of a district's journal one by one: the engine judges
// them and the alerts follow. Live operation, recovery and replay all go
// through it; they differ only in where entries come from and alerts go to.
type desk struct {
	engine *rules.Engine
	// find returns an alert as it stands; nil when there is none.
	find func(id string) (*alerts.Alert, error)
	// changed holds the alerts that the entries so far changed, in order.
	changed []change
	at      map[string]int // index into changed by alert id
	// lenient applies closings without the evidence that a person would have to
	// bring: a replay repeats what was decided elsewhere.
	lenient bool
}

// change is an alert before (nil: it is new) and after.
type change struct {
	prev *alerts.Alert
	next alerts.Alert
}

func newDesk(engine *rules.Engine, find func(id string) (*alerts.Alert, error)) *desk {
	return &desk{engine: engine, find: find, at: map[string]int{}}
}

// take applies one entry. An act that is refused changes nothing but the clock;
// its error says why.
func (d *desk) take(entry *event.Entry) error {
	var refused error
	if a := entry.Act; a != nil && isHandling(a.Type) {
		// The alert may be one that a timer due before the act opens.
		if err := d.tick(entry.At); err != nil {
			return err
		}
		if refused = d.handle(a, max(entry.At, d.engine.Clock())); refused != nil {
			entry = &event.Entry{At: entry.At}
		}
	}
	episodes, err := d.engine.Apply(entry)
	if seen := d.observe(episodes); seen != nil {
		return seen
	}
	if refused != nil {
		return refused
	}
	return err
}

// tick brings the clock to the instant: every timer before it fires.
func (d *desk) tick(at roster.Instant) error {
	episodes, err := d.engine.Apply(&event.Entry{At: at})
	return errors.Join(d.observe(episodes), err)
}

// advance lets every timer up to and including the instant fire.
func (d *desk) advance(to roster.Instant) error {
	return d.observe(d.engine.Advance(to))
}

func isHandling(t event.ActType) bool {
	return t == event.ActAck || t == event.ActNote || t == event.ActClose
}

func (d *desk) observe(episodes []rules.Episode) error {
	for i := range episodes {
		ep := &episodes[i]
		prev, err := d.alert(ep.ID)
		if err != nil {
			return err
		}
		if next, did := alerts.Observe(prev, *ep, rules.Info(ep.Kind).Ending, d.engine.Clock()); did {
			d.put(prev, next)
		}
	}
	return nil
}

// handle applies what a person did with an alert.
func (d *desk) handle(a *event.Act, at roster.Instant) error {
	prev, err := d.alert(a.Alert)
	if err != nil {
		return err
	}
	if prev == nil {
		return unknownAlertError{a.Alert}
	}
	action := alerts.Action{
		Type: alerts.ActionType(a.Type), By: a.By, At: at, Version: a.Version,
		Outcome: alerts.Outcome(a.Outcome), Reason: a.Reason, Text: a.Note, Recorded: d.lenient,
	}
	next, err := alerts.Act(*prev, rules.Info(prev.Episode.Kind).Ending, action)
	switch {
	case d.lenient && (errors.Is(err, alerts.ErrClosed) || errors.Is(err, alerts.ErrConflict)):
		return nil
	case err != nil:
		return err
	}
	d.put(prev, next)
	return nil
}

// alert is an alert as the entries so far have left it.
func (d *desk) alert(id string) (*alerts.Alert, error) {
	if i, ok := d.at[id]; ok {
		return &d.changed[i].next, nil
	}
	return d.find(id)
}

func (d *desk) put(prev *alerts.Alert, next alerts.Alert) {
	id := next.Episode.ID
	if i, ok := d.at[id]; ok {
		d.changed[i].next = next
		return
	}
	d.at[id] = len(d.changed)
	d.changed = append(d.changed, change{prev: prev, next: next})
}

// clear forgets the changes, once they are stored.
func (d *desk) clear() {
	d.changed = d.changed[:0]
	clear(d.at)
}

// unknownAlertError says that an act names an alert that does not exist.
type unknownAlertError struct{ id string }

func (e unknownAlertError) Error() string { return fmt.Sprintf("there is no alert %q", e.id) }
