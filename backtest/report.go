// Package backtest says what a rule set would have meant for the people who work
// with it: how many alerts, for whom, how many of them were true, and, when two
// rule sets ran over the same input, which alerts appear, vanish or move. A change
// of thresholds is proposed with such a comparison attached.
//
// It is pure: what the rules found comes in, a Report comes out, and two writers
// turn that into text and into one HTML page that needs nothing else.
package backtest

import (
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Run is what one rule set found.
type Run struct {
	Name    string // of the rule file, empty for the built-in thresholds
	Version string // of its thresholds
	Alerts  []alerts.Alert
}

// Input is one run, or two over the same events: the rules as they are, then those
// proposed.
type Input struct {
	From, Until roster.Instant // of the clock of the runs
	Location    *time.Location // of days
	Offices     []roster.Office
	Runs        []Run
}

// Tally counts alerts. Judged are those that a person closed with an outcome,
// Confirmed the ones of them that were true.
type Tally struct {
	Alerts, Urgent, Judged, Confirmed int
}

// Both is a figure under the rules as they are and under those proposed; without
// a comparison Next is zero.
type Both struct{ Now, Next Tally }

// Set names a rule set and counts everything it found.
type Set struct {
	Name, Version string
	Tally
}

// KindRow is what happens to the alerts of one kind.
type KindRow struct {
	Kind  rules.Kind
	Label rules.Text
	Both
	Appear, Vanish, Move int
}

// OfficerRow is the work of one officer; Officer is empty for alerts that are
// nobody's in particular.
type OfficerRow struct {
	Officer roster.OfficerID
	Office  roster.OfficeID
	Name    string // of the office
	Both
}

// DayRow is how many alerts were opened on one local day.
type DayRow struct {
	Day       time.Time
	Now, Next int
}

// What becomes of an alert under the other rules.
type What string

// Kinds of changes.
const (
	Appears  What = "appears"
	Vanishes What = "vanishes"
	Moves    What = "moves" // starts, ends, is raised or weighs differently
)

// Facts are what a change may alter.
type Facts struct {
	Started, Ended roster.Instant // Ended zero: it goes on
	Opened         roster.Instant // when people were told
	Severity       rules.Severity
}

// Change is one alert that differs. Now is nil for one that appears, Next for one
// that vanishes. Outcome is what a person closed it with; empty: nobody did.
type Change struct {
	What    What
	Kind    rules.Kind
	Label   rules.Text
	ID      string
	Subject roster.SubjectID
	Device  roster.DeviceID
	Office  roster.OfficeID
	Officer roster.OfficerID
	Now     *Facts
	Next    *Facts
	Outcome alerts.Outcome
}

// Report is everything that is said; its order is always the same.
type Report struct {
	From, Until time.Time
	Days        int // local days touched, at least 1
	Compared    bool
	Sets        []Set
	Kinds       []KindRow
	Officers    []OfficerRow
	Daily       []DayRow
	Changes     []Change
	// Lost are the confirmed alerts that vanish, Weaker those that keep a lower
	// severity.
	Lost, Weaker []Change
}

// Changed tells whether anything of the kind differs.
func (k *KindRow) Changed() bool { return k.Appear+k.Vanish+k.Move > 0 }

// PerDay is alerts per day.
func (r *Report) PerDay(n int) float64 { return float64(n) / float64(max(r.Days, 1)) }

// Yield is the share of the judged alerts that was confirmed; false: none was
// judged.
func (t Tally) Yield() (share float64, known bool) {
	if t.Judged == 0 {
		return 0, false
	}
	return float64(t.Confirmed) / float64(t.Judged), true
}

// PerFinding is how many judged alerts there were for each confirmed one; false:
// none was confirmed.
func (t Tally) PerFinding() (alerts float64, known bool) {
	if t.Confirmed == 0 {
		return 0, false
	}
	return float64(t.Judged) / float64(t.Confirmed), true
}
