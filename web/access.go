package web

import (
	"fmt"

	"correctiond/roster"
)

// Role says what a person may do, and how far they may look.
type Role string

// The roles.
const (
	Officer      Role = "officer"       // 矫正工作人员
	SocialWorker Role = "social_worker" // 社工
	OfficeHead   Role = "office_head"   // 司法所所长
	District     Role = "district"      // 区县社区矫正机构
	Procurator   Role = "procurator"    // 检察院
	Ops          Role = "ops"           // 运维
	Admin        Role = "admin"
)

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Officer, SocialWorker, OfficeHead, District, Procurator, Ops, Admin:
		return r, nil
	}
	return "", fmt.Errorf("%q is not a role: use officer, social_worker, office_head, district, procurator, ops or admin", s)
}

// Identity is who asks. Name is what is recorded as the actor of a change.
// Roles that deal with persons need a District; those of an office an Office,
// too. Without them they see nothing.
type Identity struct {
	Name     string
	Role     Role
	District roster.DistrictID
	Office   roster.OfficeID
	// Officer is who they are in the roster, empty when nobody there has their name
	// as user.
	Officer roster.OfficerID
	// Minors: may see the sealed files of minors.
	Minors bool
	// Password: they signed in by a password of this service. MustChange: it was
	// printed, and serves only to choose another.
	Password, MustChange bool
}

// right is one thing a route may ask for.
type right uint32

const (
	anyone   right = 0         // no sign-in
	signedIn right = 1 << iota // any role
	readAlerts
	readSubjects
	recordDeeds
	noteAlerts
	actAlerts
	readMetrics
	assignAlerts
	readFiles // evidence is not masked
	recordVisits
	confirmColours // from red to a lower colour
	revealNames
	approveEvidence
)

// rights of a role, without regard to scope.
func (r Role) rights() right {
	const officer = signedIn | readAlerts | readSubjects | recordDeeds | recordVisits | noteAlerts | actAlerts | readFiles | revealNames
	switch r {
	case Officer:
		return officer
	case OfficeHead, District:
		return officer | assignAlerts | confirmColours | approveEvidence
	case SocialWorker:
		return signedIn | readAlerts | readSubjects | noteAlerts | recordVisits
	case Procurator:
		return signedIn | readAlerts | readSubjects | readFiles | approveEvidence
	case Ops:
		return signedIn | readMetrics
	case Admin:
		return signedIn
	}
	return anyone
}

// scope of an identity; false for one that may see no person's data.
func (id Identity) scope() (Scope, bool) {
	if id.District == "" {
		return Scope{}, false
	}
	switch id.Role {
	case District, Procurator:
		return Scope{District: id.District}, true
	case Officer, OfficeHead, SocialWorker:
		return Scope{District: id.District, Office: id.Office}, id.Office != ""
	}
	return Scope{}, false
}

// impersonal are the rights that concern no person's data; all others need a scope.
const impersonal = signedIn | readMetrics | readLetters | replayLetters | readSystem | countRules | manageAccess

// may tells whether a role has the right.
func (r Role) may(need right) bool { return r.all()&need == need }
