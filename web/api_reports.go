package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Report is what happened within a scope during [From, Until).
type Report struct {
	// Subjects under supervision at the end of the period, or now if that is
	// earlier, by their legal kind.
	Subjects int
	Kinds    map[roster.SubjectKind]int
	// Colours of now, indexed by rules.Colour.
	Colours [4]int
	// Raised counts the alerts opened in the period, by kind; Severities counts
	// the same, P1 first.
	Raised     map[rules.Kind]Yield
	Severities alerts.Tallies
	// Absconding is 脱管, Unregistered 漏管: those who have not reported in.
	Absconding, Unregistered Running
}

// Yield is what became of the alerts of a kind.
type Yield struct {
	Raised, Pending                                     int
	Confirmed, Excused, Technical, Unfounded, Recovered int
}

// Add counts n alerts of an outcome; those that are not closed have none.
func (y *Yield) Add(o alerts.Outcome, n int) {
	y.Raised += n
	switch o {
	case alerts.Confirmed:
		y.Confirmed += n
	case alerts.Excused:
		y.Excused += n
	case alerts.Technical:
		y.Technical += n
	case alerts.Unfounded:
		y.Unfounded += n
	case alerts.Recovered:
		y.Recovered += n
	default:
		y.Pending += n
	}
}

// plus adds up two yields.
func (y Yield) plus(o Yield) Yield {
	return Yield{
		y.Raised + o.Raised, y.Pending + o.Pending, y.Confirmed + o.Confirmed, y.Excused + o.Excused,
		y.Technical + o.Technical, y.Unfounded + o.Unfounded, y.Recovered + o.Recovered,
	}
}

// share is how many of those that people closed were confirmed; nil: none was
// closed by people.
func (y Yield) share() *float64 {
	judged := y.Confirmed + y.Excused + y.Technical + y.Unfounded
	if judged == 0 {
		return nil
	}
	share := math.Round(1000*float64(y.Confirmed)/float64(judged)) / 1000
	return &share
}

// Running counts what began in a period, and what lasts now.
type Running struct {
	New     int `json:"new"`
	Ongoing int `json:"ongoing"`
}

// Reports counts within a scope.
type Reports interface {
	Report(ctx context.Context, s Scope, from, until roster.Instant) (Report, error)
}

type outcomeCounts struct {
	Raised    int      `json:"raised"`
	Pending   int      `json:"pending"`
	Confirmed int      `json:"confirmed"`
	Excused   int      `json:"excused"`
	Technical int      `json:"technical"`
	Unfounded int      `json:"unfounded"`
	Recovered int      `json:"recovered"`
	Yield     *float64 `json:"yield"` // confirmed of those that people closed
}

func countsOf(y Yield) outcomeCounts {
	return outcomeCounts{y.Raised, y.Pending, y.Confirmed, y.Excused, y.Technical, y.Unfounded, y.Recovered, y.share()}
}

type ruleLine struct {
	Kind  rules.Kind `json:"kind"`
	Label string     `json:"label"`
	outcomeCounts
}

type raisedLine struct {
	Severity     rules.Severity `json:"severity"`
	Raised       int            `json:"raised"`
	Open         int            `json:"open"`
	Acknowledged int            `json:"acknowledged"`
	Closed       int            `json:"closed"`
}

type reportDocument struct {
	Period       string                     `json:"period"`
	From         string                     `json:"from"`
	Until        string                     `json:"until"`
	At           string                     `json:"at"`
	Office       *string                    `json:"office"`
	Subjects     int                        `json:"subjects"`
	Kinds        map[roster.SubjectKind]int `json:"kinds"`
	Colours      map[string]int             `json:"colours"`
	Severities   []raisedLine               `json:"severities"`
	Alerts       outcomeCounts              `json:"alerts"`
	Rules        []ruleLine                 `json:"rules"`
	Absconding   Running                    `json:"absconding"`
	Unregistered Running                    `json:"unregistered"`
}

// periodOf is the day, the week from Monday, or the month that holds a day.
func periodOf(name string, day time.Time) (from, until time.Time) {
	switch name {
	case "weekly":
		from = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return from, from.AddDate(0, 0, 7)
	case "monthly":
		from = day.AddDate(0, 0, 1-day.Day())
		return from, from.AddDate(0, 1, 0)
	}
	return day, day.AddDate(0, 0, 1)
}

// getReport answers the counts of a period, as JSON or as a workbook.
func (s *Server) getReport(w http.ResponseWriter, r *http.Request, c *caller) {
	q := r.URL.Query()
	asSheet := q.Get("format") == "xlsx" || q.Get("format") == "" && strings.Contains(r.Header.Get("Accept"), xlsxMedia)
	if !slices.Contains([]string{"", "json", "xlsx"}, q.Get("format")) {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"format", "is json or xlsx"})
		return
	}
	d, ok := s.readReport(w, r, c, path.Base(r.URL.Path))
	if !ok {
		return
	}
	w.Header().Set("Vary", "Accept")
	if !asSheet {
		writeJSON(w, "application/json", http.StatusOK, d)
		return
	}
	s.sendSheet(w, r, c, d)
}

