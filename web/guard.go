package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// bodyLimit bounds the body of a request of a route, in bytes.
func bodyLimit(pattern string) int64 {
	if strings.HasSuffix(pattern, "/attach") {
		return maxUpload
	}
	if strings.HasSuffix(pattern, "/plan") || pattern == "POST /zones" {
		return maxPlan
	}
	if strings.HasSuffix(pattern, "/import") || strings.HasPrefix(pattern, "PUT ") {
		return maxImport
	}
	return maxBody
}

// caller is who sent a request, judged by guard.
type caller struct {
	Identity
	scope Scope
	// permitted: may do what the route needs.
	permitted bool
	lang      string // "zh" or "en"
	speaks    surface
	secret    string   // what was presented, to ask again on long streams
	session   *session // nil for bearer tokens and anonymous callers
	// officers of the offices that this request has asked for, by district and office.
	officers map[[2]string][]roster.Officer
}

// guard is the one place that decides whether a request is let through.
func (s *Server) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		r.Body = http.MaxBytesReader(rec, r.Body, bodyLimit(rt.pattern))
		s.admit(rec, r, rt)
		s.metrics.observe(rt.pattern, rec.status, time.Since(began))
	})
}

func (s *Server) admit(w http.ResponseWriter, r *http.Request, rt route) {
	c := &caller{lang: s.language(r), speaks: rt.speaks}
	if rt.need != anyone {
		w.Header().Set("Cache-Control", "no-store")
		if err := s.authenticate(r, c); err != nil {
			s.broken(w, r, c, err)
			return
		}
		if c.Role == "" {
			s.unauthenticated(w, r, c)
			return
		}
	}
	if c.MustChange && !rt.beforeChange() {
		s.changeFirst(w, r, c)
		return
	}
	if err := s.permit(r, c, rt.need); err != nil {
		s.broken(w, r, c, err)
		return
	}
	if !c.permitted {
		s.refuseAccess(r, c, "role")
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the role " + string(c.Role) + " may not do this"})
		return
	}
	waitForUpload(w, rt.pattern)
	if !safe(r.Method) && !s.genuine(r, c) {
		s.refuseAccess(r, c, "forged")
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the request did not come from a page of this service"})
		return
	}
	rt.handle(s, w, r, c)
}

// permit judges whether the caller may do what the route needs, and how far.
func (s *Server) permit(r *http.Request, c *caller, need right) (err error) {
	if c.permitted = c.Role.may(need); !c.permitted || need&^impersonal == 0 || need == readAudit && c.Role.system() {
		return nil
	}
	c.scope, c.permitted, err = s.scopeOf(r.Context(), c.Identity)
	return err
}

// authenticate fills in the identity when the request carries a valid bearer
// token or session. A bearer token that is wrong is not saved by a session.
func (s *Server) authenticate(r *http.Request, c *caller) error {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil
		}
		return s.identify(r.Context(), c, strings.TrimSpace(secret), true)
	}
	if c.session = s.sessions.read(r); c.session == nil {
		return nil
	}
	return s.identify(r.Context(), c, c.session.Secret, !unattended(r))
}

// unattended tells what a page asks for by itself, without anybody at it: scripts
// say so, and of a page that reloads itself the browser does (Fetch Metadata).
func unattended(r *http.Request) bool {
	reloaded := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-User") == ""
	return safe(r.Method) && (isFetch(r) || reloaded)
}

// identify looks a secret up. Odd sizes are refused before anyone hashes them.
func (s *Server) identify(ctx context.Context, c *caller, secret string, used bool) error {
	if secret == "" || len(secret) > 512 {
		return nil
	}
	id, ok, err := s.deps.Tokens.Lookup(ctx, secret, used)
	if err != nil || !ok {
		return err
	}
	c.Identity, c.secret = id, secret
	return nil
}

func (s *Server) unauthenticated(w http.ResponseWriter, r *http.Request, c *caller) {
	if r.Header.Get("Authorization") != "" || c.session != nil {
		s.refuseAccess(r, c, "unknown token")
	}
	if c.speaks == page && !isFetch(r) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="correctiond"`)
	s.fail(w, r, c, problem{Status: http.StatusUnauthorized, Detail: "send Authorization: Bearer TOKEN, or sign in"})
}

// genuine tells whether an unsafe request was meant by its sender. A bearer
// token is not sent by browsers on their own, so it proves that; a session needs
// its CSRF token besides coming from the same origin.
func (s *Server) genuine(r *http.Request, c *caller) bool {
	if c.Role != "" && c.session == nil {
		return true
	}
	if s.origin.Check(r) != nil {
		return false
	}
	if c.session == nil {
		return true // sign-in: there is no session to abuse yet
	}
	sent := r.Header.Get("X-CSRF-Token")
	if sent == "" && c.speaks == page {
		sent = r.PostFormValue("csrf")
	}
	return subtle.ConstantTimeCompare([]byte(sent), []byte(s.sessions.csrf(c.session))) == 1
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// isFetch tells a script of our pages from a navigation.
func isFetch(r *http.Request) bool { return r.Header.Get("X-Requested-With") == "fetch" }

// recorder notes the status of an answer for the metrics.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// seconds writes a wait for Retry-After, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

func statusClass(status int) string { return strconv.Itoa(status/100) + "xx" }
