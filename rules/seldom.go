package rules

import "correctiond/roster"

// seldom is what the engine knows of few people. Most have none, so that it stands apart:
// a subject is a fifth smaller. Its fields are exported for the snapshot only.
type seldom struct {
	Late     *timeline
	LateSaid []run
	Lost     []lost // ascending; at most the last is open
	Back     []back
	// Told are runs that ended, which a backlog may tell of again.
	Told    []run
	Ladders []ladder // ascending; at most the last is open
	// FullSince is since when a span of two months is known to be full of leave.
	FullSince roster.Instant
	Meetings  []meeting
	Acts      []ladderFact // for the legal ladder
	Confirmed []closing    // likewise, of records forgotten since

	orders []order // of no contact, by or about the person
}

// rare is what few people have, to be read: a copy, since most have none.
func (s *subject) rare() seldom {
	if s.Seldom == nil {
		return seldom{}
	}
	return *s.Seldom
}

// ownRare is the same, to be changed; made when it is first needed.
func (s *subject) ownRare() *seldom {
	if s.Seldom == nil {
		s.Seldom = new(seldom)
	}
	return s.Seldom
}
