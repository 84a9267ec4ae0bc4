package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"correctiond/roster"
)

// auditView is the page of the audit chain.
type auditView struct {
	base
	At                   string
	Chain                Chain
	Rows                 []auditRow
	Families             []choice
	Actor, Action, About string
	Days                 [2]string
	More                 template.URL
	Filtered             bool
	zone                 *time.Location
}

// auditRow is a record in words.
type auditRow struct {
	AuditRecord
	words
	zone *time.Location
}

// Clock writes when it was done.
func (r auditRow) Clock() string { return r.At.Time(r.zone).Format("2006-01-02 15:04:05") }

// Does says what was done.
func (r auditRow) Does() string { return r.words.Act(r.Action) }

// Link is the page of what the record names; empty: it has none, or none for the
// reader.
func (r auditRow) Link() string {
	family, _, _ := strings.Cut(r.Action, ".")
	switch {
	case r.Object == "":
		return ""
	case family == "alert" || family == "evidence" || family == "file":
		return "/alerts/" + url.PathEscape(r.Object)
	case r.Subject != "" && r.Object == string(r.Subject):
		return "/subjects/" + url.PathEscape(r.Object)
	}
	return ""
}

// Person is whom it is about, if the object does not say so already.
func (r auditRow) Person() roster.SubjectID {
	if string(r.Subject) == r.Object {
		return ""
	}
	return r.Subject
}

// auditPage lists who did what, the newest first, and how the chain stands.
func (s *Server) auditPage(w http.ResponseWriter, r *http.Request, c *caller) {
	q := r.URL.Query()
	v := &auditView{
		base: s.base(r, c), At: "audit", Actor: q.Get("actor"), Action: q.Get("action"), About: q.Get("about"),
		Days: [2]string{q.Get("from"), q.Get("until")}, zone: s.cfg.Zone,
	}
	s.wholeDays(q)
	f, err := parseAudit(q, c)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	list, next, ok := s.readAuditLog(w, r, c, f)
	if !ok {
		return
	}
	v.Chain, v.Families = s.deps.AuditLog.AuditChain(r.Context()), v.families()
	v.Filtered = f.Actor+f.Action+f.About != "" || f.From != 0 || f.Until != 0 || f.Cursor != ""
	for i := range list {
		v.Rows = append(v.Rows, auditRow{list[i], v.words, s.cfg.Zone})
	}
	if next != "" {
		more, _ := url.ParseQuery(string(v.Query)) // our own encoding
		more.Set("cursor", next)
		v.More = safeQuery(more)
	}
	s.render(w, r, http.StatusOK, "audit.html", v)
}

// Looked writes when the chain was verified.
func (v *auditView) Looked() string { return v.Chain.At.Time(v.zone).Format("2006-01-02 15:04") }
