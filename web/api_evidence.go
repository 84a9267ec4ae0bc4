package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"correctiond/alerts"
	"correctiond/roster"
)

// EvidenceRequest is somebody's wish to export the evidence of an alert.
type EvidenceRequest struct {
	ID        int64  `json:"id"`
	Alert     string `json:"alert"`
	Requester string `json:"requester"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver,omitempty"`
	// Usable: it is approved, and that is not more than seven days ago.
	Usable bool `json:"usable"`
	// At and ApprovedAt are when, 0: not yet. Expired: it is too old to be approved.
	At         roster.Instant `json:"-"`
	ApprovedAt roster.Instant `json:"-"`
	Expired    bool           `json:"-"`
}

// ErrEvidence is what Evidence wraps when a request cannot be approved as it stands,
// such as by the person who made it.
var ErrEvidence = errors.New("the request cannot be approved")

// Evidence keeps requests for evidence and makes the packages. It records each step
// in the audit log, and knows no scope: the server judges it.
type Evidence interface {
	AskEvidence(ctx context.Context, alert, by, reason string) (EvidenceRequest, error)
	ApproveEvidence(ctx context.Context, id int64, by string) (EvidenceRequest, error)
	// FindEvidence answers false for an unknown number.
	FindEvidence(ctx context.Context, id int64) (EvidenceRequest, bool, error)
	// ListEvidence lists the newest requests for an alert.
	ListEvidence(ctx context.Context, alert string) ([]EvidenceRequest, error)
	WriteEvidence(ctx context.Context, w io.Writer, id int64) error
}

// provable finds the alert of the path, if its evidence is for the caller; else it
// answers the request itself.
func (s *Server) provable(w http.ResponseWriter, r *http.Request, c *caller) (alerts.Alert, bool) {
	a, ok := s.find(w, r, c)
	if ok && a.Episode.Evidence[sealedMark] != nil {
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "whom the alert is about is sealed: this needs the right to see them"})
		return a, false
	}
	return a, ok
}

// whyEvidence checks why somebody asks for evidence.
func whyEvidence(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > 1000 {
		return "", &fieldError{"reason", "is missing, or longer than 1000 characters"}
	}
	return reason, nil
}

// postEvidence asks for the evidence of an alert.
func (s *Server) postEvidence(w http.ResponseWriter, r *http.Request, c *caller) {
	a, ok := s.provable(w, r, c)
	if !ok {
		return
	}
	body, ok := s.readReason(w, r, c)
	if !ok {
		return
	}
	reason, err := whyEvidence(body)
	if err != nil {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, err)
		return
	}
	req, err := s.deps.Evidence.AskEvidence(r.Context(), a.Episode.ID, c.Name, reason)
	if err != nil {
		s.refusedEvidence(w, r, c, err)
		return
	}
	writeJSON(w, "application/json", http.StatusCreated, req)
}

// approveEvidence approves a request by a second person.
func (s *Server) approveEvidence(w http.ResponseWriter, r *http.Request, c *caller) {
	req, _, ok := s.findEvidence(w, r, c)
	if !ok {
		return
	}
	req, err := s.deps.Evidence.ApproveEvidence(r.Context(), req.ID, c.Name)
	if err != nil {
		s.refusedEvidence(w, r, c, err)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, req)
}

// refusedEvidence answers when a request was not taken.
func (s *Server) refusedEvidence(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	if errors.Is(err, ErrEvidence) {
		s.fail(w, r, c, problem{Status: http.StatusConflict, Detail: err.Error()})
		return
	}
	s.broken(w, r, c, err)
}

// getEvidence sends the package of an approved request to who made it.
func (s *Server) getEvidence(w http.ResponseWriter, r *http.Request, c *caller) {
	req, a, ok := s.findEvidence(w, r, c)
	if !ok {
		return
	}
	if req.Requester != c.Name || !req.Usable {
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "only who asked gets the package, for seven days after another person has approved"})
		return
	}
	var zip bytes.Buffer
	if err := s.deps.Evidence.WriteEvidence(r.Context(), &zip, req.ID); err != nil {
		s.broken(w, r, c, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "evidence-" + a.Episode.ID + ".zip"}))
	_, _ = zip.WriteTo(w) // a caller who left needs no answer
}

// findEvidence finds the request of the path, if its alert is in the caller's scope;
// else it answers the request itself.
func (s *Server) findEvidence(w http.ResponseWriter, r *http.Request, c *caller) (req EvidenceRequest, a alerts.Alert, ok bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err == nil {
		req, ok, err = s.deps.Evidence.FindEvidence(r.Context(), id)
		if err != nil {
			s.broken(w, r, c, err)
			return req, a, false
		}
	}
	if ok {
		a, ok, err = s.deps.Alerts.Alert(r.Context(), req.Alert)
	}
	if ok && err == nil && c.scope.Covers(&a) && !c.scope.Hidden.Has(a.Episode.Subject) {
		return req, a, true
	}
	if ok {
		s.refuseAccess(r, c, "scope")
	}
	s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such request"})
	return req, a, false
}
