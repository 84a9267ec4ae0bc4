package alerts

import (
	"strings"
	"unicode/utf8"

	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// Bounds of a silence: how far ahead it may end, and the characters of its reason.
const (
	longestSilence = 7 * roster.Day
	maxReason      = 4000
)

// Silence holds back the notices of alerts that have every property it names.
// The alerts stay on the list. It always ends by itself.
type Silence struct {
	ID       int64             `json:"id"` // given by the store
	District roster.DistrictID `json:"district"`
	Kind     rules.Kind        `json:"kind,omitempty"`
	Subject  roster.SubjectID  `json:"subject,omitempty"`
	Office   roster.OfficeID   `json:"office,omitempty"`
	Device   roster.DeviceID   `json:"device,omitempty"`
	Reason   string            `json:"reason"`
	Made     duty.Stamp        `json:"made"` // by whom, and when it began
	Until    roster.Instant    `json:"until"`
	// Ended is who ended it before its time; nil: nobody.
	Ended *duty.Stamp `json:"ended,omitempty"`
}

// Check tells what is wrong with a silence that somebody wants to begin, as a
// *duty.FieldError; nil: nothing.
func (s *Silence) Check() error {
	reason := strings.TrimSpace(s.Reason)
	for _, rule := range []struct {
		broken        bool
		field, detail string
	}{
		{s.District == "", "district", "is missing"},
		{s.everything(), "kind", "is missing, and so are subject, office and device: name at least one"},
		{loud(s.Kind), "kind", "is one that is never silent"},
		{reason == "", "reason", "is missing"},
		{utf8.RuneCountInString(reason) > maxReason, "reason", "is longer than 4000 characters"},
		{s.Made.By == "" || s.Made.At == 0, "made", "is missing"},
		{s.Until <= s.Made.At, "until", "is not in the future"},
		{s.Until > s.Made.At+longestSilence, "until", "is more than 7 days ahead"},
	} {
		if rule.broken {
			return &duty.FieldError{Field: rule.field, Detail: rule.detail}
		}
	}
	return nil
}

func (s *Silence) everything() bool {
	return s.Kind == "" && s.Subject == "" && s.Office == "" && s.Device == ""
}

// End is when the silence is over.
func (s *Silence) End() roster.Instant {
	if s.Ended != nil {
		return min(s.Ended.At, s.Until)
	}
	return s.Until
}

// Covers tells whether the silence holds back notices of the alert of an episode at
// an instant.
func (s *Silence) Covers(ep *rules.Episode, at roster.Instant) bool {
	return at >= s.Made.At && at < s.End() && mutable(ep) && ep.District == s.District &&
		fits(s.Kind, ep.Kind) && fits(s.Subject, ep.Subject) && fits(s.Office, ep.Office) && fits(s.Device, ep.Device)
}

func fits[T ~string](want, have T) bool { return want == "" || want == have }

// SilencedUntil is when the last of the silences that hold back the alert of an
// episode at an instant ends; 0: none does.
func SilencedUntil(list []Silence, ep *rules.Episode, at roster.Instant) (until roster.Instant) {
	for i := range list {
		if list[i].Covers(ep, at) {
			until = max(until, list[i].End())
		}
	}
	return until
}

// mutable tells whether any silence can hold back the alert: never a P1, a cut
// strap or a person out of contact.
func mutable(ep *rules.Episode) bool { return ep.Severity != rules.P1 && !loud(ep.Kind) }

func loud(k rules.Kind) bool { return k == rules.StrapTamper || k == rules.ContactLost }
