package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// reportView is the page of what the bureaus publish: the same counts as the API.
type reportView struct {
	base
	At      string
	D       *reportDocument
	Place   string // the office, or the whole district
	Office  string
	Offices choices
	Day     string
	Sheet   string // path of the workbook
	from    time.Time
	until   time.Time
}

// reportPage shows the counts of a day, a week or a month, for the screen and A4.
func (s *Server) reportPage(w http.ResponseWriter, r *http.Request, c *caller) {
	period := cmp.Or(r.URL.Query().Get("period"), "daily")
	if !slices.Contains(periods(), period) {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"period", "is daily, weekly or monthly"})
		return
	}
	d, ok := s.readReport(w, r, c, period)
	if !ok {
		return
	}
	v := &reportView{base: s.base(r, c), At: "reports", D: d}
	day, _ := s.parseDay(r.URL.Query()) // readReport has read it
	v.Day = day.Format(time.DateOnly)
	v.from, v.until = periodOf(period, day)
	v.Place = v.T("全区县", "the whole district")
	if d.Office != nil {
		v.Office, v.Place = *d.Office, s.officeName(c.scope.District, roster.OfficeID(*d.Office))
	}
	if c.scope.Office == "" {
		o, err := s.deps.Overviews.Overview(r.Context(), c.scope)
		if err != nil {
			s.broken(w, r, c, err)
			return
		}
		v.Offices = s.officeChoices(c, &o)
	}
	q := url.Values{"date": {v.Day}, "format": {"xlsx"}, "lang": {c.lang}}
	if v.Office != "" {
		q.Set("office", v.Office)
	}
	v.Sheet = "/api/v1/reports/" + period + "?" + q.Encode()
	s.render(w, r, http.StatusOK, "reports.html", v)
}

func periods() []string { return []string{"daily", "weekly", "monthly"} }

// Periods are the choices of the page.
func (v *reportView) Periods() []choice {
	return []choice{{"daily", v.T("日报", "day")}, {"weekly", v.T("周报", "week")}, {"monthly", v.T("月报", "month")}}
}

// Title names the report.
func (v *reportView) Title() string {
	switch v.D.Period {
	case "weekly":
		return v.T("社区矫正工作周报", "Community correction: the week")
	case "monthly":
		return v.T("社区矫正工作月报", "Community correction: the month")
	}
	return v.T("社区矫正工作日报", "Community correction: the day")
}

// Span writes the days of the period, the last one included.
func (v *reportView) Span() string {
	first, last := v.from.Format(time.DateOnly), v.until.AddDate(0, 0, -1).Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + v.T(" 至 ", " to ") + last
}

// Before and After are a day in the period before and in the one after.
func (v *reportView) Before() string { return v.from.AddDate(0, 0, -1).Format(time.DateOnly) }

// After is a day in the period that follows.
func (v *reportView) After() string { return v.until.Format(time.DateOnly) }

// Running tells that the period is not over: its counts are not final.
func (v *reportView) Running() bool { return v.until.After(time.Now()) }

// Counted is when it was counted.
func (v *reportView) Counted() string {
	t, err := time.Parse(time.RFC3339, v.D.At)
	if err != nil {
		return v.D.At
	}
	return t.Format("2006-01-02 15:04")
}

// Kinds are the legal kinds with their counts, in the order of the law.
func (v *reportView) Kinds() []kindCount {
	var out []kindCount
	for _, k := range []roster.SubjectKind{roster.Control, roster.Probation, roster.Parole, roster.Medical} {
		out = append(out, kindCount{v.SubjectKind(k), v.D.Kinds[k]})
	}
	return out
}

type kindCount struct {
	Label string
	N     int
}

// Colours are the counts by colour, the reddest first.
func (v *reportView) Colours() []colourTile {
	var n [4]int
	for c := range n {
		n[c] = v.D.Colours[rules.Colour(c).String()]
	}
	return colourTiles(n, nil)
}

// Share writes a share in percent; a dash where nothing was judged.
func (v *reportView) Share(share *float64) string {
	if share == nil {
		return "—"
	}
	return fmt.Sprintf("%.1f%%", 100**share)
}

// Outcomes are the headings of what alerts come to.
func (v *reportView) Outcomes() []string {
	var out []string
	for _, o := range []alerts.Outcome{alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Unfounded, alerts.Recovered} {
		out = append(out, v.Outcome(o))
	}
	return out
}
