package rules

import "correctiond/roster"

// Period says how often something is done: Times in every span of Days days, or
// of Months months.
type Period struct{ Times, Days, Months int }

// Rhythm is what a colour asks of the person and of the office. A colour sets the
// cadence and never a legal consequence.
type Rhythm struct {
	Pace        roster.Pace // roll-call windows, unless the roster names a roll-call
	Challenges  Period      // unscheduled requests to check in (抽查)
	TrackReview Period      // of the officer (轨迹核查)
	Visit       Period      // home visits (走访)
	// FirstVisitHours is within how long after the colour began a visit is due; 0:
	// there is no such visit.
	FirstVisitHours int
}

// Cadence is the table of what each colour asks for.
func Cadence(c Colour) Rhythm {
	daily, weekly, monthly := Period{Times: 1, Days: 1}, Period{Times: 1, Days: 7}, Period{Times: 1, Months: 1}
	switch c {
	case Red:
		return Rhythm{Pace: roster.ThriceADay, Challenges: daily, TrackReview: daily, Visit: weekly, FirstVisitHours: 24}
	case Orange:
		return Rhythm{Pace: roster.TwiceADay, Challenges: Period{Times: 3, Days: 7}, TrackReview: weekly, Visit: Period{Times: 1, Days: 14}}
	case Yellow:
		return Rhythm{Pace: roster.OnceADay, Challenges: weekly, TrackReview: weekly, Visit: monthly}
	}
	return Rhythm{Pace: roster.OnceADay, Challenges: monthly, TrackReview: monthly, Visit: Period{Times: 1, Months: 3}}
}
