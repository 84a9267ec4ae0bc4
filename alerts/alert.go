// Package alerts is what people handle: an episode becomes an alert of the same
// id, which is acknowledged, assigned, noted and closed with an outcome. Two
// functions move it, Observe for what the rules saw and Act for what a person
// did, or the system when a step of Next was due. Both are pure: they take the
// time as an argument and return a new value.
//
// What happened (the episode) and what people did with it (state, outcome, the
// log) lie apart, and neither ever overwrites the other. The log only grows.
//
// Package duty says who is to be told and when they work, package notice what
// they are told and how sending it went; the folders beside them are the
// channels. Policy.Follow and Book stand between: they make notices of what
// happened to an alert.
//
// What is exported here is, for more than half, words that are stored, sent or
// shown: the acts, states, outcomes and reasons of refusal that the API, the pages
// and the journal name one by one. The rest are the forms of an alert that those
// three exchange.
package alerts

import (
	"slices"

	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// State of an alert; independent of whether its condition still holds.
type State string

// States of an alert.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Closed       State = "closed"
)

// Outcome says what an alert turned out to be.
type Outcome string

// Closing outcomes. Recovered is set by the system only.
const (
	Confirmed Outcome = "confirmed" // 属实
	Excused   Outcome = "excused"   // 有正当理由
	Technical Outcome = "technical" // 设备或信号
	Unfounded Outcome = "unfounded" // 误报
	Recovered Outcome = "recovered" // 条件已恢复
)

// System is the actor of what no person did.
const System = "system"

// About says what a note records.
type About string

// What notes record, beside plain remarks (empty).
const (
	Inspection About = "inspection" // the device was inspected (查验腕带)
	Contact    About = "contact"    // the person was contacted, or it was tried
)

// Note is a remark of a person on an alert.
type Note struct {
	duty.Stamp
	Text  string `json:"text"`
	About About  `json:"about,omitempty"`
}

// Assignment says who is to deal with an alert, instead of the subject's officer.
type Assignment struct {
	duty.Stamp
	Officer roster.OfficerID `json:"officer"`
	Reason  string           `json:"reason,omitempty"`
}

// Snooze puts an alert off until an instant.
type Snooze struct {
	duty.Stamp
	Until  roster.Instant `json:"until"`
	Reason string         `json:"reason,omitempty"`
}

// Alert is an episode with its handling. Version rises by one with each change
// of either; it is the ETag of the API.
type Alert struct {
	Episode      rules.Episode `json:"episode"`
	State        State         `json:"state"`
	Outcome      Outcome       `json:"outcome,omitempty"`
	Acknowledged *duty.Stamp   `json:"acknowledged,omitempty"`
	Closed       *duty.Stamp   `json:"closed,omitempty"`
	CloseReason  string        `json:"close_reason,omitempty"`
	Assigned     *Assignment   `json:"assigned,omitempty"`
	// Escalated is when it was last passed on to those above: by a person, because
	// a rung of its chain was due, or because an acknowledgement timed out.
	Escalated *duty.Stamp `json:"escalated,omitempty"`
	Snoozed   *Snooze     `json:"snoozed,omitempty"`
	// Incident is when a report of a grave incident (重大事项) was asked for.
	Incident *duty.Stamp `json:"incident,omitempty"`
	// Held is since when, and by whom, a legal hold keeps it from being deleted.
	Held *duty.Stamp `json:"held,omitempty"`
	// Returned is when it last became open again, by a person who reopened it or
	// by a time-out; 0: never.
	Returned roster.Instant `json:"returned,omitempty"`
	// Escalation is where it stands in its chain; nil where nobody is notified, as
	// in a replay.
	Escalation *Escalation `json:"escalation,omitempty"`
	Log        []Entry     `json:"log,omitempty"`
	Version    int         `json:"version"`
	// Silenced: its notices are held back now. It is not part of what is stored.
	Silenced bool `json:"-"`
}

// Entry is one line of the log: what was done with an alert, by whom and when.
// Which of the other fields count depends on Did, as in an Action.
type Entry struct {
	duty.Stamp
	Did     ActionType       `json:"did"`
	Text    string           `json:"text,omitempty"`
	About   About            `json:"about,omitempty"`
	Outcome Outcome          `json:"outcome,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Officer roster.OfficerID `json:"officer,omitempty"`
	Until   roster.Instant   `json:"until,omitempty"`
	From    *roster.Date     `json:"from,omitempty"`
	File    *File            `json:"file,omitempty"`
}

// Condition tells whether what raised the alert still holds: "active" or "ended".
func (a *Alert) Condition() string {
	if a.Episode.Ended != 0 {
		return "ended"
	}
	return "active"
}

// Officer is who is to deal with the alert: who it was assigned to, else the
// subject's officer; empty when there is neither.
func (a Alert) Officer() roster.OfficerID {
	if a.Assigned != nil {
		return a.Assigned.Officer
	}
	return a.Episode.Officer
}

// Notes are the remarks on the alert, oldest first.
func (a Alert) Notes() []Note {
	var notes []Note
	for i := range a.Log {
		if e := &a.Log[i]; e.Did == AddNote {
			notes = append(notes, Note{Stamp: e.Stamp, Text: e.Text, About: e.About})
		}
	}
	return notes
}

// Did tells whether the log holds that someone did something at an instant.
func (a *Alert) Did(what ActionType, by string, at roster.Instant) bool {
	return slices.ContainsFunc(a.Log, func(e Entry) bool {
		return e.Did == what && e.Stamp == duty.Stamp{By: by, At: at}
	})
}

// enter adds a line to the log. The log is cloned, so that the alert before the
// change keeps its own.
func (a *Alert) enter(e Entry) { a.Log = append(slices.Clone(a.Log), e) }

// close is how every alert ends, by a person or by the system.
func (a *Alert) close(e Entry) {
	a.State, a.Outcome, a.CloseReason = Closed, e.Outcome, e.Reason
	a.Closed, a.Snoozed = &duty.Stamp{By: e.By, At: e.At}, nil
	e.Did = Close
	a.enter(e)
}
