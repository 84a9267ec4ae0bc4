package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"correctiond/alerts"
	"correctiond/rules"
)

// document is the JSON form of an alert in the caller's language.
func (s *Server) document(a *alerts.Alert, c *caller) alerts.Document {
	seen := s.veil(c.scope, *a)
	return alerts.View(&seen, rules.Info(a.Episode.Kind).Label, c.lang, s.cfg.Zone)
}

// listAlerts answers one page of alerts. A filter for an office outside the
// scope selects nothing.
func (s *Server) listAlerts(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	if by := r.URL.Query().Get("group"); by != "" {
		s.listGroups(w, r, c, by, f)
		return
	}
	found, err := s.list(r.Context(), f, c.scope)
	if errors.Is(err, ErrCursor) {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"cursor", "is not one of this list"})
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	answer := struct {
		Items []alerts.Document `json:"items"`
		Next  *string           `json:"next"`
	}{Items: make([]alerts.Document, 0, len(found.Items))}
	for i := range found.Items {
		answer.Items = append(answer.Items, s.document(&found.Items[i], c))
	}
	if found.Next != "" {
		next := nextCursor(found.Next)
		answer.Next = &next
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

// list reads within scope. What the source hands out beyond it is a fault and
// never leaves the server.
func (s *Server) list(ctx context.Context, f alerts.Filter, scope Scope) (alerts.Page, error) {
	f, ok := within(f, scope)
	if !ok {
		return alerts.Page{}, nil
	}
	found, err := s.deps.Alerts.Alerts(ctx, f)
	if err != nil {
		return alerts.Page{}, err
	}
	for i := range found.Items {
		if !scope.Covers(&found.Items[i]) {
			return alerts.Page{}, errors.New("the source of alerts ignored the scope")
		}
		found.Items[i] = s.veil(scope, found.Items[i])
	}
	return found, nil
}

// find reads the alert of the path; it answers the request itself when there is
// none in the caller's scope.
func (s *Server) find(w http.ResponseWriter, r *http.Request, c *caller) (alerts.Alert, bool) {
	a, ok, err := s.deps.Alerts.Alert(r.Context(), r.PathValue("id"))
	if err != nil {
		s.broken(w, r, c, err)
		return alerts.Alert{}, false
	}
	if !ok || !c.scope.Covers(&a) {
		s.refuseAccess(r, c, "scope")
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such alert"})
		return alerts.Alert{}, false
	}
	return s.veil(c.scope, a), true
}

func (s *Server) getAlert(w http.ResponseWriter, r *http.Request, c *caller) {
	if a, ok := s.find(w, r, c); ok && !fresh(w, r, etagOf(a.Version)) {
		s.writeAlert(w, r, c, http.StatusOK, &a)
	}
}

// writeAlert answers with an alert and its version as ETag.
func (s *Server) writeAlert(w http.ResponseWriter, r *http.Request, c *caller, status int, a *alerts.Alert) {
	told, err := s.told(r.Context(), a)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	seen := s.veil(c.scope, *a)
	w.Header().Set("ETag", etagOf(a.Version))
	writeJSON(w, "application/json", status, alerts.Detail(&seen, told, rules.Info(a.Episode.Kind).Label, c.lang, s.cfg.Zone))
}

// etagOf writes a version as an entity tag.
func etagOf(version int) string { return strconv.Quote(strconv.Itoa(version)) }

// refuse answers with an error of the caller, naming the field if it has one.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, c *caller, status int, err error) {
	p := problem{Status: status, Detail: err.Error()}
	if fe, ok := errors.AsType[*fieldError](err); ok {
		p.Field = fe.field
	}
	s.fail(w, r, c, p)
}
