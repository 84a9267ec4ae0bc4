package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// pageFilter is the filter of the page: without a choice of state, what is not
// closed. Days are those of the calendar on the wall, the last one included.
func (s *Server) pageFilter(q url.Values) (alerts.Filter, error) {
	if q.Get("state") == "all" {
		q.Del("state")
	} else if q.Get("state") == "" {
		q.Set("state", "open,acknowledged")
	}
	s.wholeDays(q)
	return parseFilter(q)
}

// wholeDays turns the local days of a form, the last one included, into instants.
func (s *Server) wholeDays(q url.Values) {
	for name, plus := range map[string]int{"from": 0, "until": 1} {
		if day, err := time.ParseInLocation(time.DateOnly, q.Get(name), s.cfg.Zone); err == nil {
			q.Set(name, day.AddDate(0, 0, plus).Format(time.RFC3339))
		}
	}
}

// groupRows is the alerts about one person on the page.
type groupRows struct {
	Subject  roster.SubjectID // empty: about nobody
	Severity rules.Severity
	Name     string // masked
	Count    int
	Open     int
	Acked    int
	Rows     []*row
	More     bool // there are more than come along
}

const (
	pageGroups  = 25 // people of a page
	groupAlerts = 5  // of each, so many
)

// gravest are the alerts of a person that the page has room for: where there are more,
// no lesser one stands for an urgent one.
func gravest(list []alerts.Alert) []alerts.Alert {
	if len(list) <= groupAlerts {
		return list
	}
	slices.SortStableFunc(list, func(a, b alerts.Alert) int { return cmp.Compare(a.Episode.Severity, b.Episode.Severity) })
	return list[:groupAlerts]
}

// fillGroups reads alerts by person: the gravest first, of these the newest.
func (s *Server) fillGroups(r *http.Request, c *caller, v *listView, refused *row) error {
	f := v.Filter
	f.Limit = min(f.Limit, pageGroups)
	found, err := s.groups(r, f, c.scope)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found.Items, func(a, b alerts.Group) int { return cmp.Compare(a.Severity, b.Severity) })
	ids := make([]roster.SubjectID, 0, len(found.Items))
	for i := range found.Items {
		ids = append(ids, found.Items[i].Subject)
	}
	names, err := s.deps.Register.Names(r.Context(), c.scope, ids)
	if err != nil {
		return err
	}
	for i := range found.Items {
		g := &found.Items[i]
		g.Alerts = gravest(g.Alerts)
		shown := groupRows{
			Name:    names[g.Subject],
			Subject: g.Subject, Severity: g.Severity, Count: g.Count, Open: g.Open, Acked: g.Acknowledged, More: g.Count > len(g.Alerts),
		}
		for j := range g.Alerts {
			rw := s.listed(v, c, &g.Alerts[j], i+j) // the first ones of the first groups are long
			if refused != nil && refused.A.Episode.ID == rw.A.Episode.ID {
				rw = refused
			}
			shown.Rows = append(shown.Rows, rw)
		}
		v.Shown += len(shown.Rows)
		v.Groups = append(v.Groups, shown)
	}
	if found.Next != "" {
		q, _ := url.ParseQuery(string(v.Query)) // our own encoding
		q.Set("cursor", nextCursor(found.Next))
		v.More = safeQuery(q)
	}
	return nil
}

// Regroup is the query of the same list in the other order.
func (v *listView) Regroup() template.URL {
	q, _ := url.ParseQuery(string(v.Query)) // our own encoding
	q.Del("cursor")
	if v.Grouped {
		q.Del("group")
	} else {
		q.Set("group", "subject")
	}
	return safeQuery(q)
}
