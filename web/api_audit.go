package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
)

// AuditFilter selects records of the audit chain, the newest first: those of a
// district, or all. The zero filter selects none.
type AuditFilter struct {
	District    roster.DistrictID
	Everywhere  bool
	Actor       string
	Action      string // whole, or a family as "alert."
	About       string // a person, or what else a record names
	From, Until roster.Instant
	Cursor      string
	Limit       int
}

// AuditRecord is a record of the chain.
type AuditRecord struct {
	N  int64
	At roster.Instant
	Recorded
	Purpose string // "alert": shown by the page of an alert, not asked for
	// Withheld: what it is about and why is not for the reader.
	Withheld bool
}

// Chain is what is known of the audit chain: verified up to a record, whole, or
// broken at one. Before the first look nothing is known.
type Chain struct {
	Known    bool
	Verified int64
	Hash     string         // of that record: what a checkpoint holds
	At       roster.Instant // of the look
	Broken   int64          // 0: it is whole
	Why      string
}

// AuditLog reads the audit chain. A cursor that is not of the list is ErrCursor.
type AuditLog interface {
	AuditPage(ctx context.Context, f AuditFilter) ([]AuditRecord, string, error)
	AuditChain(ctx context.Context) Chain
}

// system tells whether a role sees the whole system, and of it nobody's data.
func (r Role) system() bool { return r == Ops || r == Admin }

// parseAudit reads which records a caller asks for. Those of the system see all
// districts, but cannot ask about anybody.
func parseAudit(q url.Values, c *caller) (AuditFilter, error) {
	f := AuditFilter{
		District: c.scope.District, Everywhere: c.Role.system(),
		Actor: strings.TrimSpace(q.Get("actor")), Action: strings.TrimSpace(q.Get("action")), About: strings.TrimSpace(q.Get("about")),
	}
	var span alerts.Filter
	for _, read := range []func(url.Values, *alerts.Filter) error{readSpan, readPage} {
		if err := read(q, &span); err != nil {
			return f, err
		}
	}
	f.From, f.Until, f.Cursor, f.Limit = span.From, span.Until, span.Cursor, span.Limit
	for name, v := range map[string]string{"actor": f.Actor, "action": f.Action, "about": f.About} {
		if len(v) > 200 {
			return f, &fieldError{name, "has at most 200 bytes"}
		}
	}
	if f.Everywhere && f.About != "" {
		return f, &fieldError{"about", "is for those who may see whom a record is about"}
	}
	return f, nil
}

// asked writes a filter into the record of its reading.
func (f *AuditFilter) asked() string {
	var out []string
	for _, p := range [][2]string{{"actor", f.Actor}, {"action", f.Action}, {"about", f.About}} {
		if p[1] != "" {
			out = append(out, p[0]+" "+p[1])
		}
	}
	if f.From != 0 || f.Until != 0 {
		out = append(out, fmt.Sprintf("%d to %d", f.From, f.Until))
	}
	if f.Cursor != "" {
		out = append(out, "further page")
	}
	return strings.Join(out, ", ")
}

// readAuditLog reads a page of the chain after that is recorded itself. It answers
// the request when it cannot.
func (s *Server) readAuditLog(w http.ResponseWriter, r *http.Request, c *caller, f AuditFilter) (list []AuditRecord, next string, ok bool) {
	if !s.kept(w, r, c, Recorded{Action: "audit.read", Detail: f.asked()}) {
		return nil, "", false
	}
	if c.scope.Hidden.Has(roster.SubjectID(f.About)) {
		return nil, "", true // else the answer would tell who is hidden
	}
	list, next, err := s.deps.AuditLog.AuditPage(r.Context(), f)
	if errors.Is(err, ErrCursor) {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"cursor", "is not one of this list"})
		return nil, "", false
	}
	for i := range list {
		if err == nil && !f.Everywhere && (list[i].District == "" || list[i].District != f.District) {
			err = errors.New("the source of the audit ignored the district")
		}
		s.withhold(c, &list[i])
	}
	if err != nil {
		s.broken(w, r, c, err)
		return nil, "", false
	}
	if next != "" {
		next = base64.RawURLEncoding.EncodeToString([]byte(next))
	}
	return list, next, true
}

// withhold takes out of a record what its reader must not see: whoever is hidden,
// and for those of the system whatever concerns anybody.
func (s *Server) withhold(c *caller, r *AuditRecord) {
	if c.Role.system() {
		r.Withheld = r.Subject != "" || !impersonalAction(r.Action, r.Reason)
	} else {
		n := s.hidden.of(c.scope.Hidden)
		r.Withheld = c.scope.Hidden.Has(r.Subject) || n.inText(r.Object) || n.inText(r.Reason) || n.inText(r.Detail)
	}
	if r.Withheld {
		r.Subject, r.Object, r.Reason, r.Detail = "", "", "", ""
	}
}

// impersonalAction tells whether records of an action name nobody under supervision.
func impersonalAction(action, reason string) bool {
	family, _, _ := strings.Cut(action, ".")
	switch family {
	case "session", "token", "audit", "backup", "broker", "roster", "rota", "rules", "key", "alerts", "deadletter":
		return true
	case "account":
		return action != "account.assign" // of people to a social worker
	case "access":
		return reason != "scope" // then the object is whom somebody has asked for
	}
	return false
}

type auditLine struct {
	N        int64             `json:"n"`
	At       string            `json:"at"`
	Actor    string            `json:"actor"`
	Action   string            `json:"action"`
	District roster.DistrictID `json:"district"`
	Subject  roster.SubjectID  `json:"subject"`
	Object   string            `json:"object"`
	Reason   string            `json:"reason"`
	Detail   string            `json:"detail"`
	Purpose  string            `json:"purpose"`
	Withheld bool              `json:"withheld"`
}

// listAudit answers one page of the audit chain, the newest records first.
func (s *Server) listAudit(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := parseAudit(r.URL.Query(), c)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	list, next, ok := s.readAuditLog(w, r, c, f)
	if !ok {
		return
	}
	answer := struct {
		Items []auditLine `json:"items"`
		Next  *string     `json:"next"`
	}{Items: make([]auditLine, 0, len(list)), Next: orNull(next)}
	for i := range list {
		a := &list[i]
		answer.Items = append(answer.Items, auditLine{
			a.N, s.stamp(a.At), a.Actor, a.Action, a.District, a.Subject, a.Object, a.Reason, a.Detail, a.Purpose, a.Withheld,
		})
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

// getChain answers what is known of the chain as a whole.
func (s *Server) getChain(w http.ResponseWriter, r *http.Request, _ *caller) {
	chain := s.deps.AuditLog.AuditChain(r.Context())
	answer := struct {
		State    string  `json:"state"`
		Verified int64   `json:"verified"`
		At       *string `json:"at"`
		Broken   *int64  `json:"broken"`
		Why      string  `json:"why"`
	}{State: chain.state(), Verified: chain.Verified, Why: chain.Why}
	if chain.Known {
		answer.At = orNull(chain.At.Time(s.cfg.Zone).Format(time.RFC3339))
	}
	if chain.Broken != 0 {
		answer.Broken = &chain.Broken
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

func (c *Chain) state() string {
	switch {
	case !c.Known:
		return "unknown"
	case c.Broken != 0:
		return "broken"
	}
	return "whole"
}
