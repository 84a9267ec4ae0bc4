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
	// climb moves changed alerts along their chains; nil: nobody is notified.
	climb *climber
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
// its error says why. What the alert refuses the engine never sees; what the
// engine refuses changes no alert.
func (d *desk) take(entry *event.Entry) error {
	var decided *change
	var refused error
	if a := entry.Act; handles(a) {
		// The alert may be one that a timer due before the act opens.
		if err := d.tick(entry.At); err != nil {
			return err
		}
		decided, refused = d.decide(a, max(entry.At, d.engine.Clock()))
		passes := d.passes(a, refused)
		if decided == nil && !(passes && a.Subject != "") {
			entry = &event.Entry{At: entry.At}
		}
		if passes {
			refused = nil
		}
	}
	episodes, err := d.engine.Apply(entry)
	if decided != nil && err == nil {
		d.put(decided.prev, decided.next)
	}
	if seen := d.observe(episodes); seen != nil {
		return seen
	}
	if refused != nil {
		return refused
	}
	return err
}

// handles tells whether an act is an action on an alert; its report is none.
func handles(a *event.Act) bool {
	return a != nil && a.Alert != "" && a.Type != event.ActIncident
}

// tick brings the clock to the instant: every timer before it fires.
func (d *desk) tick(at roster.Instant) error {
	episodes, err := d.engine.Apply(&event.Entry{At: at})
	return errors.Join(d.observe(episodes), err)
}

// advance lets every timer up to and including the instant fire. What alerts wait
// for, a step of the system, comes as an entry.
func (d *desk) advance(to roster.Instant) error {
	return d.observe(d.engine.Advance(to))
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

// alert is an alert as the entries so far have left it.
func (d *desk) alert(id string) (*alerts.Alert, error) {
	if i, ok := d.at[id]; ok {
		return &d.changed[i].next, nil
	}
	return d.find(id)
}

func (d *desk) put(prev *alerts.Alert, next alerts.Alert) {
	id := next.Episode.ID
	if d.climb != nil {
		d.climb.follow(prev, &next, d.engine.Clock())
	}
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
