// Package alerts is what people handle: an episode becomes an alert of the same
// id, which is acknowledged, noted and closed with an outcome. Two functions
// move it, Observe for what the rules saw and Act for what a person did. Both
// are pure: they take the time as an argument and return a new value.
//
// What happened (the episode) and what people did with it (state, outcome,
// stamps, notes) lie apart, and neither ever overwrites the other.
package alerts

import (
	"correctiond/roster"
	"correctiond/rules"
)

// State of an alert; independent of whether its condition still holds.
type State string

// States of an alert.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Closed       State = "closed"
)

// Outcome says what an alert turned out to be.
type Outcome string

// Closing outcomes. Recovered is set by the system only.
const (
	Confirmed Outcome = "confirmed" // 属实
	Excused   Outcome = "excused"   // 有正当理由
	Technical Outcome = "technical" // 设备或信号
	Unfounded Outcome = "unfounded" // 误报
	Recovered Outcome = "recovered" // 条件已恢复
)

// System is the actor of what no person did.
const System = "system"

// Stamp says who did something and when.
type Stamp struct {
	By string         `json:"by"`
	At roster.Instant `json:"at"`
}

// About says what a note records.
type About string

// What notes record, beside plain remarks (empty).
const (
	Inspection About = "inspection" // the device was inspected (查验腕带)
	Contact    About = "contact"    // the person was contacted, or it was tried
)

// Note is a remark of a person on an alert.
type Note struct {
	Stamp
	Text  string `json:"text"`
	About About  `json:"about,omitempty"`
}

// Alert is an episode with its handling. Version rises by one with each change
// of either; it is the ETag of the API.
type Alert struct {
	Episode      rules.Episode `json:"episode"`
	State        State         `json:"state"`
	Outcome      Outcome       `json:"outcome,omitempty"`
	Acknowledged *Stamp        `json:"acknowledged,omitempty"`
	Closed       *Stamp        `json:"closed,omitempty"`
	CloseReason  string        `json:"close_reason,omitempty"`
	Notes        []Note        `json:"notes,omitempty"`
	Version      int           `json:"version"`
}

// Condition tells whether what raised the alert still holds: "active" or "ended".
func (a *Alert) Condition() string {
	if a.Episode.Ended != 0 {
		return "ended"
	}
	return "active"
}

func (a *Alert) close(outcome Outcome, by string, at roster.Instant) {
	a.State, a.Outcome = Closed, outcome
	a.Closed = &Stamp{By: by, At: at}
}
