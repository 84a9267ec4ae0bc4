package rules

import (
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// record is what the attention score and the backlog remember of one episode and
// of how its alert stands. Its fields are exported for the snapshot only.
type record struct {
	ID     string
	Kind   Kind
	Office roster.OfficeID // of an episode about no subject, or about one who left
	// Urgent is since when it has its severity.
	Started, Opened, Urgent, Ended roster.Instant
	Acked, Closed                  roster.Instant
	// Returned is when the alert last came back to be open, by a person or because
	// its acknowledgement timed out; Reopened by a person only.
	Returned, Reopened roster.Instant
	Missed             []roster.Instant // deadlines of missed windows
	Severity           Severity
	Outcome            outcome
	Report             report // of a grave incident
	Retracted          bool
}

// report is how far a report of a grave incident (重大事项) has come.
type report uint8

const (
	noReport report = iota
	drafted
	submitted // to the district
)

// outcome is how an alert was closed, in one byte.
type outcome uint8

const (
	notClosed outcome = iota
	confirmed
	excused
	technical
	unfounded
	recovered // by the system
)

func outcomes() []string {
	return []string{"", "confirmed", "excused", "technical", "unfounded", "recovered"}
}

func (o outcome) String() string { return outcomes()[o] }

// outcomeOf reads an outcome; what it does not know says nothing.
func outcomeOf(s string) outcome { return outcome(max(slices.Index(outcomes(), s), 0)) }

// dossierKept is how long a record stays that says nothing any more: until then
// late data may correct its episode.
const dossierKept = 14 * roster.Day

// open reports whether the alert waits for a person.
func (r *record) open() bool { return r.Closed == 0 }

// unreported: it is a confirmed P1 whose report is drafted and goes no further.
func (r *record) unreported() bool {
	return r.Closed != 0 && r.Outcome == confirmed && r.Severity == P1 && r.Report == drafted
}

// waits reports whether somebody has yet to do something about the alert.
func (r *record) waits() bool { return r.open() || r.unreported() }

// active reports whether the condition goes on, as far as people have not
// closed the matter.
func (r *record) active() bool { return r.Ended == 0 && r.Closed == 0 }

// void reports whether the episode counts for nothing: it never held, or its
// alert was a false one.
func (r *record) void() bool {
	return r.Retracted || r.Outcome == technical || r.Outcome == unfounded
}

// archive enters a state of an episode; s is nil when it is about no subject.
func (e *Engine) archive(s *subject, ep *Episode, r *run) {
	rec := e.record(ep.ID)
	switch {
	case rec == nil && s != nil:
		s.Attention.Records = append(s.Attention.Records, record{ID: ep.ID, Kind: ep.Kind})
		rec = &s.Attention.Records[len(s.Attention.Records)-1]
		e.owners[ep.ID] = s
	case rec == nil:
		rec = &record{ID: ep.ID, Kind: ep.Kind}
		e.loose[ep.ID], e.owners[ep.ID] = rec, nil
		e.arm()
	}
	if s == nil {
		rec.Office = ep.Office
	}
	if (rec.Closed != 0 || rec.Returned != 0) && ep.Ended == 0 && e.rules.info(ep.Kind).Ending == ByPerson {
		ep.Ended = rec.Ended
	}
	if rec.Urgent == 0 || ep.Severity != rec.Severity {
		rec.Urgent = e.clock
	}
	rec.Started, rec.Opened, rec.Ended = ep.Started, ep.Opened, ep.Ended
	rec.Severity, rec.Retracted, rec.Missed = ep.Severity, ep.Retracted, r.Proof.Deadlines
	e.await(s, rec)
	e.touch(s)
}

// record finds what is remembered of an episode; nil: nothing.
func (e *Engine) record(id string) *record {
	s, known := e.owners[id]
	switch {
	case !known:
		return nil
	case s == nil:
		return e.loose[id]
	}
	i := slices.IndexFunc(s.Attention.Records, func(r record) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Attention.Records[i]
}

// handled enters what a person did with an alert. What the alert refuses never
// gets here; what changes nothing is passed over.
func (e *Engine) handled(a *event.Act) {
	rec := e.record(a.Alert)
	if rec == nil || (rec.Closed != 0) != (a.Type == event.ActReopen) {
		return
	}
	switch {
	case a.Type == event.ActAck && rec.Acked == 0:
		rec.Acked = e.clock
	case a.Type == event.ActAckTimeout && rec.Acked != 0:
		rec.Acked, rec.Returned = 0, e.clock
	case a.Type == event.ActReopen:
		rec.Acked, rec.Closed, rec.Outcome = 0, 0, notClosed
		rec.Returned, rec.Reopened = e.clock, e.clock
	case a.Type == event.ActClose:
		e.closed(rec, outcomeOf(a.Outcome))
	}
	e.await(e.owners[a.Alert], rec)
	e.touch(e.owners[a.Alert])
}

// reported enters how far the report of an alert has come.
func (e *Engine) reported(a *event.Act) {
	rec := e.record(a.Alert)
	if rec == nil {
		return
	}
	if rec.Report = max(rec.Report, drafted); a.Result == event.IncidentSubmitted {
		rec.Report = submitted
	}
	e.await(e.owners[a.Alert], rec)
}

// closed enters that a person closed an alert.
func (e *Engine) closed(rec *record, o outcome) {
	rec.Closed, rec.Outcome = e.clock, o
	if rec.Ended == 0 && e.rules.info(rec.Kind).Ending == ByPerson {
		rec.Ended = e.clock
	}
	if s := e.owners[rec.ID]; s != nil && rec.Kind == AbscondingLadder {
		s.voidLadder(rec)
	}
}

// settleAlerts closes what closes by itself, as the alerts do with the same
// states: nobody took it up, and its condition ended or never held, but not
// before it came back to be open.
func (e *Engine) settleAlerts(episodes []Episode) {
	for i := range episodes {
		rec := e.record(episodes[i].ID)
		switch {
		case rec == nil || rec.Acked != 0 || rec.Closed != 0:
		case rec.Retracted:
			if rec.Severity >= P3 && rec.Returned == 0 {
				rec.Closed, rec.Outcome = e.clock, technical
			}
		case rec.Ended > rec.Returned && rec.Severity != P1 && e.rules.info(rec.Kind).Ending == Auto:
			rec.Closed, rec.Outcome = e.clock, recovered
		}
		if rec != nil {
			e.await(e.owners[rec.ID], rec)
		}
	}
}

// settled reports whether neither an event nor a person changes the record any
// more.
func (r *record) settled(now roster.Instant) bool {
	return r.Ended != 0 && !r.waits() && max(r.Ended, r.Opened, r.Closed) < now-dossierKept
}

// orphan keeps the open alerts of a subject who leaves the roster.
func (e *Engine) orphan(s *subject) {
	for i := range s.Attention.Records {
		rec := s.Attention.Records[i]
		if !rec.waits() {
			delete(e.owners, rec.ID)
			continue
		}
		rec.Office = s.entry.Office
		e.loose[rec.ID], e.owners[rec.ID] = &rec, nil
	}
	s.Attention.Records = nil
}

// forgetLoose drops what is settled of the episodes about no subject.
func (e *Engine) forgetLoose() {
	for id, rec := range e.loose {
		if rec.settled(e.clock) {
			delete(e.loose, id)
			delete(e.owners, id)
		}
	}
}

// forget drops the subject's records that say nothing any more, and remembers
// until when the person was not free of episodes, and what was confirmed.
func (e *Engine) forget(s *subject) {
	risk := &e.config(s).Risk
	a := &s.Attention
	a.Records = slices.DeleteFunc(a.Records, func(r record) bool {
		if !r.settled(e.clock) || risk.worth(&r, e.clock) {
			return false
		}
		if r.spoils() {
			a.Spoiled = max(a.Spoiled, r.Ended)
		}
		if c, ok := r.closing(); ok {
			own := s.ownRare()
			own.Confirmed = append(own.Confirmed, c)
		}
		delete(e.owners, r.ID)
		return true
	})
}

// Handling is how the alert of an episode stands, as far as the score and the
// backlog are concerned. Instants are 0 for what has not happened.
type Handling struct {
	Acked, Closed roster.Instant
	Outcome       string // confirmed … recovered; empty: not closed
}

// Handling returns how an alert stands; false when the engine remembers none of
// that id.
func (e *Engine) Handling(id string) (Handling, bool) {
	r := e.record(id)
	if r == nil {
		return Handling{}, false
	}
	return Handling{Acked: r.Acked, Closed: r.Closed, Outcome: r.Outcome.String()}, true
}
