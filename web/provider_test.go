package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/rules"
	"correctiond/web"
)

const callback = "GET /signin/provider/callback"

// begun goes to the provider and answers what the browser keeps.
func (s *site) begun() []*http.Cookie {
	s.t.Helper()
	rec := s.do("GET /signin/provider")
	want(s.t, rec, http.StatusSeeOther)
	return rec.Result().Cookies()
}

// refusedFor tells why a person was led back to the page to sign in; they are not in.
func (s *site) refusedFor(line string, settings ...setting) string {
	s.t.Helper()
	rec := s.do(line, settings...)
	to, err := url.Parse(rec.Header().Get("Location"))
	if err != nil || rec.Code != http.StatusSeeOther || to.Path != "/login" {
		s.t.Fatalf("%d to %q", rec.Code, rec.Header().Get("Location"))
	}
	for _, c := range rec.Result().Cookies() {
		if c.Name == "correctiond" {
			s.t.Errorf("%s: refused, and a session is open", line)
		}
	}
	return to.Query().Get("provider")
}

func TestSignInThroughTheProvider(t *testing.T) {
	s := newSiteWith(t, web.Config{PublicURL: "https://monitor.test"})
	s.vouched.id = web.Identity{Name: "li.si", Role: web.Officer, District: "D1", Office: "O1"}
	s.raise(episode("a1", rules.P1, "O1"))
	want(t, s.do("GET /login"), 200, `href="/signin/provider"`, "统一身份认证登录")
	rec := s.do("GET /signin/provider")
	want(t, rec, http.StatusSeeOther)
	kept := rec.Result().Cookies()
	if to := rec.Header().Get("Location"); to != "https://id.example/authorize?state=state-1" {
		t.Errorf("leads to %q", to)
	}
	c := kept[0]
	if len(kept) != 1 || c.Name != "__Host-correctiond-signin" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/" {
		t.Errorf("kept %+v", kept)
	}
	if strings.Contains(c.Value, "verifier") {
		t.Error("the cookie shows the verifier")
	}
	rec = s.do(callback+"?code=code-1&state=state-1", cookies(kept))
	want(t, rec, http.StatusSeeOther)
	jar := rec.Result().Cookies()
	if to := rec.Header().Get("Location"); to != "/" || len(jar) != 2 || jar[0].Name != c.Name || jar[0].MaxAge >= 0 || jar[1].Name != "__Host-correctiond" {
		t.Errorf("leads to %q with %+v", to, jar)
	}
	if got := s.vouched.codes; len(got) != 1 || got[0] != "code-1 nonce-1 verifier-1" {
		t.Errorf("exchanged %q", got)
	}
	page := s.do("GET /", cookies(jar[1:]))
	want(t, page, 200, "li.si", "矫正工作人员")
	lacks(t, page, `href="/password"`)
	want(t, s.do("GET /password", cookies(jar[1:])), 404)
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self';") || strings.Contains(policy, "id.example") {
		t.Errorf("policy %q", policy)
	}
}

func TestWithoutAProviderThereIsNoWayToIt(t *testing.T) {
	s := newSite(t)
	deps := s.deps()
	deps.Provider = nil
	srv, err := web.New(web.Config{}, deps)
	if err != nil {
		t.Fatal(err)
	}
	s.srv = srv
	lacks(t, s.do("GET /login"), "/signin/provider")
	want(t, s.do("GET /signin/provider"), 404)
	want(t, s.do(callback+"?code=x&state=y"), 404)
}

// What comes back has to belong to a sign-in that this browser began, once and lately.
func TestAnswersThatBelongToNoSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.vouched.id = web.Identity{Name: "li.si", Role: web.Officer, District: "D1", Office: "O1"}
		foreign := newSiteWith(t, web.Config{SessionKey: []byte("a key of 32 bytes, of another one")})
		foreign.vouched.id = s.vouched.id
		first, second := s.begun(), s.begun()
		session, _ := s.signIn("token-officer")
		for name, c := range map[string]struct {
			query string
			jar   []*http.Cookie
		}{
			"no cookie":                   {"code=c&state=state-1", nil},
			"no state":                    {"code=c", first},
			"empty state":                 {"code=c&state=", first},
			"wrong state":                 {"code=c&state=guess", first},
			"state of another sign-in":    {"code=c&state=state-2", first},
			"cookie of another":           {"code=c&state=state-1", second},
			"cookie of another service":   {"code=c&state=state-1", foreign.begun()},
			"a session for a sign-in":     {"code=c&state=state-1", []*http.Cookie{{Name: first[0].Name, Value: session[0].Value}}},
			"cookie of no form":           {"code=c&state=state-1", []*http.Cookie{{Name: first[0].Name, Value: "e30"}}},
			"refusal with a wrong state":  {"error=access_denied&state=guess", first},
			"refusal without any cookie ": {"error=access_denied&state=state-1", nil},
		} {
			if why := s.refusedFor(callback+"?"+c.query, cookies(c.jar)); why != "state" {
				t.Errorf("%s: refused for %q", name, why)
			}
		}
		if len(s.vouched.codes) != 0 {
			t.Errorf("the provider was asked to exchange %q", s.vouched.codes)
		}
		if why := s.refusedFor(callback+"?error=access_denied&state=state-2", cookies(second)); why != "denied" {
			t.Errorf("refused for %q", why)
		}
		want(t, s.do(callback+"?code=c&state=state-1", cookies(first)), 303)
		if why := s.refusedFor(callback+"?code=c&state=state-1", cookies(first)); why != "state" || len(s.vouched.codes) != 1 {
			t.Errorf("a second time: refused for %q, exchanged %q", why, s.vouched.codes)
		}
		late := s.begun()
		<-time.After(10 * time.Minute)
		if why := s.refusedFor(callback+"?code=c&state=state-3", cookies(late)); why != "state" {
			t.Errorf("after ten minutes: refused for %q", why)
		}
		// A cookie of a sign-in is no session.
		want(t, s.do("GET /api/v1/alerts", cookies([]*http.Cookie{{Name: "correctiond", Value: late[0].Value}})), 401)
	})
}

