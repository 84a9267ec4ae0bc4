package alerts

import (
	"strings"
	"unicode/utf8"

	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// ActionType names what is done with an alert, as acts of the journal do.
type ActionType string

// Actions of people, and those that the system carries out when they are due.
const (
	Ack               ActionType = "ack"
	Assign            ActionType = "assign"
	AddNote           ActionType = "note"
	Attach            ActionType = "attach"
	Escalate          ActionType = "escalate"
	Close             ActionType = "close"
	Reopen            ActionType = "reopen"
	PutOff            ActionType = "snooze"
	RequestIncident   ActionType = "request_incident"
	DeclareLost       ActionType = "declare_lost"
	DeclareAbsconding ActionType = "declare_absconding"

	AckTimeout   ActionType = "ack_timeout"   // nobody noted anything after the acknowledgement
	Wake         ActionType = "wake"          // a snooze is over
	NextRung     ActionType = "next_rung"     // the next rung of the chain is due
	NotifyFailed ActionType = "notify_failed" // nobody got what the last rung said
)

// Action is one thing that is done with an alert.
type Action struct {
	Type ActionType
	By   string // who; may be empty in a replay; System for its own actions only
	At   roster.Instant
	// Version of the alert the person saw; 0 accepts any.
	Version int
	Outcome Outcome          // close
	Reason  string           // close: at least 4 characters for P1 and P2; reopen: required; else optional
	Text    string           // note: required; close: optional
	About   About            // what Text records
	Officer roster.OfficerID // assign: to whom
	Until   roster.Instant   // snooze: at most 24 h after At
	From    *roster.Date     // declare_absconding: since when
	File    *File            // attach
	// Recorded: it was decided elsewhere and is only repeated, as in a replay;
	// the evidence that closing asks for is not asked for again.
	Recorded bool
}

// Bounds of what a person writes, in characters.
const (
	minReason = 4
	maxText   = 4000
)

// Act applies an action. Ending is how episodes of the kind end: closing a kind
// that only a person ends also ends its condition. On refusal the error is a
// *Refusal and the alert comes back as it was.
func Act(prev Alert, ending rules.Ending, a Action) (Alert, error) {
	a.Reason, a.Text = strings.TrimSpace(a.Reason), strings.TrimSpace(a.Text)
	if err := admissible(&prev, &a); err != nil {
		return prev, err
	}
	next := prev
	if err := next.carryOut(&a, ending); err != nil {
		return prev, err
	}
	next.Version++
	return next, nil
}

func (a *Alert) carryOut(by *Action, ending rules.Ending) error {
	switch by.Type {
	case Ack:
		return a.ack(by)
	case AddNote:
		return a.note(by)
	case Close:
		return a.closeBy(by, ending)
	case Reopen:
		return a.reopen(by)
	case Assign:
		return a.assign(by)
	case Attach:
		return a.attach(by)
	case Escalate:
		return a.escalate(by)
	case PutOff:
		return a.snooze(by)
	case RequestIncident, DeclareLost, DeclareAbsconding:
		return a.declare(by)
	case AckTimeout, Wake, NextRung, NotifyFailed:
		return a.step(by)
	case Hold, Release:
		return a.hold(by)
	}
	return invalid(a, "type", "is no action on an alert")
}

// admissible checks what holds for every action.
func admissible(cur *Alert, a *Action) error {
	systems := a.Type.systems()
	switch {
	case a.Version != 0 && a.Version != cur.Version:
		return stale(cur, a.Version)
	case a.At == 0:
		return invalid(cur, "at", "is missing")
	case systems && a.By != System:
		return invalid(cur, "type", "is done by the system only")
	case !systems && a.By == System:
		return invalid(cur, "by", "is a person, not the system")
	case cur.Episode.Concerns(a.By) && a.Type != AddNote && a.Type != Attach:
		return conflict(cur, "is about this account: somebody else decides on it, notes and files can be added")
	}
	return writable(cur, a)
}

// systems tells what only the system does.
func (t ActionType) systems() bool {
	return t == AckTimeout || t == Wake || t == NextRung || t == NotifyFailed
}

// writable checks what a person wrote.
func writable(cur *Alert, a *Action) error {
	switch {
	case utf8.RuneCountInString(a.Reason) > maxText:
		return invalid(cur, "reason", "is longer than 4000 characters")
	case utf8.RuneCountInString(a.Text) > maxText:
		return invalid(cur, "text", "is longer than 4000 characters")
	case a.About != "" && a.About != Inspection && a.About != Contact:
		return invalid(cur, "about", "is inspection, contact or absent")
	}
	return nil
}

func (a *Action) stamp() duty.Stamp { return duty.Stamp{By: a.By, At: a.At} }

// entry begins the line that the action leaves in the log.
func (a *Action) entry() Entry { return Entry{Stamp: a.stamp(), Did: a.Type, Reason: a.Reason} }

func (a *Alert) ack(by *Action) error {
	switch a.State {
	case Closed:
		return closed(a)
	case Acknowledged:
		return conflict(a, "is already acknowledged by "+a.Acknowledged.By)
	}
	stamp := by.stamp()
	a.State, a.Acknowledged = Acknowledged, &stamp
	a.enter(by.entry())
	return nil
}

func (a *Alert) note(by *Action) error {
	if by.Text == "" {
		return invalid(a, "text", "is empty")
	}
	a.enter(Entry{Stamp: by.stamp(), Did: AddNote, Text: by.Text, About: by.About})
	return nil
}

// reopen brings a closed alert back to those who deal with it. What it was
// closed with stays in the log.
func (a *Alert) reopen(by *Action) error {
	switch {
	case a.State != Closed:
		return conflict(a, "is not closed")
	case by.Reason == "":
		return invalid(a, "reason", "is missing: say why the alert is opened again")
	}
	a.State, a.Outcome, a.CloseReason = Open, "", ""
	a.Acknowledged, a.Closed, a.Returned = nil, nil, by.At
	a.enter(by.entry())
	return nil
}
