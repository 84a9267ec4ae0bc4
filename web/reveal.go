package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
)

// Bounds of a reason to see what is masked, in characters.
const (
	shortestReason = 4
	longestReason  = 400
)

// Private is what is masked of a person until somebody says why they need it.
type Private struct {
	Name     string
	Contacts []roster.Contact
}

// Privates reads what is masked; false when there is no such person.
type Privates interface {
	Private(ctx context.Context, d roster.DistrictID, id roster.SubjectID) (Private, bool, error)
}

// contactDocument is the JSON form of someone to ask when a person is out of
// contact.
type contactDocument struct {
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Phone    string `json:"phone"`
}

// revealedDocument is a person with what is masked otherwise.
type revealedDocument struct {
	personDocument
	Revealed bool              `json:"revealed"`
	Contacts []contactDocument `json:"contacts"`
}

// reveal answers what is masked of p, after it is recorded durably who wanted to
// see it and why. It answers the request itself when it does not.
func (s *Server) reveal(w http.ResponseWriter, r *http.Request, c *caller, p *Person, reason string) (Private, bool) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < shortestReason || n > longestReason {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{"reason", "has 4 … 400 characters; it is kept in the audit log"})
		return Private{}, false
	}
	if s.deps.Audit == nil || s.deps.Privates == nil {
		s.broken(w, r, c, errors.New("nothing is shown that cannot be recorded"))
		return Private{}, false
	}
	err := s.deps.Audit.Append(r.Context(), Recorded{
		Actor: c.Name, Action: "subject.reveal", Object: string(p.ID), Reason: reason, Detail: c.whence(),
		District: p.District, Subject: p.ID,
	})
	if err != nil {
		s.broken(w, r, c, err)
		return Private{}, false
	}
	found, ok, err := s.deps.Privates.Private(r.Context(), p.District, p.ID)
	if err != nil {
		s.broken(w, r, c, err)
	} else if !ok {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such subject"})
	}
	return found, ok && err == nil
}

// whence says in the audit where someone works.
func (c *caller) whence() string {
	return "district " + string(c.District) + ", office " + string(c.Office) + ", role " + string(c.Role)
}

// asksToReveal tells whether GET /subjects/{id} asks for what is masked.
func asksToReveal(r *http.Request) bool {
	v := r.URL.Query().Get("reveal")
	return v != "" && v != "0" && v != "false"
}

// getRevealed is GET /subjects/{id}?reveal=1&reason=… . Although it changes nothing
// it is asked to prove that it was meant, as a POST is: it leaves a record.
func (s *Server) getRevealed(w http.ResponseWriter, r *http.Request, c *caller) {
	switch {
	case !c.Role.may(revealNames):
		s.refuseAccess(r, c, "role")
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the role " + string(c.Role) + " may not do this"})
	case !s.genuine(r, c):
		s.refuseAccess(r, c, "forged")
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "send X-CSRF-Token, or POST /subjects/{id}/reveal"})
	default:
		if p, ok := s.person(w, r, c); ok {
			s.writeRevealed(w, r, c, &p, r.URL.Query().Get("reason"))
		}
	}
}

// postReveal is the same with the reason in the body, where no log keeps it.
func (s *Server) postReveal(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	if reason, ok := s.readReason(w, r, c); ok {
		s.writeRevealed(w, r, c, &p, reason)
	}
}

// readReason reads a body that gives a reason, unchecked; when it cannot, the answer
// is written.
func (s *Server) readReason(w http.ResponseWriter, r *http.Request, c *caller) (string, bool) {
	var body struct {
		Reason string `json:"reason"`
	}
	if status, err := readJSON(r, &body); err != nil {
		s.refuse(w, r, c, status, err)
		return "", false
	}
	return body.Reason, true
}

func (s *Server) writeRevealed(w http.ResponseWriter, r *http.Request, c *caller, p *Person, reason string) {
	secret, ok := s.reveal(w, r, c, p, reason)
	if !ok {
		return
	}
	d := revealedDocument{personDocument: s.personDocument(p), Revealed: true, Contacts: []contactDocument{}}
	d.Name = secret.Name
	for _, k := range secret.Contacts {
		d.Contacts = append(d.Contacts, contactDocument{k.Name, k.Relation, k.Phone})
	}
	writeJSON(w, "application/json", http.StatusOK, d)
}

// submitReveal shows the page of a person unmasked, once.
func (s *Server) submitReveal(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	if secret, ok := s.reveal(w, r, c, &p, r.PostFormValue("reason")); ok {
		s.showPerson(w, r, c, &p, &secret)
	}
}

// CanReveal tells whether the page offers to unmask.
func (b base) CanReveal() bool { return b.Who.Role.may(revealNames) }
