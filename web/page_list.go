package web

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// tile is the counter of one severity.
type tile struct {
	Severity     rules.Severity
	Open, Acked  int
	Age          string // of the oldest that waits, empty without one
	Late, Picked bool
}

// section is the part of the list with one severity, so that no number of
// lesser alerts pushes an urgent one off the page.
type section struct {
	Severity rules.Severity
	Rows     []*row
	More     template.URL // query of the next page
	Left     int          // how many are there, 0: not counted
}

// kindChoice is an option of the filter.
type kindChoice struct {
	Kind  rules.Kind
	Label string
}

// listView is the alert page.
type listView struct {
	base
	At       string // which page of the navigation
	Filter   alerts.Filter
	State    string // as chosen: "", open, acknowledged, closed, all
	Severity string
	Kinds    []kindChoice
	Tiles    []tile
	Subjects int
	Sections []section
	Shown    int
	Failed   string
	// Groups stand instead of Sections when the list is by person.
	Groups            []groupRows
	Grouped           bool
	More              template.URL // query of the next page of groups
	Officers, Offices choices
	OfficeName        string    // of the one that was picked
	Days              [2]string // from and until, as picked
	After             int64     // the change up to which the list is sure to be current
}

func (s *Server) listPage(w http.ResponseWriter, r *http.Request, c *caller) {
	s.showList(w, r, c, http.StatusOK, nil)
}

// showList renders the list; refused, if any, stands in for its alert's row.
func (s *Server) showList(w http.ResponseWriter, r *http.Request, c *caller, status int, refused *row) {
	q := r.URL.Query()
	s.typedNames(c, q)
	f, err := s.pageFilter(q)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	v := listView{base: s.base(r, c), At: "alerts", Filter: f, State: r.URL.Query().Get("state"), Severity: q.Get("severity")}
	v.After = s.feed.latest() // before reading: what changes meanwhile is sent
	v.Kinds = kindChoices(f.Kind, c.lang)
	asked := r.URL.Query()
	v.Grouped, v.Days = asked.Get("group") == "subject", [2]string{asked.Get("from"), asked.Get("until")}
	if err := s.fillList(r, c, &v, refused); err != nil {
		if errors.Is(err, ErrCursor) {
			s.refuse(w, r, c, http.StatusBadRequest, err)
			return
		}
		s.log.Error("list page", "err", err)
		status = http.StatusServiceUnavailable
		v.Failed = v.status(status)
	}
	s.render(w, r, status, "list.html", &v)
}

// kindChoices lists every kind, and the one picked even if no rule has it.
func kindChoices(picked rules.Kind, lang string) []kindChoice {
	var out []kindChoice
	known := picked == ""
	for _, k := range rules.Catalogue() {
		out = append(out, kindChoice{k.Kind, k.Label.In(lang)})
		known = known || k.Kind == picked
	}
	if !known {
		out = append(out, kindChoice{picked, string(picked)})
	}
	return out
}

// fillList reads counters and sections.
func (s *Server) fillList(r *http.Request, c *caller, v *listView, refused *row) error {
	o, err := s.deps.Overviews.Overview(r.Context(), c.scope)
	if err != nil {
		return err
	}
	v.Tiles, v.Subjects = s.tilesOf(&o, v.words, v.Filter.Severities), o.Subjects
	v.Officers, v.Offices = s.officerChoices(c, v.Filter.Office), s.officeChoices(c, &o)
	if v.Filter.Office != "" {
		v.OfficeName = s.officeName(c.scope.District, v.Filter.Office)
	}
	if v.Grouped {
		return s.fillGroups(r, c, v, refused)
	}
	for sev := rules.P1; sev <= rules.P4; sev++ {
		if !has(v.Filter.Severities, sev) {
			continue
		}
		sec, err := s.section(r, c, v, sev)
		if err != nil {
			return err
		}
		for i := range sec.Rows {
			if refused != nil && sec.Rows[i].A.Episode.ID == refused.A.Episode.ID {
				sec.Rows[i] = refused
				refused = nil
			}
		}
		v.Shown += len(sec.Rows)
		v.Sections = append(v.Sections, sec)
	}
	if refused != nil && len(v.Sections) > 0 { // the filter no longer selects it
		v.Sections[0].Rows = append([]*row{refused}, v.Sections[0].Rows...)
		v.Shown++
	}
	return nil
}

