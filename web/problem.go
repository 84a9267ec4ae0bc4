package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// problem is an error as the caller sees it, RFC 9457. Detail never holds the
// cause of an internal error.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance"`
	Field    string `json:"field,omitempty"`
}

// fail answers with p in the way the caller reads.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, c *caller, p problem) {
	if c.speaks == page {
		s.errorPage(w, r, c, p)
		return
	}
	p.Type = "about:blank"
	p.Title = http.StatusText(p.Status)
	p.Instance = r.URL.EscapedPath()
	writeJSON(w, "application/problem+json", p.Status, p)
}

// broken answers 500 and logs the cause, which the caller does not see.
func (s *Server) broken(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	if r.Context().Err() != nil {
		return // the caller is gone
	}
	s.log.Error("request", "route", r.Pattern, "err", err)
	s.fail(w, r, c, problem{Status: http.StatusInternalServerError})
}

// writeJSON encodes v before the status is sent, so that an answer is whole.
func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// wantsHTML tells a browser that navigates from a program.
func wantsHTML(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}
