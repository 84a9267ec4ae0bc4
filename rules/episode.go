package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"correctiond/roster"
)

// Kind names what an episode is about, as written in alerts and files.
type Kind string

// Severity of an episode: P1 act now, P2 this shift, P3 today, P4 digest.
type Severity uint8

// Severities, the most urgent first.
const (
	P1 Severity = 1 + iota
	P2
	P3
	P4
)

// String gives "P1" … "P4".
func (s Severity) String() string { return "P" + string('0'+rune(s)) }

// MarshalText writes "P1" … "P4".
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "P1" … "P4".
func (s *Severity) UnmarshalText(b []byte) error {
	if len(b) != 2 || b[0] != 'P' || b[1] < '1' || b[1] > '4' {
		return fmt.Errorf("%q is no severity: write P1, P2, P3 or P4", b)
	}
	*s = Severity(b[1] - '0')
	return nil
}

// Ending says what ends an episode and its alert.
type Ending uint8

// How episodes of a kind end. Auto: the end of the condition also closes an
// unacknowledged alert (never P1) as recovered. ByEvent: the end is recorded, a
// person closes. ByPerson: only an act ends it.
const (
	Auto Ending = 1 + iota
	ByEvent
	ByPerson
)

// Text is a sentence for people, in both languages of the daemon.
type Text struct {
	ZH string `json:"zh" yaml:"zh"`
	EN string `json:"en" yaml:"en"`
}

// In returns the sentence in "en" or, for anything else, Chinese.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// SeverityStep is one row of an episode's severity history.
type SeverityStep struct {
	At       roster.Instant `json:"at"`
	Severity Severity       `json:"severity"`
}

// Episode is one thing that happened: one outing, one silence, one tampering,
// however many events it has. The engine returns the whole episode at each
// change; the last one wins.
type Episode struct {
	ID       string            `json:"id"`
	Kind     Kind              `json:"kind"`
	Severity Severity          `json:"severity"`
	District roster.DistrictID `json:"district"`
	Subject  roster.SubjectID  `json:"subject,omitempty"`
	Device   roster.DeviceID   `json:"device,omitempty"`
	Office   roster.OfficeID   `json:"office,omitempty"`
	Officer  roster.OfficerID  `json:"officer,omitempty"`
	// Started is when the condition began, Opened when the alert was raised,
	// Ended when the condition stopped (zero: it goes on).
	Started roster.Instant `json:"started"`
	Opened  roster.Instant `json:"opened"`
	Ended   roster.Instant `json:"ended,omitempty"`
	// Late: raised from data received more than 15 minutes after it happened.
	Late bool `json:"late,omitempty"`
	// Count of merged occurrences: windows missed, strap events, steps …
	Count    int            `json:"count"`
	History  []SeverityStep `json:"severity_history"`
	Reason   Text           `json:"reason"`
	Rules    string         `json:"rule_version"`
	Evidence map[string]any `json:"evidence,omitempty"`
	// Retracted: later data showed that the condition never held.
	Retracted bool `json:"retracted,omitempty"`
}

// EpisodeID derives the id of an episode from its kind, key and start: the
// first 16 hex digits of SHA-256 over "kind|key|started", the start in UTC with
// milliseconds.
func EpisodeID(kind Kind, key string, started roster.Instant) string {
	var room [128]byte // most texts fit
	text := append(append(append(append(room[:0], kind...), '|'), key...), '|')
	sum := sha256.Sum256(started.Time(time.UTC).AppendFormat(text, "2006-01-02T15:04:05.000Z"))
	return hex.EncodeToString(sum[:8])
}