const (
	// sectionRows bounds a section of a page that has several.
	sectionRows = 15
	// longRows are how many rows of a section have all their forms.
	longRows = 3
)

// listed is a row of a section, or of a group, at a place of it.
func (s *Server) listed(v *listView, c *caller, a *alerts.Alert, at int) *row {
	if at < longRows {
		return s.row(v.base, c, a)
	}
	return s.shortRow(v.base, c, a)
}

// section reads the alerts of one severity: those that wait come first.
func (s *Server) section(r *http.Request, c *caller, v *listView, sev rules.Severity) (section, error) {
	f := v.Filter
	if f.Severities = []rules.Severity{sev}; len(v.Filter.Severities) != 1 {
		f.Limit = min(f.Limit, sectionRows)
	}
	found, err := s.list(r.Context(), f, c.scope)
	if err != nil {
		return section{}, err
	}
	slices.SortStableFunc(found.Items, func(a, b alerts.Alert) int {
		return cmp.Compare(stateRank(a.State), stateRank(b.State))
	})
	sec := section{Severity: sev}
	for i := range found.Items {
		sec.Rows = append(sec.Rows, s.listed(v, c, &found.Items[i], i))
	}
	if found.Next != "" {
		q, _ := url.ParseQuery(string(v.Query)) // our own encoding
		q.Set("severity", sev.String())
		q.Set("cursor", nextCursor(found.Next))
		sec.More, sec.Left = safeQuery(q), v.left(sev, len(sec.Rows))
	}
	return sec, nil
}

// left is how many alerts of a severity are not on the page, where the counters know it.
func (v *listView) left(sev rules.Severity, shown int) int {
	f := &v.Filter
	if f.Kind != "" || f.Office != "" || f.Officer != "" || f.Subject != "" || f.From != 0 || f.Until != 0 || f.Cursor != "" {
		return 0
	}
	counter, all := &v.Tiles[sev-rules.P1], 0
	if has(f.States, alerts.Open) {
		all += counter.Open
	}
	if has(f.States, alerts.Acknowledged) {
		all += counter.Acked
	}
	if has(f.States, alerts.Closed) {
		return 0
	}
	return max(0, all-shown)
}

// safeQuery is a query that was encoded here.
func safeQuery(q url.Values) template.URL { return template.URL(q.Encode()) }

func stateRank(s alerts.State) int {
	switch s {
	case alerts.Open:
		return 0
	case alerts.Acknowledged:
		return 1
	}
	return 2
}

// tiles counts within the caller's scope.
func (s *Server) tiles(r *http.Request, c *caller, l words, picked []rules.Severity) ([]tile, int, error) {
	o, err := s.deps.Overviews.Overview(r.Context(), c.scope)
	if err != nil {
		return nil, 0, err
	}
	return s.tilesOf(&o, l, picked), o.Subjects, nil
}

// tilesOf are the counters by severity.
func (s *Server) tilesOf(o *Overview, l words, picked []rules.Severity) []tile {
	now := roster.InstantOf(time.Now())
	var out []tile
	for sev := rules.P1; sev <= rules.P4; sev++ {
		t := o.Alerts.Of(sev)
		counter := tile{Severity: sev, Open: t.Open, Acked: t.Acknowledged, Picked: len(picked) == 1 && picked[0] == sev}
		if t.Oldest != 0 {
			counter.Age = l.Age((now - t.Oldest).Duration())
			counter.Late = now-t.Oldest > patience(sev)
		}
		out = append(out, counter)
	}
	return out
}

// patience is how long an alert may wait before it counts as backlog, as the
// rule alert-backlog has it.
func patience(s rules.Severity) roster.Instant {
	switch s {
	case rules.P1:
		return 30 * roster.Minute
	case rules.P2:
		return 4 * roster.Hour
	}
	return 7 * roster.Day
}

// countersFragment answers the counters for a live page.
func (s *Server) countersFragment(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := s.pageFilter(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	v := listView{base: s.base(r, c), Filter: f}
	if v.Tiles, v.Subjects, err = s.tiles(r, c, v.words, f.Severities); err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.render(w, r, http.StatusOK, "counters", v)
}
