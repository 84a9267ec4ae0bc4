package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"correctiond/alerts"
	"correctiond/roster"
)

// actionBody is what the body of an action may hold.
type actionBody struct {
	Text    string         `json:"text"`    // note
	About   alerts.About   `json:"about"`   // note
	Outcome alerts.Outcome `json:"outcome"` // close
	Reason  string         `json:"reason"`  // close
	Note    string         `json:"note"`    // close
}

// action joins what a request says with who sent it. The last part of the path
// names the action: the table of routes lets only known ones through.
func (b *actionBody) action(r *http.Request, c *caller, version int) alerts.Action {
	a := alerts.Action{
		Type: alerts.ActionType(path.Base(r.URL.Path)), By: c.Name, At: roster.InstantOf(time.Now()),
		Version: version, Outcome: b.Outcome, Reason: b.Reason, Text: b.Text, About: b.About,
	}
	if a.Type == alerts.Close {
		a.Text = b.Note
	}
	return a
}

// postAction carries out an action on the version named by If-Match and answers
// with the changed alert.
func (s *Server) postAction(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.find(w, r, c)
	if !ok {
		return
	}
	tag := r.Header.Get("If-Match")
	if tag == "" {
		s.fail(w, r, c, problem{
			Status: http.StatusPreconditionRequired, Field: "If-Match",
			Detail: "send the ETag of the alert that was seen as If-Match",
		})
		return
	}
	if !isVersion(&current, tag) {
		s.writeAlert(w, c, http.StatusPreconditionFailed, &current)
		return
	}
	var body actionBody
	if status, err := readJSON(r, &body); err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	next, err := s.deps.Actor.Act(r.Context(), current.Episode.ID, body.action(r, c, current.Version))
	if err != nil {
		s.refused(w, r, c, err)
		return
	}
	s.writeAlert(w, c, http.StatusOK, &next)
}

// refused answers what the state machine did not accept.
func (s *Server) refused(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	no, ok := errors.AsType[*alerts.Refusal](err)
	if !ok {
		s.broken(w, r, c, err)
		return
	}
	switch {
	case errors.Is(err, alerts.ErrStale):
		s.writeAlert(w, c, http.StatusPreconditionFailed, &no.Current)
	case errors.Is(err, alerts.ErrInvalid):
		s.fail(w, r, c, problem{Status: http.StatusUnprocessableEntity, Field: no.Field, Detail: no.Field + " " + no.Detail})
	default:
		s.fail(w, r, c, problem{Status: http.StatusConflict, Detail: "the alert " + no.Detail})
	}
}

// readJSON reads a JSON object strictly; an absent body is an empty one. The
// status is that of the answer when it cannot.
func readJSON(r *http.Request, into any) (int, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyStatus(err), errors.New("the body cannot be read, or is larger than 64 KiB")
	}
	if len(raw) == 0 {
		return 0, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType, errors.New("send the body as application/json")
	}
	if !utf8.Valid(raw) {
		return http.StatusBadRequest, errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return http.StatusBadRequest, fmt.Errorf("the body is not what this action takes: %w", err)
	}
	if dec.More() {
		return http.StatusBadRequest, errors.New("the body holds more than one object")
	}
	return 0, nil
}

func bodyStatus(err error) int {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// isVersion compares strongly, as If-Match asks: a weak tag never matches. "*"
// stands for whatever is current.
func isVersion(a *alerts.Alert, tag string) bool {
	want := strconv.Quote(strconv.Itoa(a.Version))
	for t := range strings.SplitSeq(tag, ",") {
		if t = strings.TrimSpace(t); t == want || t == "*" {
			return true
		}
	}
	return false
}
