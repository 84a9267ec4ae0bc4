package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"correctiond/alerts"
	"correctiond/roster"
)

// actionBody is what the body of an action may hold.
type actionBody struct {
	Text    string           `json:"text"`    // note
	About   alerts.About     `json:"about"`   // note
	Outcome alerts.Outcome   `json:"outcome"` // close
	Reason  string           `json:"reason"`  // close, reopen, assign, snooze, escalate
	Note    string           `json:"note"`    // close
	Officer roster.OfficerID `json:"officer"` // assign
	Until   string           `json:"until"`   // snooze: a time
	Date    string           `json:"date"`    // declare-absconding: a day or a time; absent: now
}

// action joins what a request says with who sent it. The last part of the path
// names the action: the table of routes lets only known ones through.
func (b *actionBody) action(r *http.Request, c *caller, version int) (alerts.Action, error) {
	a := alerts.Action{
		Type: actionType(r), By: c.Name, At: roster.InstantOf(time.Now()),
		Version: version, Outcome: b.Outcome, Reason: b.Reason, Text: b.Text, About: b.About, Officer: b.Officer,
	}
	var err error
	switch a.Type {
	case alerts.Close:
		a.Text = b.Note
	case alerts.PutOff:
		a.Until, err = instantOf("until", b.Until)
	case alerts.DeclareAbsconding:
		a.From, err = sinceWhen(b.Date, a.At)
	}
	return a, err
}

// actionType is the last part of the path, as the journal spells it.
func actionType(r *http.Request) alerts.ActionType {
	return alerts.ActionType(strings.ReplaceAll(path.Base(r.URL.Path), "-", "_"))
}

// sinceWhen reads the day or time of a declaration; absent, it is now.
func sinceWhen(text string, now roster.Instant) (*roster.Date, error) {
	if text == "" {
		return &roster.Date{At: now}, nil
	}
	d, err := roster.ParseDate(text)
	if err != nil {
		return nil, &fieldError{"date", "is a day such as 2026-03-02, or a time with its offset"}
	}
	return &d, nil
}

// instantOf reads a time with its offset.
func instantOf(field, text string) (roster.Instant, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, &fieldError{field, "is a time such as 2026-03-02T08:00:00+08:00"}
	}
	return roster.InstantOf(t), nil
}

// seen finds the alert of the path at the version that If-Match names; else it
// answers the request itself.
func (s *Server) seen(w http.ResponseWriter, r *http.Request, c *caller) (current alerts.Alert, ok bool) {
	if current, ok = s.find(w, r, c); !ok {
		return current, false
	}
	tag := r.Header.Get("If-Match")
	if tag == "" {
		s.fail(w, r, c, problem{
			Status: http.StatusPreconditionRequired, Field: "If-Match",
			Detail: "send the ETag of the alert that was seen as If-Match",
		})
		return current, false
	}
	if !isVersion(&current, tag) {
		s.writeAlert(w, r, c, http.StatusPreconditionFailed, &current)
		return current, false
	}
	return current, true
}

// postAction carries out an action on the version named by If-Match and answers
// with the changed alert.
func (s *Server) postAction(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.seen(w, r, c)
	if !ok {
		return
	}
	var body actionBody
	if status, err := readJSON(r, &body); err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	a, err := body.action(r, c, current.Version)
	if err != nil {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, err)
		return
	}
	s.act(w, r, c, &current, a)
}

// act carries out an action and answers with the changed alert.
func (s *Server) act(w http.ResponseWriter, r *http.Request, c *caller, current *alerts.Alert, a alerts.Action) {
	next, err := s.deps.Actor.Act(r.Context(), current.Episode.ID, a)
	if err != nil {
		s.refused(w, r, c, err)
		return
	}
	s.writeAlert(w, r, c, http.StatusOK, &next)
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
		s.writeAlert(w, r, c, http.StatusPreconditionFailed, &no.Current)
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
		return bodyStatus(err), errors.New("the body cannot be read, or is too large")
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

// isVersion tells whether If-Match names the version of an alert.
func isVersion(a *alerts.Alert, tag string) bool { return tagged(tag, a.Version) }

// tagged compares strongly, as If-Match asks: a weak tag never matches. "*"
// stands for whatever is current.
func tagged(tag string, version int) bool { return names(tag, etagOf(version)) }

// names tells whether If-Match names an entity tag.
func names(tag, want string) bool {
	for t := range strings.SplitSeq(tag, ",") {
		if t = strings.TrimSpace(t); t == want || t == "*" {
			return true
		}
	}
	return false
}
