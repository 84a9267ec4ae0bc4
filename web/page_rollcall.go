package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// rollCallPage is the board of a day.
func (s *Server) rollCallPage(w http.ResponseWriter, r *http.Request, c *caller) {
	d, ok := s.readRoll(w, r, c)
	if !ok {
		return
	}
	v := rollCallView{
		base: s.base(r, c), At: "rollcall", Day: d.day.Format(time.DateOnly), zone: s.cfg.Zone, now: roster.InstantOf(time.Now()),
		Before: d.day.AddDate(0, 0, -1).Format(time.DateOnly), Next: d.day.AddDate(0, 0, 1).Format(time.DateOnly), Office: r.URL.Query().Get("office"),
	}
	if v.Office != "" {
		v.Place = s.officeName(c.scope.District, roster.OfficeID(v.Office))
	}
	v.Boards = d.boards()
	folded, whole := d.More && d.filter.Office == "", r.URL.Query().Get("all") != ""
	for i := range v.Boards {
		b := &v.Boards[i]
		if folded {
			b.Duties, b.Offices = nil, s.officeTurns(c, d.Counts, b.DutyWindow)
		}
		slices.SortStableFunc(b.Duties, func(x, y Duty) int { return urgency(x.Stands) - urgency(y.Stands) })
		if !whole {
			b.foldQuiet()
		}
	}
	v.Cut = d.More && !folded
	s.render(w, r, http.StatusOK, "rollcall.html", v)
}

// mostQuiet is how many duties are listed although nothing is to be done about them.
const mostQuiet = 12

// foldQuiet leaves out who has answered and whose window is ahead, where they are
// many; they stand behind those who need a look.
func (b *board) foldQuiet() {
	first := slices.IndexFunc(b.Duties, func(d Duty) bool { return urgency(d.Stands) >= urgency(rules.WindowAhead) })
	if first >= 0 && len(b.Duties)-first > mostQuiet {
		b.Quiet = len(b.Duties) - first
		b.Duties = b.Duties[:first]
	}
}

// maxOffices bounds the offices of a page; the others are found by their name.
const maxOffices = 50

// officeTurns are the offices with a window, those with the most missing first.
func (s *Server) officeTurns(c *caller, counts []rules.Attendance, of roster.DutyWindow) []officeTurn {
	var out []officeTurn
	for _, a := range counts {
		if a.DutyWindow == of {
			out = append(out, officeTurn{Attendance: a})
		}
	}
	slices.SortStableFunc(out, func(a, b officeTurn) int {
		return cmp.Or(cmp.Compare(b.Missed, a.Missed), cmp.Compare(b.Due-b.Answered, a.Due-a.Answered))
	})
	out = out[:min(len(out), maxOffices)]
	for i := range out {
		out[i].Name = s.officeName(c.scope.District, out[i].Office)
	}
	return out
}

// urgency of a duty: who is missing first, who has answered last.
func urgency(a rules.Answered) int {
	switch a {
	case rules.WindowMissed:
		return 0
	case rules.WindowGrace:
		return 1
	case rules.WindowOpen:
		return 2
	case rules.WindowAhead:
		return 3
	}
	return 4
}

// rollCallView is the page of the roll-call board.
type rollCallView struct {
	base
	At, Day, Before, Next string
	Office, Place         string // the one that was asked for
	Boards                []board
	Cut                   bool // there are more people than fit
	zone                  *time.Location
	now                   roster.Instant
}

// Clock writes the local time of an instant.
func (v rollCallView) Clock(t roster.Instant) string { return t.Time(v.zone).Format("15:04") }

// State of a window as a whole, and the time that is left in it.
func (v rollCallView) State(b board) string {
	switch {
	case v.now < b.From:
		return v.T("未开始", "ahead")
	case v.now < b.Until:
		return v.T("进行中，还剩 ", "open for ") + v.Age((b.Until - v.now).Duration())
	case v.now <= b.Deadline:
		return v.T("已截止，等待补传 ", "over, in grace for ") + v.Age((b.Deadline - v.now).Duration())
	}
	return v.T("已结束", "over")
}

// Mark of a duty as a word for styles.
func (v rollCallView) Mark(a rules.Answered) string { return stateOf(a) }
