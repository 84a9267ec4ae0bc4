package alerts

import (
	"slices"
	"unicode/utf8"

	"correctiond/rules"
)

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
	e := by.entry()
	e.Outcome = by.Outcome
	a.close(e)
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
	case bare && urgent && by.Outcome == Confirmed && !a.evidenced():
		return invalid(a, "note", "a confirmed P1 or P2 needs evidence: a note, a contact record or a file")
	}
	return nil
}

// evidenced reports whether anybody wrote down or filed anything.
func (a *Alert) evidenced() bool { return slices.ContainsFunc(a.Log, Entry.evidence) }

// evidence tells notes and files, which show that somebody works on an alert.
func (e Entry) evidence() bool { return e.Did == AddNote || e.Did == Attach }

func (a *Alert) inspected() bool {
	return slices.ContainsFunc(a.Log, func(e Entry) bool { return e.Did == AddNote && e.About == Inspection })
}
