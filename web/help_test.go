package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// site is a server over a world, spoken to without a network.
type site struct {
	t testing.TB
	*world
	srv *web.Server
}

func newSite(t testing.TB) *site {
	t.Helper()
	return newSiteWith(t, web.Config{PublicURL: "http://monitor.test", SessionKey: make([]byte, 32)})
}

func newSiteWith(t testing.TB, cfg web.Config) *site {
	t.Helper()
	w := newWorld()
	srv, err := web.New(cfg, w.deps())
	if err != nil {
		t.Fatal(err)
	}
	return &site{t: t, world: w, srv: srv}
}

// episode of an office; the reason is in both languages.
func episode(id string, sev rules.Severity, office roster.OfficeID) rules.Episode {
	at := roster.InstantOf(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	return rules.Episode{
		ID: id, Kind: "area-exit", Severity: sev, Subject: "S0001", Device: "W1", Office: office, Officer: "F1",
		Started: at, Opened: at + 10*roster.Minute, Count: 1,
		Reason: rules.Text{ZH: "离开市辖区 1.2 公里", EN: "1.2 km outside the city"},
	}
}

type setting func(*http.Request)

func bearer(token string) setting { return header("Authorization", "Bearer "+token) }

func header(name, value string) setting {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func cookies(jar []*http.Cookie) setting {
	return func(r *http.Request) {
		for _, c := range jar {
			r.AddCookie(c)
		}
	}
}

func body(kind, text string) setting {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body = io.NopCloser(strings.NewReader(text))
	}
}

func form(pairs ...string) setting {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return body("application/x-www-form-urlencoded", v.Encode())
}

// do sends "GET /path".
func (s *site) do(line string, settings ...setting) *httptest.ResponseRecorder {
	s.t.Helper()
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, "http://monitor.test"+target, nil)
	for _, set := range settings {
		set(r)
	}
	rec := httptest.NewRecorder()
	s.srv.Handler().ServeHTTP(rec, r)
	s.conforms(r, rec)
	return rec
}

// want checks a status and what the answer has to contain.
func want(t testing.TB, rec *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("status %d, want %d: %s", rec.Code, status, rec.Body)
	}
	for _, p := range parts {
		if !strings.Contains(rec.Body.String(), p) {
			t.Errorf("%q is missing in: %s", p, rec.Body)
		}
	}
}

// lacks checks that the answer holds none of the parts.
func lacks(t *testing.T, rec *httptest.ResponseRecorder, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(rec.Body.String(), p) {
			t.Errorf("%q should not be in: %s", p, rec.Body)
		}
	}
}

// signIn answers the cookies of a session and its CSRF token.
func (s *site) signIn(token string) (jar []*http.Cookie, csrf string) {
	s.t.Helper()
	rec := s.do("POST /login", form("token", token))
	if rec.Code != http.StatusSeeOther {
		s.t.Fatalf("sign-in: status %d", rec.Code)
	}
	jar = rec.Result().Cookies()
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(s.do("GET /", cookies(jar)).Body.String())
	if found == nil {
		s.t.Fatal("the page has no CSRF token")
	}
	return jar, found[1]
}

func (s *site) state(id string) alerts.State {
	a, _, err := s.Alert(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return a.State
}

func (s *site) metrics() *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.srv.MetricsHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	return rec
}
