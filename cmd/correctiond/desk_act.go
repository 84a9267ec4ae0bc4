package main

import (
	"errors"
	"slices"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// decide says what an act makes of its alert; nil: nothing. A replay repeats what
// was decided elsewhere, and passes over what does not fit here.
func (d *desk) decide(a *event.Act, at roster.Instant) (*change, error) {
	prev, err := d.alert(a.Alert)
	if err != nil {
		return nil, err
	}
	if prev == nil {
		return nil, unknownAlertError{a.Alert}
	}
	next, err := alerts.Act(*prev, rules.Info(prev.Episode.Kind).Ending, d.action(a, at))
	if err == nil {
		err = d.known(a, &next)
	}
	if err != nil {
		return nil, err
	}
	return &change{prev: prev, next: next}, nil
}

// passes tells whether a replay goes on without what was refused: the alert may
// stand otherwise here, and what was declared of a person holds all the same.
func (d *desk) passes(a *event.Act, refused error) bool {
	return d.lenient && (a.Subject != "" || errors.Is(refused, alerts.ErrClosed) || errors.Is(refused, alerts.ErrConflict))
}

// action is an act of the journal in the words of the alerts.
func (d *desk) action(a *event.Act, at roster.Instant) alerts.Action {
	action := alerts.Action{
		Type: actionType(a), By: a.By, At: at, Version: a.Version, Recorded: d.lenient,
		Outcome: alerts.Outcome(a.Outcome), Reason: a.Reason, Text: a.Note, About: alerts.About(a.About),
		Officer: a.Officer, From: a.From,
	}
	if a.Until != nil {
		action.Until = a.Until.At
	}
	if f := a.File; f != nil {
		action.File = &alerts.File{Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256}
	}
	return action
}

// actionType is what an act does with its alert: a contact with the person is noted.
func actionType(a *event.Act) alerts.ActionType {
	if a.Type == event.ActContact {
		return alerts.AddNote
	}
	return alerts.ActionType(a.Type)
}

// actOf is the same the other way round. The subject is whom the alert is about:
// what is declared on an alert is declared of that person.
func actOf(a *alerts.Action, about *alerts.Alert) *event.Act {
	act := &event.Act{
		Type: event.ActType(a.Type), By: a.By, Alert: about.Episode.ID, Version: a.Version,
		Outcome: string(a.Outcome), Reason: a.Reason, Note: a.Text, About: string(a.About), Officer: a.Officer, From: a.From,
	}
	if a.Type == alerts.DeclareLost || a.Type == alerts.DeclareAbsconding {
		act.Subject = about.Episode.Subject
	}
	if a.Until != 0 {
		act.Until = &roster.Date{At: a.Until}
	}
	if f := a.File; f != nil {
		act.File = &event.File{Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.SHA256}
	}
	return act
}

func (d *desk) officer(id roster.OfficerID) bool {
	dir := d.engine.Directory()
	return dir != nil && slices.ContainsFunc(dir.Roster().Officers, func(o roster.Officer) bool { return o.ID == id })
}

// known checks against the roster what the alerts know nothing of: who an alert
// is assigned to, and that what is declared or noted of a person concerns its subject.
func (d *desk) known(a *event.Act, cur *alerts.Alert) error {
	refuse := func(field, detail string) error {
		return &alerts.Refusal{Err: alerts.ErrInvalid, Field: field, Detail: detail, Current: *cur}
	}
	switch a.Type {
	case event.ActAssign:
		if !d.lenient && !d.officer(a.Officer) {
			return refuse("officer", "is not in the roster")
		}
	case event.ActDeclareLost, event.ActDeclareAbscond, event.ActContact:
		if a.Subject != cur.Episode.Subject {
			return refuse("subject", "is not whom the alert is about")
		}
	}
	return nil
}
