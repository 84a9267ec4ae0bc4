package web

import (
	"net/http"
	"net/url"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// board is one roll-call window with those who owe it.
type board struct {
	roster.DutyWindow
	Answered, Missed, Waiting int
	Duties                    []Duty // the missing first, then by id
}

// readBoards reads a day's windows within the caller's scope; false when the
// request is answered already.
func (s *Server) readBoards(w http.ResponseWriter, r *http.Request, c *caller) (day time.Time, boards []board, ok bool) {
	q := r.URL.Query()
	day, err := s.parseDay(q)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return day, nil, false
	}
	scope, within := c.scope.narrow(roster.OfficeID(q.Get("office")))
	if !within {
		return day, nil, true
	}
	duties, err := s.deps.Register.RollCall(r.Context(), scope, roster.InstantOf(day))
	if err != nil {
		s.broken(w, r, c, err)
		return day, nil, false
	}
	return day, boardsOf(duties, func(from roster.Instant) bool {
		pick := q.Get("window")
		return pick == "" || from.Time(s.cfg.Zone).Format("15:04") == pick
	}), true
}

// parseDay reads the local day asked for, today without one.
func (s *Server) parseDay(q url.Values) (time.Time, error) {
	if window := q.Get("window"); window != "" {
		if _, err := time.Parse("15:04", window); err != nil {
			return time.Time{}, &fieldError{"window", "is the local time at which a window begins, like 07:30"}
		}
	}
	text := q.Get("date")
	if text == "" {
		text = time.Now().In(s.cfg.Zone).Format(time.DateOnly)
	}
	day, err := time.ParseInLocation(time.DateOnly, text, s.cfg.Zone)
	if err != nil {
		return day, &fieldError{"date", "is a day like 2026-03-02"}
	}
	return day, nil
}

// boardsOf groups duties, which are ordered by window.
func boardsOf(duties []Duty, wanted func(from roster.Instant) bool) []board {
	var out []board
	for _, d := range duties {
		if !wanted(d.From) {
			continue
		}
		if n := len(out); n == 0 || out[n-1].DutyWindow != d.DutyWindow {
			out = append(out, board{DutyWindow: d.DutyWindow})
		}
		out[len(out)-1].add(d)
	}
	return out
}

func (b *board) add(d Duty) {
	switch d.Stands {
	case rules.WindowAnswered:
		b.Answered++
	case rules.WindowMissed:
		b.Missed++
	default:
		b.Waiting++
	}
	b.Duties = append(b.Duties, d)
}

// dutyDocument is the JSON form of one duty.
type dutyDocument struct {
	Subject roster.SubjectID  `json:"subject"`
	Name    string            `json:"name"`
	Office  roster.OfficeID   `json:"office"`
	Officer *roster.OfficerID `json:"officer"`
	State   string            `json:"state"` // ahead, open, grace, answered, missed
	At      *string           `json:"at"`
	// DeviceOnly: answered, and nobody verified who held the device.
	DeviceOnly bool `json:"device_only,omitempty"`
}

type boardDocument struct {
	attendanceLine
	Items []dutyDocument `json:"items"`
}

func stateOf(a rules.Answered) string {
	switch a {
	case rules.WindowOpen:
		return "open"
	case rules.WindowGrace:
		return "grace"
	case rules.WindowAnswered:
		return "answered"
	case rules.WindowMissed:
		return "missed"
	}
	return "ahead"
}

// getRollCall answers who has answered, who is due and who has missed.
func (s *Server) getRollCall(w http.ResponseWriter, r *http.Request, c *caller) {
	day, boards, ok := s.readBoards(w, r, c)
	if !ok {
		return
	}
	answer := struct {
		Date    string          `json:"date"`
		Windows []boardDocument `json:"windows"`
	}{day.Format(time.DateOnly), make([]boardDocument, 0, len(boards))}
	for i := range boards {
		answer.Windows = append(answer.Windows, s.boardDocument(&boards[i]))
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

func (s *Server) boardDocument(b *board) boardDocument {
	d := boardDocument{attendanceLine: attendanceLine{
		s.stamp(b.From), s.stamp(b.Until), s.stamp(b.Deadline), len(b.Duties), b.Answered, b.Missed,
	}}
	for _, x := range b.Duties {
		d.Items = append(d.Items, dutyDocument{x.Subject, x.Name, x.Office, orNull(x.Officer), stateOf(x.Stands), s.stampOrNull(x.At), x.DeviceOnly})
	}
	return d
}
