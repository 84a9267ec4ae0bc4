package web

import (
	"context"
	"errors"
	"io"

	"correctiond/alerts"
	"correctiond/roster"
)

// Tokens finds who the secret of a token or a session belongs to. The
// implementation keeps hashes only and compares in constant time; false means
// unknown, expired or withdrawn. It is asked at every request, so that a withdrawn
// token stops at once. Used says that a person was there, which keeps a session
// alive; pages that renew themselves do not.
type Tokens interface {
	Lookup(ctx context.Context, secret string, used bool) (Identity, bool, error)
}

// ErrCursor is what Alerts answers to a cursor that it did not give out.
var ErrCursor = errors.New("the cursor is not one of this list")

// Alerts reads alerts, newest first; Groups does by person. Alert answers false for an unknown id and
// knows no scope: the server judges it.
type Alerts interface {
	Alerts(ctx context.Context, f alerts.Filter) (alerts.Page, error)
	Groups(ctx context.Context, f alerts.Filter) (alerts.GroupPage, error)
	Alert(ctx context.Context, id string) (alerts.Alert, bool, error)
}

// Actor carries out what a person decided and answers with the changed alert
// once it is durable. A refusal is an *alerts.Refusal.
type Actor interface {
	Act(ctx context.Context, id string, a alerts.Action) (alerts.Alert, error)
	// Contact notes a contact with whom the alert is about, and tells the rules what
	// came of it, reached or unreached: both are kept, or neither.
	Contact(ctx context.Context, id string, note alerts.Action, result string) (alerts.Alert, error)
}

// Changes is the durable order of what happened to alerts. Ids rise and are
// never reused, also over restarts; an alert that changed twice may appear at
// its last change only.
type Changes interface {
	// Changes answers at most limit changes with an id above after, in order.
	Changes(ctx context.Context, after int64, limit int) ([]alerts.Feed, error)
	// LastChange answers the id of the newest change, 0 when there is none.
	LastChange(ctx context.Context) (int64, error)
}

// Overview is the situation of an office or a district.
type Overview struct {
	Alerts   alerts.Tallies
	Subjects int // under supervision
	// Colours counts subjects by colour of attention, indexed by rules.Colour.
	Colours [4]int
	// RollCall is today's, by window.
	RollCall []Attendance
	// Silent is how many wristbands nobody can tell about now, and Unmonitored the
	// sum of such times today.
	Silent      int
	Unmonitored roster.Instant
	// Offices are the same of each office; empty for a single one.
	Offices []OfficeOverview
}

// Attendance counts the duties of one roll-call window.
type Attendance struct {
	roster.DutyWindow
	Due, Answered, Missed int
}

// OfficeOverview is the situation of one office of a district.
type OfficeOverview struct {
	Office   roster.OfficeID
	Subjects int
	Colours  [4]int
	Open     int // alerts that nobody has acknowledged
	Missed   int // windows of today
	Silent   int
}

// OfficerOverview is the situation of one officer of an office; the empty id stands for
// people and alerts that no officer has.
type OfficerOverview struct {
	Officer  roster.OfficerID
	Subjects int
	Colours  [4]int
	Open     int // alerts that nobody has acknowledged
}

// DayCount is how many alerts were opened on a local day, by severity, P1 first.
type DayCount struct {
	Day    roster.Instant // its first instant
	Raised [4]int
}

// Overviews counts within a scope.
type Overviews interface {
	Overview(ctx context.Context, s Scope) (Overview, error)
	// OfficerOverviews are those of the scope's office.
	OfficerOverviews(ctx context.Context, s Scope) ([]OfficerOverview, error)
	// Trend counts by day, for some days up to today.
	Trend(ctx context.Context, s Scope, days int) ([]DayCount, error)
}

// Check is the state of one part of the daemon. Detail is read by anyone who
// reaches the listener: it names no path, secret or person.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// Readiness tells whether every part can do its work.
type Readiness interface {
	Checks(ctx context.Context) []Check
}

// Offices knows what offices are called; "" for one it does not know. OfficesNamed finds
// those with a text in their name, those of exactly that name first.
type Offices interface {
	OfficeName(d roster.DistrictID, o roster.OfficeID) string
	OfficesNamed(d roster.DistrictID, text string) []roster.OfficeID
}

// Officers lists who alerts of an office can be assigned to.
type Officers interface {
	OfficersOf(d roster.DistrictID, o roster.OfficeID) []roster.Officer
}

// ErrTooLarge is what Files answers to a content beyond alerts.MaxFile.
var ErrTooLarge = errors.New("the file is larger than 10 MiB")

// Files keeps what is attached to alerts, by the SHA-256 of its content. Keep has
// stored it durably when it answers, and leaves the name empty.
type Files interface {
	Keep(ctx context.Context, content io.Reader) (alerts.File, error)
	Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, error)
}
