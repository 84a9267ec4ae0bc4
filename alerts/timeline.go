package alerts

import (
	"cmp"
	"slices"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// TimelineRow is one thing that happened to an alert: what the rules saw, or
// what somebody did. What does not apply is absent.
type TimelineRow struct {
	At *string `json:"at"`
	By string  `json:"by"`
	// What is opened, severity, ended, retracted, notified, not_notified, or an action.
	What     string          `json:"what"`
	Severity *rules.Severity `json:"severity,omitempty"`
	Outcome  Outcome         `json:"outcome,omitempty"`
	Officer  string          `json:"officer,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Text     string          `json:"text,omitempty"`
	About    About           `json:"about,omitempty"`
	Until    *string         `json:"until,omitempty"`
	From     *roster.Date    `json:"from,omitempty"`
	File     *File           `json:"file,omitempty"`
	Channel  string          `json:"channel,omitempty"`
	Why      notice.Why      `json:"why,omitempty"`

	at roster.Instant
}

// timeline joins what the rules saw, what was done and who was told, oldest first.
func timeline(a *Alert, told []notice.Sending, loc *time.Location) []TimelineRow {
	rows := append(episodeRows(&a.Episode), sentRows(told)...)
	for i := range a.Log {
		e := &a.Log[i]
		rows = append(rows, TimelineRow{
			at: e.At, By: e.By, What: string(e.Did), Outcome: e.Outcome, Officer: string(e.Officer),
			Reason: e.Reason, Text: e.Text, About: e.About, Until: clock(e.Until, loc), From: e.From, File: e.File,
		})
	}
	slices.SortStableFunc(rows, func(x, y TimelineRow) int { return cmp.Compare(x.at, y.at) })
	for i := range rows {
		rows[i].At = clock(rows[i].at, loc)
	}
	return rows
}

// episodeRows are the opening, the later steps of severity and the end.
func episodeRows(ep *rules.Episode) []TimelineRow {
	first := ep.Severity
	if len(ep.History) > 0 {
		first = ep.History[0].Severity
	}
	rows := []TimelineRow{{at: ep.Opened, By: System, What: "opened", Severity: &first}}
	for i := 1; i < len(ep.History); i++ {
		s := ep.History[i]
		rows = append(rows, TimelineRow{at: s.At, By: System, What: "severity", Severity: &s.Severity})
	}
	if ep.Ended != 0 {
		end := TimelineRow{at: max(ep.Ended, ep.Opened), By: System, What: "ended"}
		if ep.Retracted {
			end.What = "retracted"
		}
		rows = append(rows, end)
	}
	return rows
}
