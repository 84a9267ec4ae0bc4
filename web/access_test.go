package web_test

import (
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
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
		head  = "office_head district"
		files = "officer office_head district procurator"
		nobod = ""
	)
	routes := []struct{ line, allowed, scoped string }{
		{"GET /api/v1/alerts", read, nobod},
		{"GET /api/v1/alerts/{id}", read, read},
		{"POST /api/v1/alerts/{id}/ack", act, act},
		{"POST /api/v1/alerts/{id}/note", note, note},
		{"POST /api/v1/alerts/{id}/close", act, act},
		{"POST /api/v1/alerts/{id}/assign", head, head},
		{"POST /api/v1/alerts/{id}/attach", act, act},
		{"POST /api/v1/alerts/{id}/escalate", act, act},
		{"POST /api/v1/alerts/{closed}/reopen", act, act},
		{"POST /api/v1/alerts/{id}/snooze", act, act},
		{"POST /api/v1/alerts/{id}/request-incident", act, act},
		{"POST /api/v1/alerts/{id}/declare-lost", act, act},
		{"POST /api/v1/alerts/{id}/declare-absconding", act, act},
		{"GET /api/v1/alerts/{closed}/files/{sha256}", files, files},
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
		{"POST /alerts/{id}/assign", head, head},
		{"POST /alerts/{closed}/reopen", act, act},
		{"POST /alerts/{id}/snooze", act, act},
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
	hash := s.closeWithFile(ep)
	settings := []setting{bearer("token-" + string(role)), header("If-Match", "*"), fields(line)}
	return s.do(strings.NewReplacer("{id}", "x1", "{closed}", "x2", "{sha256}", hash).Replace(line), settings...).Code
}

// closeWithFile raises a second alert like the first, which is closed and holds a
// file of that hash.
func (s *site) closeWithFile(ep rules.Episode) (hash string) {
	s.t.Helper()
	ep.ID = "x2"
	s.raise(ep)
	file, err := s.Keep(s.t.Context(), strings.NewReader("text"))
	if err != nil {
		s.t.Fatal(err)
	}
	file.Name = "a.txt"
	for _, a := range []alerts.Action{{Type: alerts.Attach, File: &file}, {Type: alerts.Close, Outcome: alerts.Unfounded}} {
		a.By, a.At = "F1", ep.Opened+1
		if _, err := s.Act(s.t.Context(), "x2", a); err != nil {
			s.t.Fatal(err)
		}
	}
	return file.SHA256
}

// fields are a body with what the route asks for.
func fields(line string) setting {
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	bodies := map[string]string{
		"note": `{"text":"x"}`, "close": `{"outcome":"unfounded"}`, "assign": `{"officer":"F2"}`, "reopen": `{"reason":"x"}`,
		"snooze": `{"until":"` + until + `"}`, "attach": `{"name":"a.txt","content":"eA=="}`,
	}
	switch action := path.Base(line); {
	case strings.HasPrefix(line, "POST /api") && bodies[action] != "":
		return body("application/json", bodies[action])
	case strings.HasPrefix(line, "POST /alerts"):
		version := "1"
		if strings.Contains(line, "{closed}") {
			version = "3"
		}
		return form("version", version, "text", "x", "outcome", "unfounded", "officer", "F2", "reason", "x", "hours", "4")
	}
	return header("X", "x")
}

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
