package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/rules"
	"correctiond/web"
)

const phrase = "桥下 第三棵 柳树 左转"

func (s *site) staff(name string, change bool) {
	s.employ(phrase, "", web.Identity{Name: name, Role: web.Officer, District: "D1", Office: "O1", MustChange: change})
}

// enter signs in by password and answers the cookies and the answer.
func (s *site) enter(name, password string) ([]*http.Cookie, string) {
	s.t.Helper()
	rec := s.do("POST /login", form("name", name, "password", password))
	want(s.t, rec, http.StatusSeeOther)
	return rec.Result().Cookies(), rec.Header().Get("Location")
}

// csrfOf finds the CSRF token of a page.
func (s *site) csrfOf(path string, jar []*http.Cookie) string {
	s.t.Helper()
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(s.do("GET "+path, cookies(jar)).Body.String())
	if found == nil {
		s.t.Fatalf("%s has no CSRF token", path)
	}
	return found[1]
}

func TestSignInByPassword(t *testing.T) {
	s := newSite(t)
	s.staff("zhang", false)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, to := s.enter("zhang", phrase)
	if to != "/" {
		t.Errorf("leads to %q", to)
	}
	want(t, s.do("GET /", cookies(jar)), 200, "zhang", "矫正工作人员", `href="/password"`)
	if strings.Contains(jar[0].Value, "session-") {
		t.Error("the cookie shows the secret of the session")
	}
	want(t, s.do("POST /logout", cookies(jar), form("csrf", s.csrfOf("/", jar))), 303)
	if _, ok := s.tokens["session-1"]; ok {
		t.Error("signed out, the session lives on")
	}
}

// Whatever is wrong, the answer is the same, and does not repeat the password.
func TestOneAnswerToWrongCredentials(t *testing.T) {
	s := newSite(t)
	s.staff("zhang", false)
	s.employ(phrase, "123456", web.Identity{Name: "li", Role: web.Officer, District: "D1", Office: "O1"})
	var answers []string
	for _, c := range [][2]string{{"zhang", "secret-guess"}, {"nobody", "secret-guess"}, {"li", phrase}, {"zhang", ""}} {
		rec := s.do("POST /login", form("name", c[0], "password", c[1]))
		want(t, rec, http.StatusUnauthorized, "用户名、密码或验证码不正确")
		lacks(t, rec, "secret-guess")
		answers = append(answers, strings.Replace(rec.Body.String(), `value="`+c[0]+`"`, "", 1))
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Errorf("two answers:\n%s\n%s", answers[0], a)
		}
	}
	want(t, s.do("POST /login", form("name", "li", "password", phrase, "code", "123456")), 303)
	want(t, s.do("POST /login", form("token", "guess")), 401, "令牌无效", "<details open>")
}

// A printed password opens nothing but the page to change it.
func TestThePrintedPasswordHasToBeChanged(t *testing.T) {
	s := newSite(t)
	s.staff("zhang", true)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, to := s.enter("zhang", phrase)
	if to != "/password" {
		t.Errorf("leads to %q", to)
	}
	for _, path := range []string{"/", "/overview", "/subjects/S1"} {
		rec := s.do("GET "+path, cookies(jar))
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/password" {
			t.Errorf("%s: %d to %q", path, rec.Code, rec.Header().Get("Location"))
		}
	}
	want(t, s.do("GET /api/v1/alerts", cookies(jar)), 403, "printed password")
	want(t, s.do("GET /password", cookies(jar)), 200, "一次性密码")
	csrf := s.csrfOf("/password", jar)
	change := func(old, first, second string) (int, string) {
		rec := s.do("POST /password", cookies(jar), form("csrf", csrf, "old", old, "new", first, "again", second))
		return rec.Code, rec.Body.String()
	}
	for _, c := range []struct{ old, first, second, says string }{
		{phrase, "a new long phrase", "another long phrase", "不一致"},
		{phrase, "short", "short", "不合要求"},
		{"guess", "a new long phrase", "a new long phrase", "原密码"},
	} {
		if code, text := change(c.old, c.first, c.second); code != 422 || !strings.Contains(text, c.says) {
			t.Errorf("%+v: %d %s", c, code, text)
		}
	}
	rec := s.do("POST /password", cookies(jar), form("csrf", csrf, "old", phrase, "new", "a new long phrase", "again", "a new long phrase"))
	want(t, rec, 303)
	want(t, s.do("GET /", cookies(rec.Result().Cookies())), 200)
	want(t, s.do("GET /", cookies(jar)), 303)
	want(t, s.do("POST /password", cookies(rec.Result().Cookies()), form("old", phrase)), 403)
}

func TestTokensHaveNoPassword(t *testing.T) {
	s := newSite(t)
	jar, csrf := s.signIn("token-officer")
	want(t, s.do("GET /password", cookies(jar)), 404)
	want(t, s.do("POST /password", cookies(jar), form("csrf", csrf)), 404)
	lacks(t, s.do("GET /", cookies(jar)), `href="/password"`)
}

// What pages ask for by themselves keeps nobody signed in.
func TestUnattendedPagesDoNotCountAsUse(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	before := s.uses
	for line, set := range map[string]setting{
		"GET /counters":      header("X-Requested-With", "fetch"),
		"GET /alerts/a1/row": header("X-Requested-With", "fetch"),
		"GET /overview":      header("Sec-Fetch-Mode", "navigate"),
	} {
		want(t, s.do(line, cookies(jar), set), 200)
	}
	if s.uses != before {
		t.Errorf("%d of them counted", s.uses-before)
	}
	navigated := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		r.Header.Set("Sec-Fetch-User", "?1")
	}
	want(t, s.do("GET /overview", cookies(jar), navigated), 200)
	want(t, s.do("POST /alerts/a1/ack", cookies(jar), form("csrf", csrf, "version", "1"), header("X-Requested-With", "fetch")), 200)
	if s.uses != before+2 {
		t.Errorf("a person counts %d times", s.uses-before)
	}
}

// Refusals stand in the audit, without what was sent, and not more of them than a
// bound, whoever asks.
func TestRefusalsAreRecordedWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		for range 3 {
			s.do("GET /api/v1/alerts", bearer("secret-guess"))
			s.do("GET /api/v1/alerts/a1/files/00", bearer("token-social_worker"))
		}
		list := s.recorded("access.refuse")
		if len(list) != 2 || list[0].Reason != "unknown token" || list[1].Actor != "social_worker-1" || list[1].Reason != "role" {
			t.Fatalf("%+v", list)
		}
		for i := range 500 {
			s.do("POST /login", form("token", "secret-guess"), func(r *http.Request) { r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:99", i/250, i%250) })
		}
		if n := len(s.recorded("access.refuse")) + len(s.recorded("session.refuse")); n != 21 {
			t.Errorf("%d records of 506 refusals in a minute", n)
		}
		<-time.After(time.Minute)
		s.do("POST /login", form("name", "x", "password", "secret-guess"))
		if list := s.recorded("session.refuse"); list[len(list)-1].Detail != "481 more before this were not recorded" {
			t.Errorf("%+v", list[len(list)-1])
		}
		for _, r := range s.audit {
			if strings.Contains(fmt.Sprint(r), "guess") {
				t.Errorf("a secret in %+v", r)
			}
		}
	})
}

func TestSignInsAreRecorded(t *testing.T) {
	s := newSite(t)
	s.signIn("token-officer")
	if list := s.recorded("session.open"); len(list) != 1 || list[0].Actor != "officer-1" || list[0].Detail != "by token, role officer" {
		t.Errorf("%+v", list)
	}
}
