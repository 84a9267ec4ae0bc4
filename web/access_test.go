package web_test

import (
	"net/http"
	"strings"
	"testing"

	"correctiond/rules"
	"correctiond/web"
)

func TestEveryRouteButTheOpenOnesNeedsSignIn(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	for _, line := range []string{
		"GET /api/v1/alerts", "GET /api/v1/alerts/a1", "POST /api/v1/alerts/a1/ack", "POST /api/v1/alerts/a1/note",
		"POST /api/v1/alerts/a1/close", "POST /api/v1/alerts/a1/attach", "POST /api/v1/alerts/a1/assign",
		"GET /api/v1/alerts/a1/files/00", "GET /api/v1/overview", "GET /api/v1/stream", "GET /stream", "GET /metrics",
		"GET /api/v1/subjects", "GET /api/v1/subjects/S1", "GET /api/v1/subjects/S1/risk", "GET /api/v1/rollcall",
		"POST /api/v1/subjects/S1/contact",
	} {
		for name, set := range map[string]setting{
			"none": header("X", "x"), "foreign": bearer("token-unknown"), "empty": bearer(""),
			"basic": header("Authorization", "Basic dG9rZW4tb2ZmaWNlcjo="), "long": bearer(strings.Repeat("x", 9000)),
		} {
			rec := s.do(line, set)
			if rec.Code != http.StatusUnauthorized || rec.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %s token: %d", line, name, rec.Code)
			}
		}
	}
	rec := s.do("GET /")
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/login" {
		t.Errorf("page: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
}

func TestRolesWithoutTheirPlaceSeeNothing(t *testing.T) {
	s := newSite(t)
	s.tokens["no-office"] = web.Identity{Name: "x", Role: web.Officer, District: "D1"}
	s.tokens["no-district"] = web.Identity{Name: "x", Role: web.District}
	s.tokens["odd-role"] = web.Identity{Name: "x", Role: "root", District: "D1", Office: "O1"}
	for _, token := range []string{"no-office", "no-district", "odd-role"} {
		want(t, s.do("GET /api/v1/alerts", bearer(token)), http.StatusForbidden)
	}
}

func TestParseRole(t *testing.T) {
	if r, err := web.ParseRole("office_head"); err != nil || r != web.OfficeHead {
		t.Errorf("office_head: %v %v", r, err)
	}
	if _, err := web.ParseRole("root"); err == nil {
		t.Error("root is taken for a role")
	}
}

func TestMetricsHaveTheirOwnListener(t *testing.T) {
	s := newSite(t)
	s.do("GET /api/v1/alerts/secret-id", bearer("token-officer"))
	want(t, s.do("GET /metrics", bearer("token-ops")), 404)
	m := &site{t: t, world: s.world, srv: s.srv}
	rec := m.metrics()
	want(t, rec, 200, `correctiond_web_requests_total{route="GET /api/v1/alerts/{id}",status="4xx"} 1`)
	lacks(t, rec, "secret-id", "officer-1")
}

func TestMetricsOnTheMainListenerAreForOperations(t *testing.T) {
	s := newSiteWith(t, web.Config{MetricsHere: true})
	want(t, s.do("GET /metrics", bearer("token-ops")), 200, "correctiond_web_streams")
	want(t, s.do("GET /metrics", bearer("token-district")), 403)
	want(t, s.do("GET /metrics"), 401)
}

func TestOperationsAreToldWhyTheySeeNothing(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	rec := s.do("POST /login", form("token", "token-ops"))
	want(t, rec, http.StatusSeeOther)
	page := s.do("GET /", cookies(rec.Result().Cookies()))
	want(t, page, http.StatusForbidden, "您的角色不能查看", "/logout")
	lacks(t, page, "S0001")
}
