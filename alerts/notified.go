package alerts

import (
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// notifiedLine is a notice as the API tells it.
type notifiedLine struct {
	At       *string       `json:"at"`
	Due      *string       `json:"due"`
	Why      notice.Why    `json:"why"`
	Step     int           `json:"step"`
	To       *string       `json:"to"` // an officer; null: the group behind the channel
	Channel  string        `json:"channel"`
	State    notice.State  `json:"state"`
	Tries    int           `json:"tries"`
	Attempts []attemptLine `json:"attempts"`
}

// attemptLine is one try; ended, took_ms and result are null while its end is not
// known.
type attemptLine struct {
	At      *string         `json:"at"`
	Ended   *string         `json:"ended"`
	Took    *roster.Instant `json:"took_ms"`
	Result  *string         `json:"result"`
	Request string          `json:"request,omitempty"`
	Answer  string          `json:"answer,omitempty"`
}

func notified(list []notice.Sending, loc *time.Location) []notifiedLine {
	lines := make([]notifiedLine, 0, len(list))
	for i := range list {
		s := &list[i]
		line := notifiedLine{
			At: clock(s.Created, loc), Due: clock(s.Due, loc), Why: s.Why, Step: s.Step, To: orNull(s.Officer),
			Channel: s.Channel, State: s.State, Tries: s.Tries, Attempts: []attemptLine{},
		}
		for _, t := range s.Attempts {
			line.Attempts = append(line.Attempts, attempted(t, loc))
		}
		lines = append(lines, line)
	}
	return lines
}

func attempted(t notice.Attempt, loc *time.Location) attemptLine {
	line := attemptLine{
		At: clock(t.At, loc), Ended: clock(t.Ended, loc), Result: orNull(t.Result), Request: t.Request, Answer: t.Answer,
	}
	if t.Ended != 0 {
		took := t.Ended - t.At
		line.Took = &took
	}
	return line
}

// sentRows are the notices that got somewhere, or nowhere for good. The tries in
// between stand with the notices.
func sentRows(list []notice.Sending) (rows []TimelineRow) {
	for i := range list {
		s := &list[i]
		if len(s.Attempts) == 0 || s.State != notice.Sent && s.State != notice.Failed {
			continue
		}
		row := TimelineRow{By: System, What: "notified", Officer: string(s.Officer), Channel: s.Channel, Why: s.Why}
		last := s.Attempts[len(s.Attempts)-1]
		row.at = max(last.Ended, last.At)
		if s.State == notice.Failed {
			row.What = "not_notified"
		}
		rows = append(rows, row)
	}
	return rows
}
