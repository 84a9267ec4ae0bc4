package alerts

import (
	"correctiond/roster"
	"correctiond/rules"
)

// longestSnooze is how far an alert may be put off.
const longestSnooze = 24 * roster.Hour

// assign gives the alert to an officer. Whether the roster knows that officer is
// for the caller to see.
func (a *Alert) assign(by *Action) error {
	switch {
	case a.State == Closed:
		return closed(a)
	case by.Officer == "":
		return invalid(a, "officer", "is missing")
	}
	a.Assigned = &Assignment{Stamp: by.stamp(), Officer: by.Officer, Reason: by.Reason}
	e := by.entry()
	e.Officer = by.Officer
	a.enter(e)
	return nil
}

// escalate passes the alert on to those above, whatever its state.
func (a *Alert) escalate(by *Action) error {
	if a.State == Closed {
		return closed(a)
	}
	stamp := by.stamp()
	a.Escalated, a.Snoozed = &stamp, nil
	a.enter(by.entry())
	return nil
}

// snooze puts the alert off.
func (a *Alert) snooze(by *Action) error {
	switch {
	case a.State == Closed:
		return closed(a)
	case a.Episode.Severity <= rules.P2:
		return conflict(a, "is a P1 or P2: it cannot be put off")
	case by.Until <= by.At:
		return invalid(a, "until", "is not in the future")
	case by.Until > by.At+longestSnooze:
		return invalid(a, "until", "is more than 24 hours ahead")
	}
	a.Snoozed = &Snooze{Stamp: by.stamp(), Until: by.Until, Reason: by.Reason}
	e := by.entry()
	e.Until = by.Until
	a.enter(e)
	return nil
}

// declare writes down what a person decided about the subject because of the
// alert: the deed itself is an act about the subject, or a report.
func (a *Alert) declare(by *Action) error {
	incident := by.Type == RequestIncident
	switch {
	case incident && a.Incident != nil:
		return conflict(a, "has been reported as an incident by "+a.Incident.By)
	case !incident && a.State == Closed:
		return closed(a)
	case !incident && a.Episode.Subject == "":
		return conflict(a, "is about nobody under supervision")
	case by.Type == DeclareAbsconding && by.From == nil:
		return invalid(a, "from", "is missing: since when the person is absconding")
	}
	if incident {
		stamp := by.stamp()
		a.Incident = &stamp
	}
	e := by.entry()
	e.From = by.From
	a.enter(e)
	return nil
}
