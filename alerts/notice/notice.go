// Package notice is what people are told about alerts: the messages, the letters a
// channel sends, what waits to be sent, and how an attempt ended. It does no I/O;
// channels and the worker of package delivery do.
package notice

import (
	"fmt"
	"time"

	"correctiond/roster"
)

// Why says for what a notice is sent.
type Why string

// Reasons of notices.
const (
	ToOpen     Why = "opened"    // the first step of the chain
	ToEscalate Why = "escalated" // a later step, or a person passed it on
	ToRepeat   Why = "repeated"  // the last step again: nobody has acknowledged
	ToReturn   Why = "returned"  // an acknowledgement timed out
	ToEnd      Why = "ended"     // the condition has ended
	ToClose    Why = "closed"
	ToDigest   Why = "digest"  // what waits, once a day
	ToOperate  Why = "operate" // to operations: a channel does not deliver
)

// Stops reports whether an acknowledgement or a closing makes the notice
// pointless: it asks somebody to act.
func (w Why) Stops() bool {
	return w == ToOpen || w == ToEscalate || w == ToRepeat || w == ToReturn || w == ToDigest
}

// Notice is a message that one officer, or the group behind a robot, is to get
// through one channel because of one step of an alert. It is stored in the
// transaction of that step, and sent later by whoever claims it.
type Notice struct {
	Alert    string
	District roster.DistrictID
	Step     int // of the alert: 0, 1, 2 … rising with every round of notices
	Why      Why
	Channel  string // name of a configured channel
	// Officer is who gets it; the address is looked up when it is sent. Empty:
	// the channel has a recipient of its own, such as a group.
	Officer roster.OfficerID
	// Due is the earliest instant to send it.
	Due roster.Instant
	// Grouped notices of one officer and channel that are due together travel in
	// one letter.
	Grouped bool
	// Follow: instead of Officer and Channel, everyone who got an earlier notice
	// of the alert. Nobody did: there is nothing to send.
	Follow  bool
	Message Message
}

// Key is what a receiver may tell duplicates by: the same for every attempt.
func (n *Notice) Key() string {
	return fmt.Sprintf("%s/%d/%s/%s", n.Alert, n.Step, n.Channel, n.Officer)
}

// Message is all that leaves the system about an alert: never a full name, a
// coordinate, an ID number or a crime. Links need sign-in.
type Message struct {
	Alert    string         `json:"alert"` // its number
	Why      Why            `json:"why"`
	Kind     string         `json:"kind"`     // what the kind is called, for people
	Severity string         `json:"severity"` // "P1" to "P4"
	Name     string         `json:"name"`     // masked, "李*"; empty: about nobody
	Office   string         `json:"office"`   // its name
	At       roster.Instant `json:"at"`       // to the minute
	Link     string         `json:"link"`
}

// Letter is what a channel sends at once: one message, or several that were
// joined for one recipient.
type Letter struct {
	Key      string // of the notice; of the first, with a digest of the others, where there are several
	Officer  roster.OfficerID
	To       string // address in the channel; empty for groups
	Messages []Message
	Lang     string         // "zh" or "en"
	Zone     *time.Location // that times are written in
}

// Receipt is what a channel remembers of a delivery.
type Receipt struct {
	Request string // id of the request, where the receiver gives one
	Answer  string // shortened, without secrets
}

// Failing says what a failed attempt means for the next one.
type Failing uint8

// Kinds of failure.
const (
	Temporary Failing = iota // try again later
	Limited                  // too many messages: wait, then join what waits
	Refused                  // this letter will never be taken
)

// SendError is why a letter was not delivered. Channels return nothing else.
type SendError struct {
	Failing Failing
	After   time.Duration // do not try sooner; 0: the sender decides
	Code    string        // of the receiver: "errcode 45009", "HTTP 503"
	Detail  string        // for the log: without secrets and personal data
}

// Error gives the code and the detail.
func (e *SendError) Error() string { return e.Code + ": " + e.Detail }
