package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"

	"correctiond/roster"
)

// Deed is what an officer did about a person: a contact, a visit, an approval, a
// colour. Body holds the fields of its kind.
type Deed struct {
	Subject  roster.SubjectID
	District roster.DistrictID
	What     string // last part of the path
	By       string
	Body     json.RawMessage
}

// Deeds records deeds. Record returns once the rules have taken the deed and it
// is durable; a *DeedError says what of it is wrong, and then nothing has
// changed.
type Deeds interface {
	Record(ctx context.Context, d Deed) error
}

// DeedError says why a deed is refused.
type DeedError struct{ Detail string }

// Error is the detail.
func (e *DeedError) Error() string { return e.Detail }

// postDeed records what the caller did about a person and answers with the
// person as they stand afterwards.
func (s *Server) postDeed(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.refuse(w, r, c, http.StatusRequestEntityTooLarge, errors.New("the body is too large"))
		return
	}
	deed := Deed{Subject: p.ID, District: p.District, What: path.Base(r.URL.Path), By: c.Name, Body: body}
	err = s.deps.Deeds.Record(r.Context(), deed)
	if refused, is := errors.AsType[*DeedError](err); is {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, refused)
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.getSubject(w, r, c)
}
