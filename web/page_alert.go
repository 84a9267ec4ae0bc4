package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// alertView is the page of one alert: everything somebody needs to decide, and
// the forms to act.
type alertView struct {
	base
	At        string // which page of the navigation
	Row       *row
	Person    *personRow // nil: about nobody in the register
	Said      string     // what the reader has just done
	Basis     string
	Facts     []fact
	Files     []alerts.Filed
	CanRead   bool // the files
	CanRecord bool // that the person was found
	Timeline  []happening
	Search    *search
	MapAt     string        // path of the map; empty: none for this reader
	Requests  []evidenceRow // for its evidence
	CanAsk    bool          // for it
	officers  []roster.Officer
	MapShown  bool  // unasked
	After     int64 // the change up to which the page is sure to be current
}

// alertPage shows one alert.
func (s *Server) alertPage(w http.ResponseWriter, r *http.Request, c *caller) {
	after := s.feed.latest() // before reading: what changes meanwhile is sent
	a, ok := s.find(w, r, c)
	if !ok {
		return
	}
	shown := s.row(s.base(r, c), c, &a)
	v, ok := s.alertView(w, r, c, shown)
	if !ok {
		return
	}
	v.After = after
	if did := r.URL.Query().Get("did"); did != "" {
		v.Said = v.said(did)
	}
	s.render(w, r, http.StatusOK, "alert.html", v)
}

// showAlert shows an alert whose action was refused.
func (s *Server) showAlert(w http.ResponseWriter, r *http.Request, c *caller, status int, refused *row) {
	after := s.feed.latest()
	v, ok := s.alertView(w, r, c, refused)
	if !ok {
		return
	}
	v.After = after
	s.render(w, r, status, "alert.html", v)
}

// alertView gathers the page; false when the request is answered already.
func (s *Server) alertView(w http.ResponseWriter, r *http.Request, c *caller, shown *row) (*alertView, bool) {
	shown.Alone = true
	shown.Hidden = shown.hiddenFields()
	a := &shown.A
	v := &alertView{base: s.base(r, c), At: "alerts", Row: shown, CanRead: c.Role.rights()&readFiles != 0, CanRecord: c.Role.rights()&recordDeeds != 0, Files: a.Files()}
	v.Query = ""
	v.Basis = v.words.Basis(rules.Info(a.Episode.Kind).Basis)
	v.Facts = v.evidence(a.Episode.Evidence, s.cfg.Zone, v.CanRead)
	s.nameZones(a, v.Facts)
	told, err := s.told(r.Context(), a)
	if err != nil {
		s.broken(w, r, c, err)
		return nil, false
	}
	v.Timeline = s.happenings(a, told, v.words)
	if shown, unasked := s.located(c, a); shown {
		v.MapAt, v.MapShown = "/alerts/"+a.Episode.ID+"/map", unasked
	}
	if s.deps.Officers != nil {
		v.officers = s.deps.Officers.OfficersOf(a.Episode.District, a.Episode.Office)
	}
	v.Search = s.searchOf(a, roster.InstantOf(shown.now))
	if err := s.fillEvidence(r.Context(), v, c); err != nil {
		s.broken(w, r, c, err)
		return nil, false
	}
	if a.Episode.Subject == "" {
		return v, true
	}
	found, err := s.readPeople(r, SubjectFilter{Scope: c.scope, Subject: a.Episode.Subject, Limit: 1})
	if err != nil {
		s.broken(w, r, c, err)
		return nil, false
	}
	if len(found.Items) > 0 {
		p := s.personRow(c, &found.Items[0])
		v.Person = &p
	}
	return v, true
}

// nameZones puts the names of zones into the evidence instead of their ids.
func (s *Server) nameZones(a *alerts.Alert, facts []fact) {
	i := slices.IndexFunc(facts, func(f fact) bool { return f.Name == "zone" })
	if i < 0 || s.deps.Atlas == nil {
		return
	}
	for _, z := range s.deps.Atlas.Zones(a.Episode.District, a.Episode.Subject) {
		if z.Name != "" && string(z.ID) == facts[i].Values[0] {
			facts[i].Values[0] = z.Name
		}
	}
}

// Text puts a sentence into the reader's language.
func (v *alertView) Text(t rules.Text) string { return t.In(v.Lang) }

// Handler is who is to deal with the alert.
func (v *alertView) Handler() string {
	id := v.Row.A.Officer()
	for _, o := range v.officers {
		if o.ID == id && o.Name != "" {
			return o.Name
		}
	}
	return string(id)
}

// Size writes the size of a file.
func (v *alertView) Size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// ReportLeft says how long the report of the grave incident may still wait.
func (v *alertView) ReportLeft() string {
	if v.Search == nil || v.Search.ReportBy == 0 {
		return ""
	}
	left := v.Search.ReportBy.Time(time.UTC).Sub(v.Row.now)
	if left < 0 {
		return v.T("重大事项报告已超过 24 小时", "the report of the grave incident is overdue: 24 h have passed")
	}
	return v.T("须在 24 小时内报告重大事项，还剩 ", "the grave incident must be reported within 24 h; left: ") + v.Age(left)
}

// keyHelp is a key of the page and what it does.
type keyHelp struct{ Key, Does string }

// Keys are those of the page. None of them closes anything by itself.
func (v *alertView) Keys() []keyHelp {
	return []keyHelp{
		{"a", v.T("确认告警", "acknowledge")},
		{"n f e t s i l d c r h x", v.T("打开对应的表单，填写后按按钮才执行", "open the form of that letter; nothing is done before its button is pressed")},
		{"1 – 9", v.T("转到查找步骤，按回车记录", "go to the step of the search; Enter records it")},
		{"Esc", v.T("收起表单", "close the form")},
		{"u", v.T("返回告警列表", "back to the list")},
		{"?", v.T("显示本说明", "show these keys")},
	}
}
