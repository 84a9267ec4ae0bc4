package web

import (
	"html/template"
	"net/http"
	"net/url"

	"correctiond/plans"
	"correctiond/roster"
)

// planListView is the page of everybody's plan.
type planListView struct {
	base
	At     string
	Tiles  []standTile
	Rows   []planListRow
	Picked plans.Stand
	Office string
	Place  string
	More   template.URL
}

// standTile counts the people of a stand.
type standTile struct {
	Stand  plans.Stand
	N      int
	Picked bool
	Query  template.URL
}

// planListRow is a person with the plan.
type planListRow struct {
	*personRow
	Stand  plans.Stand
	Newest *plans.Plan
}

// planListPage shows who has a plan, what waits to be signed, and where facts have
// changed since.
func (s *Server) planListPage(w http.ResponseWriter, r *http.Request, c *caller) {
	page, f, ok := s.readPlanList(w, r, c)
	if !ok {
		return
	}
	q := r.URL.Query()
	v := &planListView{base: s.base(r, c), At: "plans", Picked: f.Stand, Office: q.Get("office")}
	if v.Office != "" {
		v.Place = s.officeName(c.scope.District, roster.OfficeID(v.Office))
	}
	for _, stand := range plans.Stands() {
		pick := url.Values{"plan": {string(stand)}}
		if v.Office != "" {
			pick.Set("office", v.Office)
		}
		v.Tiles = append(v.Tiles, standTile{stand, page.Counts[stand], stand == f.Stand, safeQuery(pick)})
	}
	for i := range page.Items {
		row := s.personRow(c, &page.Items[i].Person)
		v.Rows = append(v.Rows, planListRow{&row, page.Items[i].Stand, page.Items[i].Newest})
	}
	if next := page.after(); next != "" {
		q.Set("cursor", next)
		q.Del("lang")
		v.More = safeQuery(q)
	}
	s.render(w, r, http.StatusOK, "planlist.html", v)
}

// PlanStand names how it stands with a plan.
func (l words) PlanStand(s plans.Stand) string {
	switch s {
	case plans.Waits:
		return l.T("待签署", "waits to be signed")
	case plans.Changed:
		return l.T("情况有变，建议调整", "facts have changed")
	case plans.InForce:
		return l.T("已签署", "in force")
	}
	return l.T("还没有方案", "no plan yet")
}
