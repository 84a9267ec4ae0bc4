package web_test

import (
	"net/http"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// The matrix: for each route, which role gets which status inside its scope.
// What is outside is 404 for those who may use the route at all.
func TestMatrixOfRoutesAndRoles(t *testing.T) {
	const (
		read  = "officer office_head social_worker district procurator"
		note  = "officer office_head social_worker district"
		act   = "officer office_head district"
		nobod = ""
	)
	routes := []struct{ line, allowed, scoped string }{
		{"GET /api/v1/alerts", read, nobod},
		{"GET /api/v1/alerts/{id}", read, read},
		{"POST /api/v1/alerts/{id}/ack", act, act},
		{"POST /api/v1/alerts/{id}/note", note, note},
		{"POST /api/v1/alerts/{id}/close", act, act},
		{"GET /api/v1/overview", read, nobod},
		{"GET /api/v1/subjects", read, nobod},
		{"GET /api/v1/subjects/{id}", read, read},
		{"GET /api/v1/subjects/{id}/risk", read, read},
		{"GET /api/v1/rollcall", read, nobod},
		{"POST /api/v1/subjects/{id}/contact", act, act},
		{"GET /overview", read, nobod},
		{"GET /risk", read, nobod},
		{"GET /subjects/{id}", read, read},
		{"GET /rollcall", read, nobod},
		{"GET /", read, nobod},
		{"GET /counters", read, nobod},
		{"GET /alerts/{id}/row", read, read},
		{"POST /alerts/{id}/ack", act, act},
		{"POST /alerts/{id}/note", note, note},
		{"POST /alerts/{id}/close", act, act},
		{"GET /metrics", "ops", nobod},
		{"GET /healthz", read + " ops admin", nobod},
		{"GET /readyz", read + " ops admin", nobod},
	}
	for _, rt := range routes {
		for _, role := range []web.Role{
			web.Officer, web.SocialWorker, web.OfficeHead, web.District, web.Procurator, web.Ops, web.Admin,
		} {
			allowed := strings.Contains(" "+rt.allowed+" ", " "+string(role)+" ")
			t.Run(rt.line+" "+string(role), func(t *testing.T) {
				inside, outside := try(t, rt.line, role, "O1", "D1"), try(t, rt.line, role, "O1", "D2")
				if allowed != (inside == http.StatusOK || inside == http.StatusSeeOther) || !allowed && inside != http.StatusForbidden {
					t.Errorf("inside: status %d", inside)
				}
				if allowed && rt.scoped != "" && outside != http.StatusNotFound {
					t.Errorf("outside the district: status %d", outside)
				}
				if !allowed && outside != http.StatusForbidden {
					t.Errorf("outside the district: status %d", outside)
				}
				office := try(t, rt.line, role, "O2", "D1")
				wide := role == web.District || role == web.Procurator
				if allowed && rt.scoped != "" && !wide && office != http.StatusNotFound {
					t.Errorf("another office: status %d", office)
				}
			})
		}
	}
}

// try sends a request about an alert of that office and district.
func try(t *testing.T, line string, role web.Role, office roster.OfficeID, district roster.DistrictID) int {
	t.Helper()
	s := newSiteWith(t, web.Config{MetricsHere: true})
	ep := episode("x1", rules.P3, office)
	ep.District = district
	s.raise(ep)
	s.enlist("x1", "李四", office, 10, rules.Green).District = district
	settings := []setting{bearer("token-" + string(role)), header("If-Match", `"1"`)}
	switch {
	case strings.HasPrefix(line, "POST /api") && strings.HasSuffix(line, "/note"):
		settings = append(settings, body("application/json", `{"text":"x"}`))
	case strings.HasPrefix(line, "POST /api") && strings.HasSuffix(line, "/close"):
		settings = append(settings, body("application/json", `{"outcome":"unfounded"}`))
	case strings.HasPrefix(line, "POST /alerts"):
		settings = append(settings, form("version", "1", "text", "x", "outcome", "unfounded"))
	}
	return s.do(strings.ReplaceAll(line, "{id}", "x1"), settings...).Code
}

func TestEveryRouteButTheOpenOnesNeedsSignIn(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	for _, line := range []string{
		"GET /api/v1/alerts", "GET /api/v1/alerts/a1", "POST /api/v1/alerts/a1/ack", "POST /api/v1/alerts/a1/note",
		"POST /api/v1/alerts/a1/close", "GET /api/v1/overview", "GET /api/v1/stream", "GET /stream", "GET /metrics",
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
