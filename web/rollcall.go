package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// maxBoard bounds the people of a page, and of an answer that asks for no limit.
const maxBoard = alerts.MaxPage

// board is one roll-call window with those who owe it.
type board struct {
	roster.DutyWindow
	Due, Answered, Missed int
	Duties                []Duty // those of the page, by id
	Quiet                 int    // of these, those that are folded: nothing is to be done about them
	// Offices stand instead of people where there are too many of them.
	Offices []officeTurn
}

// officeTurn is how an office stands with a window.
type officeTurn struct {
	rules.Attendance
	Name string
}

// Waiting are those who may still answer.
func (b *board) Waiting() int { return b.Due - b.Answered - b.Missed }

// dayRoll is a page of a day's roll-call.
type dayRoll struct {
	day    time.Time
	filter RollFilter
	Roll
}

// readRoll reads a day's duties within the caller's scope; false when the request is
// answered already.
func (s *Server) readRoll(w http.ResponseWriter, r *http.Request, c *caller) (d dayRoll, ok bool) {
	q := r.URL.Query()
	d, err := s.parseRoll(q)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return d, false
	}
	var within bool
	if d.filter.Scope, within = c.scope.narrow(roster.OfficeID(q.Get("office"))); !within {
		return d, true
	}
	if err = s.fillRoll(r, c, &d); err != nil {
		s.broken(w, r, c, err)
		return d, false
	}
	return d, true
}

// fillRoll reads the duties, or the counts alone for a page that has no room for all
// who owe one.
func (s *Server) fillRoll(r *http.Request, c *caller, d *dayRoll) (err error) {
	counts := d.filter
	if counts.Limit = 0; c.speaks == page && d.filter.Office == "" {
		if d.Roll, err = s.deps.Register.RollCall(r.Context(), counts); err != nil {
			return err
		}
		due := 0
		for i := range d.Counts {
			due += d.Counts[i].Due
		}
		if d.More = due > d.filter.Limit; d.More {
			return nil
		}
	}
	d.Roll, err = s.deps.Register.RollCall(r.Context(), d.filter)
	return err
}

func (s *Server) parseRoll(q url.Values) (d dayRoll, err error) {
	if d.day, err = s.parseDay(q); err != nil {
		return d, err
	}
	d.filter = RollFilter{Day: roster.InstantOf(d.day), Limit: maxBoard}
	if window := q.Get("window"); window != "" {
		begins, err := time.ParseInLocation("2006-01-02 15:04", d.day.Format(time.DateOnly)+" "+window, s.cfg.Zone)
		if err != nil {
			return d, &fieldError{"window", "is the local time at which a window begins, like 07:30"}
		}
		d.filter.Begins = roster.InstantOf(begins)
	}
	if q.Has("limit") {
		if d.filter.Limit, err = readLimit(q); err != nil {
			return d, err
		}
	}
	if cursor := q.Get("cursor"); cursor != "" {
		text, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(text, &d.filter.After) != nil || d.filter.After == nil {
			return d, &fieldError{"cursor", "is not one of this list"}
		}
	}
	return d, nil
}

// boards are the windows of the day, with the people of the page.
func (d *dayRoll) boards() []board {
	var out []board
	for _, a := range d.Counts {
		if n := len(out); n == 0 || out[n-1].DutyWindow != a.DutyWindow {
			out = append(out, board{DutyWindow: a.DutyWindow})
		}
		b := &out[len(out)-1]
		b.Due, b.Answered, b.Missed = b.Due+a.Due, b.Answered+a.Answered, b.Missed+a.Missed
	}
	i := 0
	for _, duty := range d.Duties {
		for i < len(out) && out[i].DutyWindow != duty.DutyWindow {
			i++
		}
		if i < len(out) {
			out[i].Duties = append(out[i].Duties, duty)
		}
	}
	return out
}

// next is the cursor of the page that follows; empty: there is none.
func (d *dayRoll) next() string {
	if !d.More || len(d.Duties) == 0 {
		return ""
	}
	last := &d.Duties[len(d.Duties)-1]
	text, err := json.Marshal(rules.Turn{Subject: last.Subject, DutyWindow: last.DutyWindow})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseDay reads the local day asked for, today without one.
func (s *Server) parseDay(q url.Values) (time.Time, error) {
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
	d, ok := s.readRoll(w, r, c)
	if !ok {
		return
	}
	answer := struct {
		Date    string          `json:"date"`
		Windows []boardDocument `json:"windows"`
		Next    *string         `json:"next"`
	}{d.day.Format(time.DateOnly), []boardDocument{}, orNull(d.next())}
	boards := d.boards()
	for i := range boards {
		answer.Windows = append(answer.Windows, s.boardDocument(&boards[i]))
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

func (s *Server) boardDocument(b *board) boardDocument {
	d := boardDocument{attendanceLine: attendanceLine{
		s.stamp(b.From), s.stamp(b.Until), s.stamp(b.Deadline), b.Due, b.Answered, b.Missed,
	}, Items: []dutyDocument{}}
	for _, x := range b.Duties {
		d.Items = append(d.Items, dutyDocument{x.Subject, x.Name, x.Office, orNull(x.Officer), stateOf(x.Stands), s.stampOrNull(x.At), x.DeviceOnly})
	}
	return d
}
