package alerts

import (
	"time"

	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// EpisodeLine is an alert in the form of a replay's output: what happened, and
// whether a person still has to deal with it. An acknowledged alert counts as
// open. What is absent is null.
type EpisodeLine struct {
	ID        string         `json:"id"`
	Kind      rules.Kind     `json:"kind"`
	Severity  rules.Severity `json:"severity"`
	Subject   *string        `json:"subject"`
	Device    *string        `json:"device"`
	Office    *string        `json:"office"`
	Started   *string        `json:"started"`
	Opened    *string        `json:"opened"`
	Ended     *string        `json:"ended"`
	Late      bool           `json:"late"`
	Count     int            `json:"count"`
	State     State          `json:"state"`
	Outcome   *string        `json:"outcome"`
	History   []stepLine     `json:"severity_history"`
	Reason    string         `json:"reason"`
	Rules     string         `json:"rule_version"`
	Evidence  map[string]any `json:"evidence"`
	Retracted bool           `json:"retracted,omitempty"`
}

// stepLine is one row of a severity history.
type stepLine struct {
	At       *string        `json:"at"`
	Severity rules.Severity `json:"severity"`
}

// stampLine says who did something, when, and for a closing why.
type stampLine struct {
	By     string  `json:"by"`
	At     *string `json:"at"`
	Reason string  `json:"reason,omitempty"`
}

// noteLine is a note as people read it.
type noteLine struct {
	stampLine
	Text  string `json:"text"`
	About About  `json:"about,omitempty"`
}

// assignLine says who is to deal with an alert.
type assignLine struct {
	stampLine
	Officer string `json:"officer"`
}

// snoozeLine says until when an alert is put off.
type snoozeLine struct {
	stampLine
	Until *string `json:"until"`
}

// fileLine is an attached file.
type fileLine struct {
	stampLine
	File
}

// Document is an alert in the form of the API: the replay's fields, of which
// State tells acknowledged from open, and its handling.
type Document struct {
	EpisodeLine
	Condition    string      `json:"condition"`
	Officer      *string     `json:"officer"`
	Acknowledged *stampLine  `json:"acknowledged"`
	Closed       *stampLine  `json:"closed"`
	Assigned     *assignLine `json:"assigned"`
	Escalated    *stampLine  `json:"escalated"`
	Snoozed      *snoozeLine `json:"snoozed"`
	Incident     *stampLine  `json:"incident"`
	Held         *stampLine  `json:"held,omitempty"` // by a legal hold
	Notes        []noteLine  `json:"notes"`
	Files        []fileLine  `json:"files"`
	Version      int         `json:"version"`
	Label        string      `json:"label"`
	// Silenced alerts stay on the list and notify nobody.
	Silenced bool `json:"silenced"`
	// Timeline is everything that happened, oldest first; absent in lists.
	Timeline []TimelineRow `json:"timeline,omitempty"`
	// Notifications are who was to be told, and every attempt; absent in lists.
	Notifications []notifiedLine `json:"notifications,omitzero"`
}

// Line writes an alert for a replay, with times in loc and the reason in lang
// ("en", else Chinese).
func Line(a *Alert, lang string, loc *time.Location) EpisodeLine {
	ep := &a.Episode
	line := EpisodeLine{
		ID: ep.ID, Kind: ep.Kind, Severity: ep.Severity,
		Subject: orNull(ep.Subject), Device: orNull(ep.Device), Office: orNull(ep.Office),
		Started: clock(ep.Started, loc), Opened: clock(ep.Opened, loc), Ended: clock(ep.Ended, loc),
		Late: ep.Late, Count: ep.Count, State: a.State, Outcome: orNull(a.Outcome),
		History: make([]stepLine, 0, len(ep.History)),
		Reason:  ep.Reason.In(lang), Rules: ep.Rules, Evidence: ep.Evidence, Retracted: ep.Retracted,
	}
	if line.State == Acknowledged {
		line.State = Open
	}
	for _, s := range ep.History {
		line.History = append(line.History, stepLine{At: clock(s.At, loc), Severity: s.Severity})
	}
	if line.Evidence == nil {
		line.Evidence = map[string]any{}
	}
	return line
}

// View writes an alert for the API; label is what its kind is called.
func View(a *Alert, label rules.Text, lang string, loc *time.Location) Document {
	d := Document{
		EpisodeLine: Line(a, lang, loc),
		Condition:   a.Condition(), Officer: orNull(a.Officer()),
		Acknowledged: stamped(a.Acknowledged, "", loc), Closed: stamped(a.Closed, a.CloseReason, loc),
		Escalated: stamped(a.Escalated, "", loc), Incident: stamped(a.Incident, "", loc),
		Held:  stamped(a.Held, "", loc),
		Notes: []noteLine{}, Files: []fileLine{}, Version: a.Version, Label: label.In(lang), Silenced: a.Silenced,
	}
	d.State = a.State
	if s := a.Assigned; s != nil {
		d.Assigned = &assignLine{stampLine: *stamped(&s.Stamp, s.Reason, loc), Officer: string(s.Officer)}
	}
	if s := a.Snoozed; s != nil {
		d.Snoozed = &snoozeLine{stampLine: *stamped(&s.Stamp, s.Reason, loc), Until: clock(s.Until, loc)}
	}
	for _, n := range a.Notes() {
		d.Notes = append(d.Notes, noteLine{stampLine: *stamped(&n.Stamp, "", loc), Text: n.Text, About: n.About})
	}
	for _, f := range a.Files() {
		d.Files = append(d.Files, fileLine{stampLine: *stamped(&f.Stamp, "", loc), File: f.File})
	}
	return d
}

// Detail is View with the timeline and who was told.
func Detail(a *Alert, told []notice.Sending, label rules.Text, lang string, loc *time.Location) Document {
	d := View(a, label, lang, loc)
	d.Timeline, d.Notifications = timeline(a, told, loc), notified(told, loc)
	return d
}

func orNull[T ~string](v T) *string {
	if v == "" {
		return nil
	}
	s := string(v)
	return &s
}

// clock writes RFC 3339, with milliseconds only where there are some.
func clock(t roster.Instant, loc *time.Location) *string {
	if t == 0 {
		return nil
	}
	layout := time.RFC3339
	if t%roster.Second != 0 {
		layout = "2006-01-02T15:04:05.000Z07:00"
	}
	s := t.Time(loc).Format(layout)
	return &s
}

func stamped(s *duty.Stamp, reason string, loc *time.Location) *stampLine {
	if s == nil {
		return nil
	}
	return &stampLine{By: s.By, At: clock(s.At, loc), Reason: reason}
}
