package web

import (
	"context"

	"correctiond/roster"
	"correctiond/rules"
)

// Person is what API and pages know of a subject. Name is the full one; only
// Masked leaves the server.
type Person struct {
	ID       roster.SubjectID
	District roster.DistrictID
	Office   roster.OfficeID
	Officer  roster.OfficerID
	Name     string
	Kind     roster.SubjectKind
	Level    roster.Level
	Minor    bool
	TermEnds roster.Instant // 0: open
	Devices  []Equipment
	Risk     rules.Risk
	// Proposals are what the agency may propose by law; nobody has decided them.
	Proposals []rules.Proposal
}

// Equipment is a device bound to a person now.
type Equipment struct {
	Device roster.DeviceID
	Kind   roster.DeviceKind
	// AuthorityEnds is when the authority to locate ends; 0: there is none.
	AuthorityEnds roster.Instant
}

// Masked is the name as it may be shown: the surname and a star. The
// file of a minor is sealed (社区矫正法 Article 55): not even that.
func (p *Person) Masked() string {
	if p.Minor {
		return "*"
	}
	return roster.Mask(p.Name)
}

// SubjectFilter selects people within a scope. The zero Colours are all.
type SubjectFilter struct {
	Scope
	Colours []rules.Colour
	Query   string // part of the id, or of the name
	Subject roster.SubjectID
	After   Place // of the last one on the page before
	Limit   int
}

// Place is where someone stands in the list: the reddest first, then the highest
// score, then by id. The zero Place is before everyone.
type Place struct {
	Rank    uint8            `json:"c"` // of the colour
	Score   int              `json:"s"`
	Subject roster.SubjectID `json:"i"`
}

// PlaceOf is where a person stands.
func PlaceOf(r *rules.Risk) Place { return Place{uint8(r.Colour), r.Score, r.Subject} }

// Before reports whether p stands before o.
func (p Place) Before(o Place) bool {
	switch {
	case p.Subject == "" || o.Subject == "":
		return p.Subject == "" && o.Subject != ""
	case p.Rank != o.Rank:
		return p.Rank > o.Rank
	case p.Score != o.Score:
		return p.Score > o.Score
	}
	return p.Subject < o.Subject
}

// People is one page of the register, in the order of Place.
type People struct {
	Items []Person
	More  bool
}

// Register reads who is under supervision. Within a filter's scope only.
type Register interface {
	Subjects(ctx context.Context, f SubjectFilter) (People, error)
	// RollCall reads a page of the duties of a local day, as they stand now.
	RollCall(ctx context.Context, f RollFilter) (Roll, error)
	// Names are the masked names of those of a list who are within the scope.
	Names(ctx context.Context, s Scope, ids []roster.SubjectID) (map[roster.SubjectID]string, error)
}

// RollFilter selects duties of windows that begin on a local day, given by its first
// instant.
type RollFilter struct {
	Scope
	Day    roster.Instant
	Begins roster.Instant // only the windows that begin then; 0: all
	After  *rules.Turn    // of the last one on the page before
	Limit  int            // 0: counts alone
}

// Roll is one page of a roll-call, by window and then by id.
type Roll struct {
	// Counts are of all duties that the filter selects, by window and office.
	Counts []rules.Attendance
	Duties []Duty
	More   bool
}

// Duty is someone's turn at a roll-call window.
type Duty struct {
	rules.Turn
	Name    string // masked
	Officer roster.OfficerID
}
