package web

// Rights beyond alerts and people. They are counted down from the top, so that
// both lists can grow.
const (
	readTracks right = 1 << (31 - iota)
	readRoster
	manageRoster
	manageDuty // silences and rota
	readRegisters
	keepRegisters
	readReports
	readLetters
	replayLetters
	signPlans
	readAudit
	readSystem   // how each part does
	countRules   // compare thresholds, and see counts alone
	manageAccess // accounts and tokens
)

// roles lists every role.
func roles() []Role {
	return []Role{Officer, SocialWorker, OfficeHead, District, Procurator, Ops, Admin}
}

// all is what a role may do.
func (r Role) all() right { return r.rights() | r.duties() }

// duties are the rights of a role beyond alerts and people.
func (r Role) duties() right {
	const officer = readTracks | readRegisters | keepRegisters | readReports
	switch r {
	case Officer:
		return officer
	case OfficeHead:
		return officer | signPlans
	case District:
		return officer | signPlans | readRoster | manageRoster | manageDuty
	case SocialWorker:
		return readRegisters
	case Procurator:
		return readTracks | readRegisters | readReports | readRoster | readAudit
	case Ops:
		return readLetters | replayLetters | readAudit | readSystem | countRules
	case Admin:
		return readAudit | readSystem | manageAccess
	}
	return anyone
}