// readReport counts the period that holds the day asked for, within an office or the
// caller's scope. It answers the request itself when it cannot.
func (s *Server) readReport(w http.ResponseWriter, r *http.Request, c *caller, period string) (*reportDocument, bool) {
	q := r.URL.Query()
	day, err := s.parseDay(q)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return nil, false
	}
	scope, in := c.scope.narrow(roster.OfficeID(q.Get("office")))
	if !in {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such office"})
		return nil, false
	}
	from, until := periodOf(period, day)
	found, err := s.deps.Reports.Report(r.Context(), scope, roster.InstantOf(from), roster.InstantOf(until))
	if err != nil {
		s.broken(w, r, c, err)
		return nil, false
	}
	d := s.reportDocument(&found, c)
	d.Period, d.From, d.Until = period, from.Format(time.RFC3339), until.Format(time.RFC3339)
	d.Office = orNull(string(scope.Office))
	return &d, true
}

const xlsxMedia = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) sendSheet(w http.ResponseWriter, r *http.Request, c *caller, d *reportDocument) {
	file, err := workbook(sheetsOf(d, words{c.lang}))
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	w.Header().Set("Content-Type", xlsxMedia)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="report-%s-%s.xlsx"`, d.Period, d.From[:len(time.DateOnly)]))
	_, _ = w.Write(file)
}

func (s *Server) reportDocument(found *Report, c *caller) reportDocument {
	d := reportDocument{
		At: time.Now().In(s.cfg.Zone).Format(time.RFC3339), Subjects: found.Subjects, Colours: colourCounts(found.Colours),
		Kinds: map[roster.SubjectKind]int{}, Rules: []ruleLine{}, Absconding: found.Absconding, Unregistered: found.Unregistered,
	}
	for _, k := range []roster.SubjectKind{roster.Control, roster.Probation, roster.Parole, roster.Medical} {
		d.Kinds[k] = found.Kinds[k]
	}
	for sev := rules.P1; sev <= rules.P4; sev++ {
		t := found.Severities.Of(sev)
		d.Severities = append(d.Severities, raisedLine{sev, t.Open + t.Acknowledged + t.Closed, t.Open, t.Acknowledged, t.Closed})
	}
	var sum Yield
	for _, k := range ordered(found.Raised) {
		sum = sum.plus(found.Raised[k])
		d.Rules = append(d.Rules, ruleLine{k, rules.Info(k).Label.In(c.lang), countsOf(found.Raised[k])})
	}
	d.Alerts = countsOf(sum)
	return d
}

// ordered lists the keys of a map in order.
func ordered[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// sheetsOf lays a report out: a sheet of sums, one of outcomes by rule.
func sheetsOf(d *reportDocument, l words) []sheet {
	head := [][]any{
		{l.T("项目", "item"), l.T("数量", "count")},
		{l.T("自", "from"), d.From},
		{l.T("至", "until"), d.Until},
		{l.T("在册对象", "under supervision"), d.Subjects},
	}
	for _, k := range ordered(d.Kinds) {
		head = append(head, []any{l.SubjectKind(k), d.Kinds[k]})
	}
	for c := rules.Red; ; c-- {
		head = append(head, []any{l.Colour(c), d.Colours[c.String()]})
		if c == rules.Green {
			break
		}
	}
	for _, line := range d.Severities {
		head = append(head, []any{l.T("告警 ", "alerts ") + line.Severity.String(), line.Raised})
	}
	head = append(
		head,
		[]any{l.T("脱管 新增", "absconding, new"), d.Absconding.New}, []any{l.T("脱管 现有", "absconding, ongoing"), d.Absconding.Ongoing},
		[]any{l.T("漏管 新增", "not reported in, new"), d.Unregistered.New}, []any{l.T("漏管 现有", "not reported in, ongoing"), d.Unregistered.Ongoing},
	)
	lines := [][]any{{
		l.T("规则", "rule"), l.T("告警", "raised"), l.T("未结", "pending"), l.Outcome(alerts.Confirmed), l.Outcome(alerts.Excused),
		l.Outcome(alerts.Technical), l.Outcome(alerts.Unfounded), l.Outcome(alerts.Recovered), l.T("属实率", "yield"),
	}}
	for _, r := range d.Rules {
		var yield any = ""
		if r.Yield != nil {
			yield = *r.Yield
		}
		lines = append(lines, []any{r.Label, r.Raised, r.Pending, r.Confirmed, r.Excused, r.Technical, r.Unfounded, r.Recovered, yield})
	}
	return []sheet{{l.T("汇总", "summary"), head}, {l.T("规则", "rules"), lines}}
}
