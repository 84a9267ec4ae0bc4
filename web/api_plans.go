package web

import (
	"net/http"
	"strconv"
	"time"

	"correctiond/plans"
	"correctiond/roster"
)

// Templates are those in force in a district.
type Templates struct {
	Library *plans.Library
	// Edition counts what the district has held itself; 0: nothing yet.
	Edition int
	Origin  string // district, files, built-in
	By      string // who replaced them; empty unless of the district
	At      roster.Instant
}

// tag changes with what is in force, also when files are read again.
func (t *Templates) tag() string {
	return strconv.Quote(strconv.Itoa(t.Edition) + "-" + t.Library.Version())
}

// getTemplates answers the templates in force.
func (s *Server) getTemplates(w http.ResponseWriter, r *http.Request, c *caller) {
	t, err := s.deps.Plans.Templates(r.Context(), c.scope.District)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	if !fresh(w, r, t.tag()) {
		s.writeTemplates(w, &t)
	}
}

func (s *Server) writeTemplates(w http.ResponseWriter, t *Templates) {
	w.Header().Set("ETag", t.tag())
	writeJSON(w, "application/json", http.StatusOK, struct {
		Origin  string         `json:"origin"`
		Edition int            `json:"edition"`
		Version string         `json:"version"`
		By      *string        `json:"by"`
		At      *string        `json:"at"`
		Library *plans.Library `json:"library"`
	}{t.Origin, t.Edition, t.Library.Version(), orNull(t.By), s.stampOrNull(t.At), t.Library})
}

// putTemplates replaces the templates of the caller's district by a file in the form
// of plans_dir, YAML or JSON; with configured=true those of the configuration hold
// again. Signed plans stay as they are.
func (s *Server) putTemplates(w http.ResponseWriter, r *http.Request, c *caller) {
	t, err := s.deps.Plans.Templates(r.Context(), c.scope.District)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	back, err := readFlag(r.URL.Query(), "configured")
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	if !s.planSeen(w, r, c, t.tag()) {
		return
	}
	next := Templates{Edition: t.Edition, By: c.Name, At: roster.InstantOf(time.Now())}
	if !back {
		body, ok := s.longBody(w, r, c)
		if !ok {
			return
		}
		if next.Library, err = plans.Read([]plans.File{{Name: "body", Data: body}}); err != nil {
			s.refuse(w, r, c, http.StatusUnprocessableEntity, err)
			return
		}
	}
	if t, err = s.deps.Plans.SetTemplates(r.Context(), c.scope.District, next); err != nil {
		s.refusePlan(w, r, c, err)
		return
	}
	s.writeTemplates(w, &t)
}
