package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/alerts"
	"correctiond/rules"
	"correctiond/web"
)

func TestCookieIsKeptFromScriptsAndPlainText(t *testing.T) {
	s := newSiteWith(t, web.Config{PublicURL: "https://monitor.test"})
	rec := s.do("POST /login", form("token", "token-officer"))
	c := rec.Result().Cookies()[0]
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Name != "__Host-correctiond" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
	if strings.Contains(c.Value, "token-officer") {
		t.Error("the cookie shows the token")
	}
	if rec.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS behind https")
	}
	if plain := newSite(t).do("POST /login", form("token", "token-officer")).Result().Cookies()[0]; plain.Secure {
		t.Error("a Secure cookie over http would never come back")
	}
}

func TestForgedAndWithdrawnSessionsAreRefused(t *testing.T) {
	s := newSite(t)
	jar, _ := s.signIn("token-officer")
	forged := *jar[0]
	forged.Value = forged.Value[:len(forged.Value)-2] + "AA"
	other := newSiteWith(t, web.Config{SessionKey: []byte(strings.Repeat("k", 32))})
	want(t, s.do("GET /", cookies([]*http.Cookie{&forged})), 303)
	want(t, other.do("GET /", cookies(jar)), 303)
	want(t, s.do("GET /", cookies(jar)), 200)
	s.withdraw("token-officer")
	want(t, s.do("GET /", cookies(jar)), 303)
}

func TestSignOutEndsCopiesOfTheCookie(t *testing.T) {
	s := newSite(t)
	jar, csrf := s.signIn("token-officer")
	rec := s.do("POST /logout", cookies(jar), form("csrf", csrf))
	want(t, rec, 303)
	if c := rec.Result().Cookies()[0]; c.MaxAge >= 0 {
		t.Errorf("cookie %+v is not cleared", c)
	}
	want(t, s.do("GET /", cookies(jar)), 303)
}

func TestSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		jar, _ := s.signIn("token-officer")
		<-time.After(11 * time.Hour)
		want(t, s.do("GET /", cookies(jar)), 200)
		<-time.After(61 * time.Minute)
		want(t, s.do("GET /", cookies(jar)), 303)
	})
}

func TestCrossSiteRequestsChangeNothing(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	_, foreign := s.signIn("token-colleague")
	good := []string{"csrf", csrf, "version", "1"}
	for name, settings := range map[string][]setting{
		"no token":      {form("version", "1")},
		"foreign token": {form("csrf", foreign, "version", "1")},
		"other site":    {form(good...), header("Sec-Fetch-Site", "cross-site")},
		"other origin":  {form(good...), header("Origin", "https://evil.test")},
	} {
		rec := s.do("POST /alerts/a1/ack", append(settings, cookies(jar))...)
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	// The API with a session wants the token in a header: a form cannot set one.
	match := header("If-Match", `"1"`)
	want(t, s.do("POST /api/v1/alerts/a1/ack", cookies(jar), match), 403)
	want(t, s.do("POST /api/v1/alerts/a1/ack", cookies(jar), match, form("csrf", csrf)), 403)
	want(t, s.do("POST /logout", cookies(jar)), 403)
	want(t, s.do("POST /login", form("token", "token-officer"), header("Sec-Fetch-Site", "cross-site")), 403)
	if s.state("a1") != alerts.Open {
		t.Fatal("a forged request changed the alert")
	}
	want(t, s.do("POST /api/v1/alerts/a1/ack", cookies(jar), match, header("X-CSRF-Token", csrf)), 200)
}

func TestSignInIsRateLimitedPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		from := func(addr string) setting { return func(r *http.Request) { r.RemoteAddr = addr } }
		for i := range 10 {
			want(t, s.do("POST /login", form("token", "guess"), from("10.0.0.7:1000")), 401, "令牌无效")
			_ = i
		}
		rec := s.do("POST /login", form("token", "token-officer"), from("10.0.0.7:2000"))
		want(t, rec, http.StatusTooManyRequests, "尝试次数过多")
		if rec.Header().Get("Retry-After") != "300" {
			t.Errorf("Retry-After %q", rec.Header().Get("Retry-After"))
		}
		want(t, s.do("POST /login", form("token", "token-officer"), from("10.0.0.8:1000")), 303)
		for range 10 {
			s.do("POST /login", form("token", "guess"), from("[2001:db8::1]:1000"))
		}
		want(t, s.do("POST /login", form("token", "guess"), from("[2001:db8::2]:1000")), 429)
		<-time.After(5*time.Minute + time.Second)
		want(t, s.do("POST /login", form("token", "token-officer"), from("10.0.0.7:1000")), 303)
	})
}