// Each reason has its words in both languages, which name the claim and not the person.
func TestWhyTheProvidersWordIsNotEnough(t *testing.T) {
	for why, says := range map[web.OutsideReason][2]string{
		web.OutsideUnproven: {"未通过核验", "was not accepted"},
		web.OutsideRole:     {"声明“groups”", `claim &#34;groups&#34;`},
		web.OutsideOffice:   {"声明“unit”", `claim &#34;unit&#34;`},
		web.OutsideDistrict: {"区县", "not exactly one district"},
		web.OutsideName:     {"preferred_username", "preferred_username"},
		web.OutsideTaken:    {"同名账户", "account of that name"},
		web.OutsideAway:     {"暂时无法连接", "cannot be reached now"},
	} {
		s := newSiteWith(t, web.Config{Claims: web.Claims{Role: "groups", Office: "unit"}})
		jar := s.begun()
		s.vouched.err = &web.OutsideError{Why: why, Err: errors.New("no claims in here")}
		if got := s.refusedFor(callback+"?code=c&state=state-1", cookies(jar)); got != string(why) {
			t.Errorf("%s: refused for %q", why, got)
		}
		want(t, s.do("GET /login?provider="+string(why)), 200, says[0], `href="?provider=`+string(why)+`&amp;lang=en"`, `name="password"`)
		want(t, s.do("GET /login?lang=en&provider="+string(why)), 200, says[1])
		list := s.recorded("session.refuse")
		if why == web.OutsideAway { // nobody was refused
			if len(list) != 0 {
				t.Errorf("%+v", list)
			}
			continue
		}
		if len(list) != 1 || list[0].Reason != "provider: "+string(why) || !strings.HasPrefix(list[0].Actor, "unknown, ") {
			t.Errorf("%s: %+v", why, list)
		}
	}
	s := newSite(t)
	lacks(t, s.do("GET /login?provider=%3Cscript%3Ealert"), "alert(", `class="notice bad"`)
	s.breakDown(nil)
	s.vouched.err = errors.New("disk full")
	want(t, s.do("GET /signin/provider"), 500)
}

// While the provider is away its sign-in says so, and passwords serve.
func TestWhileTheProviderIsAway(t *testing.T) {
	s := newSite(t)
	s.staff("zhang", false)
	s.vouched.err = &web.OutsideError{Why: web.OutsideAway, Err: errors.New("connection refused")}
	for range 12 { // which uses up no attempt
		if why := s.refusedFor("GET /signin/provider"); why != "away" {
			t.Errorf("refused for %q", why)
		}
	}
	s.enter("zhang", phrase)
	s.vouched.err = nil
	s.begun()
}

// Refusals of the provider count as wrong passwords do; requests that any page can
// cause count for nothing.
func TestRefusedSignInsAreBounded(t *testing.T) {
	s := newSite(t)
	for range 20 {
		s.refusedFor(callback + "?code=c&state=x")
	}
	for range 10 {
		jar := s.begun()
		s.vouched.err = &web.OutsideError{Why: web.OutsideRole, Err: errors.New("none")}
		s.refusedFor(callback+"?code=c&state="+s.vouched.errand.State, cookies(jar))
		s.vouched.err = nil
	}
	for _, line := range []string{"GET /signin/provider", callback + "?code=secret-code&state=x"} {
		rec := s.do(line)
		want(t, rec, http.StatusTooManyRequests, "尝试次数过多")
		lacks(t, rec, "secret-code")
		if rec.Header().Get("Retry-After") == "" {
			t.Error("it does not say how long to wait")
		}
	}
	want(t, s.do("POST /login", form("name", "x", "password", "y")), http.StatusTooManyRequests)
}
