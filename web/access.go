package web

import (
	"fmt"

	"correctiond/alerts"
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
}

// Scope is what part of the register someone sees: a district, or one of its
// offices. The zero Scope is nothing.
type Scope struct {
	District roster.DistrictID
	Office   roster.OfficeID // empty: the whole district
}

// Covers tells whether a lies within s.
func (s Scope) Covers(a *alerts.Alert) bool {
	return s.District != "" && a.Episode.District == s.District &&
		(s.Office == "" || a.Episode.Office == s.Office)
}

// narrow limits s to an office; false when s does not contain it.
func (s Scope) narrow(o roster.OfficeID) (Scope, bool) {
	if o == "" || o == s.Office {
		return s, true
	}
	if s.Office != "" {
		return Scope{}, false
	}
	return Scope{District: s.District, Office: o}, true
}

// right is one thing a route may ask for.
type right uint16

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
)

// rights of a role, without regard to scope.
func (r Role) rights() right {
	switch r {
	case Officer:
		return signedIn | readAlerts | readSubjects | recordDeeds | noteAlerts | actAlerts | readFiles
	case OfficeHead, District:
		return signedIn | readAlerts | readSubjects | recordDeeds | noteAlerts | actAlerts | readFiles | assignAlerts
	case SocialWorker:
		return signedIn | readAlerts | readSubjects | noteAlerts
	case Procurator:
		return signedIn | readAlerts | readSubjects | readFiles
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

// allowed tells whether id has the right, and the scope that it works in.
func (id Identity) allowed(need right) (Scope, bool) {
	if id.Role.rights()&need != need {
		return Scope{}, false
	}
	scope, ok := id.scope()
	personal := need&(readAlerts|readSubjects|recordDeeds|noteAlerts|actAlerts|assignAlerts|readFiles) != 0
	return scope, ok || !personal
}
