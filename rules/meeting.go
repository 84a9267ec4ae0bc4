package rules

import (
	"slices"

	"correctiond/roster"
)

// How long and how many positions of two people are kept. A fix from a device's
// memory is compared with where the other was then; one older than what is kept
// is compared with nothing.
const (
	pairKept = 6 * roster.Hour
	pairMax  = 256
)

// meeting is one person who carries an order, and one whom they must not meet.
// It is a timeline of the good fixes of both, in the order in which they
// happened: what arrives out of order is put in its place and what comes after
// is judged anew, as for a single person. A fix costs as much as there are
// orders about its person, however many people there are.
type meeting struct {
	Other roster.SubjectID
	Line  timeline
}

// order is one of no contact: who carries it, and whom it names.
type order struct{ carrier, other roster.SubjectID }

func newMeetSet() ruleSet {
	rule := foldRule{step: noContact, due: noContactDue, expire: noContactExpire}
	info := noContactInfo()
	return ruleSet{infos: map[Kind]*kindInfo{NoContact: &info}, fixes: []foldRule{rule}, timed: []foldRule{rule}}
}

// enlist takes the orders and the places of offices from the roster. Meetings
// whose order is gone are over.
func (e *Engine) enlist() {
	for _, s := range e.subjects {
		if s.Seldom != nil {
			s.Seldom.orders = nil
		}
	}
	for _, entry := range e.dir.Subjects() {
		for _, other := range entry.NoContact {
			o := order{entry.ID, other}
			e.subjects[o.carrier].obey(o)
			e.subjects[o.other].obey(o)
		}
		if s := e.subjects[entry.ID]; s != nil && len(s.rare().Meetings) > 0 {
			e.release(s)
		}
	}
	e.crowds.desks = e.desks()
}

// obey notes an order by or about a person, nil where the roster has none of that id.
func (s *subject) obey(o order) {
	if s != nil {
		own := s.ownRare()
		own.orders = append(own.orders, o)
	}
}

// release ends the meetings that no order forbids any more.
func (e *Engine) release(s *subject) {
	s.Seldom.Meetings = slices.DeleteFunc(s.Seldom.Meetings, func(m meeting) bool {
		if slices.Contains(s.entry.NoContact, m.Other) {
			return false
		}
		for i := range m.Line.Head.Runs {
			if r := &m.Line.Head.Runs[i]; r.open() {
				r.Ended = max(e.clock, r.Started)
			}
		}
		e.publishNew(s, m.Line.Head.Runs)
		return true
	})
}

func (s *subject) meeting(other roster.SubjectID) *meeting {
	own := s.ownRare()
	i := slices.IndexFunc(own.Meetings, func(m meeting) bool { return m.Other == other })
	if i < 0 {
		i = len(own.Meetings)
		line := timeline{Kept: pairKept, Settled: fold{Carrier: s.entry.ID}, Head: fold{Carrier: s.entry.ID}}
		own.Meetings = append(own.Meetings, meeting{Other: other, Line: line})
	}
	return &own.Meetings[i]
}

// meetOthers puts a good fix on the timelines of the orders about its person.
func (e *Engine) meetOthers(s *subject, o *observation) {
	if s.Seldom == nil || !o.fix(e.config(s)) {
		return
	}
	for _, ord := range s.Seldom.orders {
		carrier := e.subjects[ord.carrier]
		if carrier == nil {
			continue
		}
		if t := &carrier.meeting(ord.other).Line; t.accepts(o) {
			due, _ := e.enter(carrier, t, &e.meet, o)
			e.wake(carrier, due)
		}
	}
}

// partByClock ends the subject's meetings of which nothing was seen for long.
func (e *Engine) partByClock(s *subject, due roster.Instant) {
	all := s.rare().Meetings
	for i := range all {
		f := &all[i].Line.Head
		f.expire(&e.meet, e.config(s), due)
		e.publishNew(s, f.Runs)
	}
}