func TestOversizedFormsAreRefused(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	big := form("text", strings.Repeat("x", 80_000), "csrf", csrf, "version", "1")
	if rec := s.do("POST /alerts/a1/note", cookies(jar), big); rec.Code < 400 || rec.Code > 499 {
		t.Errorf("status %d", rec.Code)
	}
	want(t, s.do("POST /login", form("token", strings.Repeat("x", 600))), 401)
}

func TestNothingSentInBecomesAHeader(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	for _, back := range []string{"a=b\r\nSet-Cookie: x=y", "//evil.test/", "https://evil.test", `"><script>`} {
		rec := s.do("POST /alerts/a1/note", cookies(jar), form("csrf", csrf, "version", "1", "text", "x", "back", back))
		to := rec.Header().Get("Location")
		if rec.Code == http.StatusSeeOther && (!strings.HasPrefix(to, "/?") || strings.ContainsAny(to, "\r\n<>\"")) {
			t.Errorf("%q leads to %q", back, to)
		}
		if rec.Header().Get("Set-Cookie") != "" {
			t.Errorf("%q set a cookie", back)
		}
	}
	rec := s.do("GET /?lang=en%0d%0aX:1&kind=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", cookies(jar))
	lacks(t, rec, "<script>alert")
	if len(rec.Result().Cookies()) > 0 && rec.Result().Cookies()[0].Value != "zh" {
		t.Errorf("cookie %v", rec.Result().Cookies())
	}
}

func TestPathTricksFindNothing(t *testing.T) {
	s := newSite(t)
	jar, _ := s.signIn("token-officer")
	for _, path := range []string{
		"/static/", "/static/../pages.go", "/static/..%2fpages.go", "/static/%2e%2e/pages.go", "/static", "/templates/list.html",
		"/api/v1/alerts/..%2f..%2fmetrics", "/api/v1/alerts/%00", "/alerts//row", "//evil.test/", "/.git/config", "/api/v1/",
	} {
		rec := s.do("GET "+path, cookies(jar))
		if rec.Code == 200 || rec.Code >= 500 {
			t.Errorf("%s: %d", path, rec.Code)
		}
		if to := rec.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "evil") && !strings.HasPrefix(to, "/") {
			t.Errorf("%s leads to %q", path, to)
		}
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	s := newSite(t)
	for _, line := range []string{"GET /", "GET /login", "GET /healthz", "GET /nothing", "DELETE /", "GET /api/v1/alerts", "GET /static/app.js"} {
		rec := s.do(line)
		for name, part := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		} {
			if !strings.Contains(rec.Header().Get(name), part) {
				t.Errorf("%s: %s is %q", line, name, rec.Header().Get(name))
			}
		}
		if strings.Contains(rec.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: unsafe policy", line)
		}
	}
	jar, _ := s.signIn("token-officer")
	for _, path := range []string{"/", "/api/v1/alerts", "/api/v1/overview", "/counters"} {
		if c := s.do("GET "+path, cookies(jar)).Header().Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, c)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("/api/v1/alerts?state=open&limit=3", `"1"`, `{"text":"x"}`)
	f.Add("/alerts/a1/row?cursor=%21", "*", "")
	f.Add("/?severity=P1&from=2026-03-02T08:00:00%2B08:00", "", "\xff")
	w := newWorld()
	w.raise(episode("a1", rules.P1, "O1"))
	srv, err := web.New(web.Config{}, w.deps())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target, match, text string) {
		for _, method := range []string{"GET", "POST"} {
			r, err := http.NewRequestWithContext(t.Context(), method, "http://monitor.test", strings.NewReader(text))
			if err != nil || strings.Contains(target, "stream") {
				return
			}
			if r.URL, err = r.URL.Parse(target); err != nil {
				return
			}
			r.Header = http.Header{
				"Authorization": {"Bearer token-officer"}, "If-Match": {match},
				"Content-Type": {"application/json"}, "Accept": {"text/html"},
			}
			rec := httptest.NewRecorder()
			srv.Handler().ServeHTTP(rec, r)
			if rec.Code >= 500 {
				t.Fatalf("%s %q: %d %s", method, target, rec.Code, rec.Body)
			}
		}
	})
}
