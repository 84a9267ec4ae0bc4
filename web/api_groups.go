package web

import (
	"errors"
	"net/http"
	"slices"

	"correctiond/alerts"
	"correctiond/rules"
)

// groupDoc is the alerts about one person in the form of the API.
type groupDoc struct {
	Subject      *string           `json:"subject"`
	Count        int               `json:"count"`
	Open         int               `json:"open"`
	Acknowledged int               `json:"acknowledged"`
	Severity     rules.Severity    `json:"severity"` // the gravest
	Alerts       []alerts.Document `json:"alerts"`   // the newest, at most alerts.GroupMax
}

// listGroups answers one page of alerts by person.
func (s *Server) listGroups(w http.ResponseWriter, r *http.Request, c *caller, by string, f alerts.Filter) {
	if by != "subject" {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"group", "is subject or absent"})
		return
	}
	found, err := s.groups(r, f, c.scope)
	if errors.Is(err, ErrCursor) {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"cursor", "is not one of this list"})
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	answer := struct {
		Items []groupDoc `json:"items"`
		Next  *string    `json:"next"`
	}{Items: make([]groupDoc, 0, len(found.Items))}
	for i := range found.Items {
		answer.Items = append(answer.Items, s.group(&found.Items[i], c))
	}
	if found.Next != "" {
		next := nextCursor(found.Next)
		answer.Next = &next
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

func (s *Server) group(g *alerts.Group, c *caller) groupDoc {
	d := groupDoc{Count: g.Count, Open: g.Open, Acknowledged: g.Acknowledged, Severity: g.Severity, Alerts: []alerts.Document{}}
	if g.Subject != "" {
		id := string(g.Subject)
		d.Subject = &id
	}
	for i := range g.Alerts {
		d.Alerts = append(d.Alerts, s.document(&g.Alerts[i], c))
	}
	return d
}

// groups reads within scope, as list does.
func (s *Server) groups(r *http.Request, f alerts.Filter, scope Scope) (alerts.GroupPage, error) {
	f, ok := within(f, scope)
	if !ok {
		return alerts.GroupPage{}, nil
	}
	found, err := s.deps.Alerts.Groups(r.Context(), f)
	if err != nil {
		return alerts.GroupPage{}, err
	}
	for _, g := range found.Items {
		if slices.ContainsFunc(g.Alerts, func(a alerts.Alert) bool { return !scope.Covers(&a) }) {
			return alerts.GroupPage{}, errors.New("the source of alerts ignored the scope")
		}
		if scope.Hidden.Has(g.Subject) {
			return alerts.GroupPage{}, errors.New("the source of alerts shows whose file is sealed")
		}
	}
	return found, nil
}
