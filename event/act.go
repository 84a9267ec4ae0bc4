package event

import "correctiond/roster"

// ActType names what an officer did.
type ActType string

// Types of acts. The first group is of the replay format; the live daemon
// produces the same through its API.
const (
	ActContact          ActType = "contact"
	ActAck              ActType = "ack"
	ActClose            ActType = "close"
	ActNote             ActType = "note"
	ActDeclareLost      ActType = "declare_lost"
	ActDeclareAbscond   ActType = "declare_absconding"
	ActFound            ActType = "found"
	ActCustody          ActType = "custody"
	ActReportedIn       ActType = "reported_in"
	ActLeaveGranted     ActType = "leave_granted"
	ActLeaveReturned    ActType = "leave_returned"
	ActReportReceived   ActType = "report_received"
	ActVisit            ActType = "visit"
	ActChallenge        ActType = "challenge"
	ActAuthorityGranted ActType = "authority_granted"
	ActAuthorityEnded   ActType = "authority_ended"
	ActAdmonition       ActType = "admonition"
	ActWarning          ActType = "warning"
	ActPenalty          ActType = "penalty"   // public-security penalty (治安管理处罚) given
	ActEducation        ActType = "education" // told to mend their ways (经教育)
	ActColour           ActType = "colour"
	ActColourConfirmed  ActType = "colour_confirmed"
	ActFocus            ActType = "focus"
	ActQuery            ActType = "query" // the track of somebody was read, or asked for

	// Of an alert, beside ack, note and close.
	ActAssign          ActType = "assign"
	ActAttach          ActType = "attach"
	ActEscalate        ActType = "escalate"
	ActReopen          ActType = "reopen"
	ActSnooze          ActType = "snooze"
	ActRequestIncident ActType = "request_incident"
	ActIncident        ActType = "incident"      // its report of a grave incident was drafted or submitted
	ActAckTimeout      ActType = "ack_timeout"   // by the system: nobody noted anything after the acknowledgement
	ActWake            ActType = "wake"          // by the system: a snooze is over
	ActNextRung        ActType = "next_rung"     // by the system: the next rung of the chain is due
	ActNotifyFailed    ActType = "notify_failed" // by the system: a rung reached nobody
	ActHold            ActType = "hold"          // a legal hold keeps what belongs to the alert
	ActRelease         ActType = "release"       // of a legal hold
)

// Results of a query.
const (
	QueryRead       = "read"       // for a stated reason
	QueryUnreasoned = "unreasoned" // asked for without one, answered or not
	QueryRefused    = "refused"    // outside what they may read
)

// Results of an act about a report of a grave incident (重大事项).
const (
	IncidentDrafted   = "drafted"
	IncidentSubmitted = "submitted" // to the district
)

// Act is one thing an officer did. Which fields count depends on Type; Check
// says what is missing. An absent time counts as the instant of the entry.
type Act struct {
	Type    ActType          `json:"type"`
	By      string           `json:"by,omitempty"`
	Subject roster.SubjectID `json:"subject,omitempty"`
	Device  roster.DeviceID  `json:"device,omitempty"`
	Alert   string           `json:"alert,omitempty"`   // also declare_…: the alert that it was decided on
	Result  string           `json:"result,omitempty"`  // contact: reached | unreached; declare_absconding: unknown | refusing; query: read | unreasoned | refused; incident: drafted | submitted
	Outcome string           `json:"outcome,omitempty"` // close
	Reason  string           `json:"reason,omitempty"`  // close, reopen, assign, snooze, escalate, colour, focus
	Note    string           `json:"note,omitempty"`    // close, note, attach, education
	About   string           `json:"about,omitempty"`   // note: inspection | contact
	From    *roster.Date     `json:"from,omitempty"`    // custody, declare_absconding, focus
	Until   *roster.Date     `json:"until,omitempty"`   // custody, colour, focus, snooze
	Date    *roster.Date     `json:"date,omitempty"`
	Time    *roster.Date     `json:"at,omitempty"`
	Report  string           `json:"report,omitempty"` // health | medical_review | periodic
	LeaveID LeaveRef         `json:"leave,omitzero"`
	ID      string           `json:"id,omitempty"` // challenge
	Issued  *roster.Date     `json:"issued,omitempty"`
	Expires *roster.Date     `json:"expires,omitempty"`
	Grant   AuthorityRef     `json:"authority,omitzero"`
	Colour  string           `json:"colour,omitempty"`  // green | yellow | orange | red
	Officer roster.OfficerID `json:"officer,omitempty"` // assign
	File    *File            `json:"file,omitempty"`    // attach
	// Version is the alert version the officer saw; 0 in a replay: any.
	Version int `json:"version,omitempty"`
	// Token identifies the request that waits for the result; empty in a replay.
	Token string `json:"token,omitempty"`
}

// File describes a file that an act attaches; the journal does not hold its
// content.
type File struct {
	Name   string `json:"name"`
	Type   string `json:"type"`   // media type
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hex
}

// LeaveRef is the leave of an act: a whole leave when granted, an id when returned.
type LeaveRef struct {
	ID    string
	Leave *roster.Leave
}

// AuthorityRef is the authority of an act: a whole one when granted, an id when ended.
type AuthorityRef struct {
	ID        string
	Authority *roster.Authority
}
