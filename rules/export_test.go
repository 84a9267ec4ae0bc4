package rules

import "correctiond/roster"

// Words of the ladder and of the lottery that nobody outside speaks, for their tests.
type (
	Fact     = ladderFact
	Facts    = ladderFacts
	FactKind = factKind
)

const (
	FactAbsconding         = factAbsconding
	FactAdmonition         = factAdmonition
	FactEducation          = factEducation
	FactGraveBreach        = factGraveBreach
	FactLeftUnapproved     = factLeftUnapproved
	FactNotReported        = factNotReported
	FactOrderBreach        = factOrderBreach
	FactOrderBreachSerious = factOrderBreachSerious
	FactPenalty            = factPenalty
	FactPunishableBreach   = factPunishableBreach
	FactReportingBreach    = factReportingBreach
	FactReviewOverdue      = factReviewOverdue
	FactRulesBreach        = factRulesBreach
	FactWarning            = factWarning
	FactWhereaboutsRefused = factWhereaboutsRefused

	MeasureWristband = measureWristband
)

// Proposals is what the facts allow at an instant.
func (l *Ladder) Proposals(f *Facts, cal *roster.Calendar, now roster.Instant) []Proposal {
	return l.proposals(f, cal, now)
}

// Draw is when a subject of that colour is challenged on a day.
func (l *Lottery) Draw(subject roster.SubjectID, day roster.Instant, colour Colour) []roster.Instant {
	return l.draw(subject, day, colour)
}

// Restless is how many subjects are counted, and how many marked, for the daily computation.
func (e *Engine) Restless() (counted, marked int) {
	for _, s := range e.subjects {
		marked += btoi(s.Attention.restless)
	}
	return e.restless, marked
}
