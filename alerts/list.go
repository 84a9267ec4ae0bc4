package alerts

import (
	"correctiond/roster"
	"correctiond/rules"
)

// MaxPage is the largest number of alerts in one page of a list.
const MaxPage = 500

// Filter selects alerts; an empty field selects all.
type Filter struct {
	District   roster.DistrictID
	States     []State
	Severities []rules.Severity
	Kind       rules.Kind
	Office     roster.OfficeID
	Officer    roster.OfficerID
	Subject    roster.SubjectID
	// Subjects, if any, are the only ones that alerts are about.
	Subjects []roster.SubjectID
	// Hidden are those whom a list by person does not name: their alerts are among
	// those about nobody.
	Hidden []roster.SubjectID
	// From and Until bound the opening: [From, Until), 0 leaves a side open.
	From, Until roster.Instant
	// Limit is 1 … MaxPage; 0 means 50.
	Limit int
	// Cursor is the Next of the page before, empty for the first.
	Cursor string
}

// Page is one page of a list, newest first.
type Page struct {
	Items []Alert
	Next  string // cursor of the next page, empty at the end
}

// GroupMax is the largest number of alerts that come along with a group.
const GroupMax = 20

// Group is the alerts about one person that a filter selects.
type Group struct {
	Subject            roster.SubjectID // empty: about nobody
	Count              int
	Open, Acknowledged int
	Severity           rules.Severity // the gravest
	Newest             roster.Instant // when the newest was opened
	Alerts             []Alert        // up to GroupMax, newest first
}

// GroupPage is one page of a list by person, the one with the newest alert first.
type GroupPage struct {
	Items []Group
	Next  string // cursor of the next page, empty at the end
}

// Feed is one entry of the change feed.
type Feed struct {
	ID   int64 // rises with each change
	What Change
	At   roster.Instant
	// Alert as it is now, which may be later than the change.
	Alert Alert
}

// Tally counts the alerts of one severity.
type Tally struct {
	Open, Acknowledged, Closed int
	// Oldest is when the oldest unacknowledged one was opened, 0 without one.
	Oldest roster.Instant
}

// Tallies counts by severity, P1 first.
type Tallies [4]Tally

// Of gives the tally of a severity.
func (t *Tallies) Of(s rules.Severity) *Tally { return &t[(s-rules.P1)&3] }

// Summary is what an overview shows of the alerts in its scope.
type Summary struct {
	Total   Tallies
	Offices map[roster.OfficeID]*Tallies // "" holds alerts of no office
}

// Add counts n alerts of a state, of which the oldest was opened at oldest.
func (t *Tally) Add(state State, n int, oldest roster.Instant) {
	switch state {
	case Closed:
		t.Closed += n
	case Acknowledged:
		t.Acknowledged += n
	case Open:
		t.Open += n
		if t.Oldest == 0 || oldest < t.Oldest {
			t.Oldest = oldest
		}
	}
}
