package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
)

// PlanFilter selects people within a scope by how it stands with their plans.
type PlanFilter struct {
	Scope
	Stand plans.Stand // empty: all
	After Place
	Limit int
}

// PlanPage is one page of people, those who need a look first, and how many there are
// of each stand.
type PlanPage struct {
	Items  []PlanRow
	Counts map[plans.Stand]int
	More   bool
}

// PlanRow is a person, and how it stands with the plan.
type PlanRow struct {
	Person
	Stand  plans.Stand
	Newest *plans.Plan // version; nil: there is none
}

// PlanLists lists plans within a filter's scope only.
type PlanLists interface {
	PlanList(ctx context.Context, f PlanFilter) (PlanPage, error)
}

type planRowDocument struct {
	personDocument
	Plan   plans.Stand      `json:"plan"`
	Newest *historyDocument `json:"newest"`
}

// readPlanList reads a page of plans; false when the request is answered already.
func (s *Server) readPlanList(w http.ResponseWriter, r *http.Request, c *caller) (page PlanPage, f PlanFilter, ok bool) {
	f, err := parsePlanList(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return page, f, false
	}
	if f.Scope, ok = c.scope.narrow(roster.OfficeID(r.URL.Query().Get("office"))); !ok {
		return page, f, true // an office outside the scope has nobody
	}
	f.Limit = c.rows(r, f.Limit)
	if page, err = s.deps.PlanLists.PlanList(r.Context(), f); err != nil {
		s.broken(w, r, c, err)
		return page, f, false
	}
	page.Items = slices.DeleteFunc(page.Items, func(p PlanRow) bool { return !f.Includes(p.District, p.Office, p.ID) })
	return page, f, true
}

func parsePlanList(q url.Values) (PlanFilter, error) {
	people, err := parsePeople(url.Values{"limit": q["limit"], "cursor": q["cursor"]})
	f := PlanFilter{Stand: plans.Stand(q.Get("plan")), After: people.After, Limit: people.Limit}
	if err == nil && f.Stand != "" && !slices.Contains(plans.Stands(), f.Stand) {
		err = &fieldError{"plan", "is draft, changed, none or signed"}
	}
	return f, err
}

// after is the cursor of the page that follows, empty when there is none.
func (p *PlanPage) after() string {
	people := People{More: p.More}
	if n := len(p.Items); n > 0 {
		people.Items = []Person{{Risk: rules.Risk{Subject: p.Items[n-1].ID, Score: p.Items[n-1].Risk.Score, Colour: p.Items[n-1].Risk.Colour}}}
	}
	return people.after()
}

// listPlans answers how it stands with the plans of people.
func (s *Server) listPlans(w http.ResponseWriter, r *http.Request, c *caller) {
	page, _, ok := s.readPlanList(w, r, c)
	if !ok {
		return
	}
	answer := struct {
		Items  []planRowDocument   `json:"items"`
		Next   *string             `json:"next"`
		Counts map[plans.Stand]int `json:"counts"`
	}{Items: []planRowDocument{}, Next: orNull(page.after()), Counts: map[plans.Stand]int{}}
	for _, stand := range plans.Stands() {
		answer.Counts[stand] = page.Counts[stand]
	}
	v := planWriter{words{c.lang}, s}
	for i := range page.Items {
		row := &page.Items[i]
		d := planRowDocument{personDocument: s.personDocument(&row.Person), Plan: row.Stand}
		if row.Newest != nil {
			d.Newest = orNull(v.history(row.Newest))
		}
		answer.Items = append(answer.Items, d)
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}
