package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
)

// alone tells whether a form was sent from the page of one alert.
func alone(r *http.Request) bool { return r.PostFormValue("at") == "alert" }

// backToAlert leads back to the page of an alert, which says what was done. The id
// is one that the source of alerts knows, not merely what was sent.
func (s *Server) backToAlert(w http.ResponseWriter, r *http.Request, a *alerts.Alert) {
	q := url.Values{"did": {string(a.Log[len(a.Log)-1].Did)}}
	http.Redirect(w, r, "/alerts/"+url.PathEscape(a.Episode.ID)+"?"+q.Encode(), http.StatusSeeOther)
}

// waitForUpload gives a slow line the time that a file needs. A server without
// such deadlines takes its time anyway.
func waitForUpload(w http.ResponseWriter, pattern string) {
	if strings.HasSuffix(pattern, "/attach") {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
	}
}

// formVersion is the version of the alert that a form was filled in for.
func formVersion(r *http.Request) (int, bool) {
	version, err := strconv.Atoi(r.PostFormValue("version"))
	return version, err == nil && version > 0
}

// submitFile attaches a file from the page of an alert.
func (s *Server) submitFile(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.find(w, r, c)
	if !ok {
		return
	}
	version, seen := formVersion(r)
	content, head, err := r.FormFile("file")
	if err != nil || !seen {
		s.fail(w, r, c, problem{Status: http.StatusBadRequest, Detail: "version or file is missing"})
		return
	}
	defer content.Close()
	act := alerts.Action{Type: alerts.Attach, By: c.Name, At: roster.InstantOf(time.Now()), Version: version, Text: r.PostFormValue("note")}
	kept, err := s.deps.Files.Keep(r.Context(), content)
	switch {
	case errors.Is(err, ErrTooLarge):
		err = &alerts.Refusal{Err: alerts.ErrInvalid, Field: "file", Current: current}
	case err == nil:
		kept.Name = head.Filename
		act.File = &kept
		current, err = s.deps.Actor.Act(r.Context(), current.Episode.ID, act)
	}
	s.answered(w, r, c, &current, err)
}

// answered leads back to the page of the alert, or says there why nothing was done.
func (s *Server) answered(w http.ResponseWriter, r *http.Request, c *caller, next *alerts.Alert, err error) {
	if err != nil {
		r.PostForm.Set("at", "alert")
		s.explain(w, r, c, actionBody{}, err)
		return
	}
	s.backToAlert(w, r, next)
}

// submitStep records a step of the search as a note on the alert.
func (s *Server) submitStep(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.find(w, r, c)
	if !ok {
		return
	}
	step, known := stepOf(r.PostFormValue("step"))
	version, seen := formVersion(r)
	came := finding(r.PostFormValue("finding"))
	if !known || !seen || !step.ends(came) || !searched(current.Episode.Kind) {
		s.fail(w, r, c, problem{Status: http.StatusBadRequest, Detail: "step, finding or version is missing"})
		return
	}
	note := alerts.Action{
		Type: alerts.AddNote, By: c.Name, At: roster.InstantOf(time.Now()), Version: version,
		Text: words{c.lang}.line(step, came, r.PostFormValue("remark")),
	}
	if step.Finds {
		note.About = alerts.Contact
	}
	next, err := s.note(r, c, &current, note, came)
	s.answered(w, r, c, &next, err)
}

// note records a step; by those who may, one about the person as a contact, too.
func (s *Server) note(r *http.Request, c *caller, about *alerts.Alert, note alerts.Action, came finding) (alerts.Alert, error) {
	if note.About == alerts.Contact && c.Role.rights()&recordDeeds != 0 {
		return s.deps.Actor.Contact(r.Context(), about.Episode.ID, note, string(came))
	}
	return s.deps.Actor.Act(r.Context(), about.Episode.ID, note)
}

// ends tells whether a step may come to that.
func (s searchStep) ends(f finding) bool { return !s.Report && slices.Contains(s.Findings(), f) }
