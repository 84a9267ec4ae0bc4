package rules

import (
	"cmp"

	"correctiond/roster"
)

// Standing is a subject's attention at a glance; Risk explains it.
type Standing struct {
	Subject roster.SubjectID
	Office  roster.OfficeID
	Score   int
	Colour  Colour
}

// Everyone lists those under supervision, in no order. Who reads of a whole district
// asks for parts of the list, so that the engine is not held for long.
func (e *Engine) Everyone() []roster.SubjectID {
	out := make([]roster.SubjectID, 0, len(e.subjects))
	for id := range e.subjects {
		out = append(out, id)
	}
	return out
}

// StandingsOf are the standings of those people of a list who are under supervision
// still, in its order.
func (e *Engine) StandingsOf(ids []roster.SubjectID) []Standing {
	out := make([]Standing, 0, len(ids))
	var reasons []point
	for _, id := range ids {
		if s := e.subjects[id]; s != nil {
			p := e.scored(s)
			reasons = p.reasons(reasons[:0])
			out = append(out, Standing{Subject: id, Office: s.entry.Office, Score: total(p.cfg.tally(reasons)), Colour: s.Attention.Shown})
		}
	}
	return out
}

// CompareStandings is the order of lists: the reddest first, then the higher score, then
// by id.
func CompareStandings(a, b Standing) int {
	return cmp.Or(cmp.Compare(b.Colour, a.Colour), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Subject, b.Subject))
}
