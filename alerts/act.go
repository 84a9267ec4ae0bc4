package alerts

import (
	"slices"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
	"correctiond/rules"
)

// ActionType names what a person does with an alert.
type ActionType string

// Actions on an alert.
const (
	Ack     ActionType = "ack"
	AddNote ActionType = "note"
	Close   ActionType = "close"
)

// Action is one thing a person does with an alert.
type Action struct {
	Type ActionType
	By   string // who; may be empty in a replay, never System
	At   roster.Instant
	// Version of the alert the person saw; 0 accepts any.
	Version int
	Outcome Outcome // close
	Reason  string  // close: at least 4 characters for P1 and P2
	Text    string  // note: required; close: optional
	About   About   // what Text records
	// Recorded: it was decided elsewhere and is only repeated, as in a replay;
	// the evidence that closing asks for is not asked for again.
	Recorded bool
}

// Bounds of what a person writes, in characters.
const (
	minReason = 4
	maxText   = 4000
)

// Act applies a person's action. Ending is how episodes of the kind end: closing
// a kind that only a person ends also ends its condition. On refusal the error
// is a *Refusal and the alert comes back as it was.
func Act(prev Alert, ending rules.Ending, a Action) (Alert, error) {
	a.Reason, a.Text = strings.TrimSpace(a.Reason), strings.TrimSpace(a.Text)
	if err := admissible(&prev, &a); err != nil {
		return prev, err
	}
	next := prev
	var err error
	switch a.Type {
	case Ack:
		err = next.ack(&a)
	case AddNote:
		err = next.note(&a)
	case Close:
		err = next.closeBy(&a, ending)
	default:
		err = invalid(&prev, "type", "is ack, note or close")
	}
	if err != nil {
		return prev, err
	}
	next.Version++
	return next, nil
}

// admissible checks what holds for every action.
func admissible(cur *Alert, a *Action) error {
	switch {
	case a.Version != 0 && a.Version != cur.Version:
		return stale(cur, a.Version)
	case a.At == 0:
		return invalid(cur, "at", "is missing")
	case a.By == System:
		return invalid(cur, "by", "is a person, not the system")
	case utf8.RuneCountInString(a.Reason) > maxText:
		return invalid(cur, "reason", "is longer than 4000 characters")
	case utf8.RuneCountInString(a.Text) > maxText:
		return invalid(cur, "text", "is longer than 4000 characters")
	case a.About != "" && a.About != Inspection && a.About != Contact:
		return invalid(cur, "about", "is inspection, contact or absent")
	}
	return nil
}

func (a *Alert) ack(by *Action) error {
	switch a.State {
	case Closed:
		return closed(a)
	case Acknowledged:
		return conflict(a, "is already acknowledged by "+a.Acknowledged.By)
	}
	a.State = Acknowledged
	a.Acknowledged = &Stamp{By: by.By, At: by.At}
	return nil
}

func (a *Alert) note(by *Action) error {
	if by.Text == "" {
		return invalid(a, "text", "is empty")
	}
	n := Note{Stamp: Stamp{By: by.By, At: by.At}, Text: by.Text, About: by.About}
	// Cloned, so that the alert before the action keeps its own notes.
	a.Notes = append(slices.Clone(a.Notes), n)
	return nil
}

func (a *Alert) closeBy(by *Action, ending rules.Ending) error {
	if a.State == Closed {
		return closed(a)
	}
	if err := a.outcomeOf(by); err != nil {
		return err
	}
	if err := a.evidenceOf(by); err != nil && !by.Recorded {
		return err
	}
	if by.Text != "" {
		if a.Episode.Kind == rules.StrapTamper {
			by.About = Inspection
		}
		if err := a.note(by); err != nil {
			return err
		}
	}
	a.close(by.Outcome, by.By, by.At)
	a.CloseReason = by.Reason
	if ending == rules.ByPerson && a.Episode.Ended == 0 {
		a.Episode.Ended = by.At
	}
	return nil
}

// outcomeOf checks what a closing says the alert was.
func (a *Alert) outcomeOf(by *Action) error {
	switch by.Outcome {
	case Confirmed, Excused, Technical, Unfounded:
		return nil
	case Recovered:
		return invalid(a, "outcome", "recovered is set by the system only")
	}
	return invalid(a, "outcome", "is confirmed, excused, technical or unfounded")
}

// evidenceOf checks what a closing must bring along.
func (a *Alert) evidenceOf(by *Action) error {
	urgent := a.Episode.Severity <= rules.P2
	bare := by.Text == ""
	switch {
	case urgent && utf8.RuneCountInString(by.Reason) < minReason:
		return invalid(a, "reason", "needs at least 4 characters to close a P1 or P2")
	case bare && a.Episode.Kind == rules.StrapTamper && !a.inspected():
		return invalid(a, "note", "strap-tamper closes only with a note on the inspected device")
	case bare && urgent && by.Outcome == Confirmed && len(a.Notes) == 0:
		return invalid(a, "note", "a confirmed P1 or P2 needs evidence: a note or a contact record")
	}
	return nil
}

func (a *Alert) inspected() bool {
	return slices.ContainsFunc(a.Notes, func(n Note) bool { return n.About == Inspection })
}
