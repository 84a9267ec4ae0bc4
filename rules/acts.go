package rules

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// act applies what an officer did: it changes the roster, the contact ledger or
// an episode, and the subject is judged anew.
func (e *Engine) act(a *event.Act) error {
	if e.dir == nil {
		return nil
	}
	switch a.Type {
	case event.ActAck, event.ActReopen, event.ActAckTimeout:
		e.handled(a)
		return nil // handling of the alert only
	case event.ActNote, event.ActAssign, event.ActAttach, event.ActEscalate, event.ActSnooze, event.ActWake, event.ActRequestIncident,
		event.ActNextRung, event.ActNotifyFailed, event.ActHold, event.ActRelease:
		return nil
	case event.ActClose:
		e.handled(a)
		e.closeRun(a.Alert)
		return nil
	case event.ActIncident:
		e.reported(a)
		return nil
	case event.ActQuery:
		e.queried(a)
		return nil
	case event.ActFocus:
		return e.setFocus(a)
	}
	s, err := e.actSubject(a)
	if err != nil {
		return err
	}
	if err := e.change(s, a); err != nil {
		return err
	}
	if s != nil {
		e.recordFact(s, a)
		e.rejudge(s)
		e.touch(s)
	}
	return nil
}

// actSubject is whom an act is about: the subject it names, or the one its
// device is bound to; nil when the device is bound to nobody now.
func (e *Engine) actSubject(a *event.Act) (*subject, error) {
	if a.Device == "" {
		s := e.subjects[a.Subject]
		if s == nil {
			return nil, fmt.Errorf("act %s: no subject %q in the roster", a.Type, a.Subject)
		}
		return s, nil
	}
	dev := e.dir.Device(a.Device)
	if dev == nil {
		return nil, fmt.Errorf("act %s: no device %q in the roster", a.Type, a.Device)
	}
	if b := dev.BoundTo(e.clock); b != nil {
		return e.subjects[b.SubjectID], nil
	}
	return nil, nil
}

func (e *Engine) change(s *subject, a *event.Act) error {
	switch a.Type {
	case event.ActContact:
		if a.Result == "reached" {
			e.sign(s, e.clock)
			s.Duty.contact(e.clock)
		}
	case event.ActDeclareLost:
		if s.missing() == nil {
			own := s.ownRare()
			own.Lost = append(own.Lost, lost{Base: e.clock, Opened: e.clock, Declared: true})
		}
	case event.ActDeclareAbscond:
		e.declareAbsconding(s, e.instant(a.From))
	case event.ActFound:
		e.found(s)
	case event.ActChallenge:
		return e.challenge(s, a)
	case event.ActColour:
		return e.setColour(s, a)
	case event.ActColourConfirmed:
		return e.confirmColour(s)
	default:
		if err := e.changeRoster(a); err != nil {
			return err
		}
		e.edits++
	}
	return nil
}

// found ends being out of contact, and absconding; it is a sign of life.
func (e *Engine) found(s *subject) {
	if l := s.missing(); l != nil {
		l.Ended = e.clock
	}
	e.stopLadder(s)
	e.sign(s, e.clock)
	s.Duty.contact(e.clock)
}

func (e *Engine) challenge(s *subject, a *event.Act) error {
	issued, expires := e.instant(a.Issued), e.instant(a.Expires)
	if err := e.dir.AddChallenge(a.Device, a.ID, issued, expires); err != nil {
		return err
	}
	if s != nil {
		s.Duty.challenge(challenge{ID: a.ID, Device: a.Device, Issued: issued, Expires: expires})
		e.moved = append(e.moved, s.entry.ID)
	}
	return nil
}

func (e *Engine) changeRoster(a *event.Act) error {
	d := e.dir
	switch a.Type {
	case event.ActCustody:
		return d.AddCustody(a.Subject, roster.Span{From: e.date(a.From), Until: a.Until})
	case event.ActReportedIn:
		return d.ReportedIn(a.Subject, e.date(a.Date))
	case event.ActLeaveGranted:
		return d.GrantLeave(a.Subject, *a.LeaveID.Leave)
	case event.ActLeaveReturned:
		return d.ReturnLeave(a.Subject, a.LeaveID.ID, e.instant(a.Time))
	case event.ActReportReceived:
		return d.ReceiveReport(a.Subject, a.Report, e.date(a.Date))
	case event.ActVisit:
		return d.AddVisit(a.Subject, e.date(a.Date))
	case event.ActAuthorityGranted:
		return d.GrantAuthority(a.Device, *a.Grant.Authority)
	case event.ActAuthorityEnded:
		return d.EndAuthority(a.Device, a.Grant.ID, e.instant(a.Time))
	case event.ActAdmonition:
		return d.Admonish(a.Subject, e.date(a.Date))
	case event.ActWarning:
		return d.Warn(a.Subject, e.date(a.Date))
	}
	return nil
}

// date is the date of an act, or its receipt.
func (e *Engine) date(d *roster.Date) roster.Date {
	if d == nil || d.IsZero() {
		return roster.Date{At: e.clock}
	}
	return *d
}

func (e *Engine) instant(d *roster.Date) roster.Instant { return e.cal.Start(e.date(d)) }

// closeRun ends the run of a kind that only a person ends, when that person
// closes its alert. Other kinds end with their condition.
func (e *Engine) closeRun(id string) {
	if e.closeUnlawful(id) || e.closeQuery(id) {
		return
	}
	s := e.owners[id]
	if s == nil || s.gone {
		return
	}
	if !e.closeDerived(s, id) {
		e.closeFolded(s, id)
	}
}

// closeDerived ends a derived run of the subject; false when the id is none of its.
func (e *Engine) closeDerived(s *subject, id string) bool {
	r := find(s.Derived, id)
	if r == nil {
		return false
	}
	if !e.endedByPerson(r) {
		return true
	}
	if l := s.missing(); l != nil && r.Kind == ContactLost {
		l.Ended = e.clock
		s.LastSign = max(s.LastSign, e.clock) // silence counts anew from the closing
	}
	if r.Kind == AbscondingLadder {
		e.stopLadder(s)
	}
	e.rejudge(s)
	return true
}

// closeFolded ends a folded run of the subject, if the id is one of its.
func (e *Engine) closeFolded(s *subject, id string) {
	if r := find(s.Main.Head.Runs, id); r != nil {
		if e.endedByPerson(r) {
			e.take(s, ended(e.clock, e.clock, r.Kind, r.Key))
		}
		return
	}
	if r := find(s.rare().LateSaid, id); r != nil {
		if e.endedByPerson(r) {
			e.takeLate(s, ended(e.clock, e.clock, r.Kind, r.Key))
		}
	}
}

func (e *Engine) endedByPerson(r *run) bool {
	return r.open() && e.rules.info(r.Kind).Ending == ByPerson
}

func find(runs []run, id string) *run {
	for i := range runs {
		if runs[i].Said != nil && runs[i].Said.ID == id {
			return &runs[i]
		}
	}
	return nil
}
