package rules

import (
	"cmp"
	"slices"

	"correctiond/roster"
)

// Standing is a subject's attention at a glance; Risk explains it.
type Standing struct {
	Subject roster.SubjectID
	Office  roster.OfficeID
	Score   int
	Colour  Colour
}

// Standings lists everyone under supervision: the reddest first, then the higher
// score, then by id.
func (e *Engine) Standings() []Standing {
	out := make([]Standing, 0, len(e.subjects))
	var reasons []point
	for id, s := range e.subjects {
		p := e.scored(s)
		reasons = p.reasons(reasons[:0])
		out = append(out, Standing{Subject: id, Office: s.entry.Office, Score: total(p.cfg.tally(reasons)), Colour: s.Attention.Shown})
	}
	slices.SortFunc(out, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Colour, a.Colour), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Subject, b.Subject))
	})
	return out
}
