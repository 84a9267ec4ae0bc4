package web_test

import (
	"errors"
	"strings"
	"testing"

	"correctiond/web"
)

// Masked everywhere, also for those who may look behind it.
func TestNamesAreMaskedUntilSomebodySaysWhy(t *testing.T) {
	s := newTown(t)
	by := bearer("token-officer")
	for _, line := range []string{"GET /api/v1/subjects", "GET /api/v1/subjects/S2", "GET /risk", "GET /subjects/S2", "GET /api/v1/subjects?q=王小明"} {
		rec := s.do(line, by)
		want(t, rec, 200, "王*")
		lacks(t, rec, "王小明\"", ">王小明", "13900000000")
	}
	for line, set := range map[string]setting{
		"GET /api/v1/subjects/S2?reveal=1&reason=%E5%A4%B1%E8%81%94%E6%9F%A5%E6%89%BE": header("X", "x"),
		"POST /api/v1/subjects/S2/reveal":                                              body("application/json", `{"reason":"失联查找"}`),
	} {
		want(t, s.do(line, by, set), 200, `"name":"王小明"`, `"revealed":true`, `"phone":"13900000000"`)
	}
	list := s.recorded("subject.reveal")
	if len(list) != 2 || list[0] != (web.Recorded{
		Actor: "officer-1", Action: "subject.reveal", Object: "S2", Reason: "失联查找", Detail: "district D1, office O1, role officer",
		District: "D1", Subject: "S2",
	}) {
		t.Errorf("%+v", list)
	}
}

func TestRevealsThatAreRefused(t *testing.T) {
	s := newTown(t)
	for _, c := range []struct {
		token, line, reason string
		status              int
	}{
		{"officer", "S2", "查", 422},
		{"officer", "S2", "   查   ", 422},
		{"officer", "S2", strings.Repeat("查", 401), 422},
		{"officer", "S3", "失联查找", 404}, // another office's
		{"officer", "S0", "失联查找", 404},
		{"social_worker", "S2", "失联查找", 403},
		{"procurator", "S2", "失联查找", 403},
		{"admin", "S2", "失联查找", 403},
		{"ops", "S2", "失联查找", 403},
	} {
		rec := s.do("POST /api/v1/subjects/"+c.line+"/reveal", bearer("token-"+c.token), body("application/json", `{"reason":"`+c.reason+`"}`))
		if rec.Code != c.status || strings.Contains(rec.Body.String(), "王小明") {
			t.Errorf("%+v: %d %s", c, rec.Code, rec.Body)
		}
		rec = s.do("GET /api/v1/subjects/"+c.line+"?reveal=1&reason=x", bearer("token-"+c.token))
		if strings.Contains(rec.Body.String(), "王小明") || rec.Code == 200 {
			t.Errorf("%+v by GET: %d %s", c, rec.Code, rec.Body)
		}
	}
	if list := s.recorded("subject.reveal"); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	// What cannot be recorded is not shown.
	s.breakDown(errors.New("disk full"))
	rec := s.do("POST /api/v1/subjects/S2/reveal", bearer("token-district"), body("application/json", `{"reason":"失联查找"}`))
	want(t, rec, 500)
	lacks(t, rec, "王小明")
}

// On the page by a form; a link from elsewhere reveals nothing and leaves no record.
func TestRevealOnThePage(t *testing.T) {
	s := newTown(t)
	jar, csrf := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S2", cookies(jar)), 200, `action="/subjects/S2/reveal"`, "王*")
	rec := s.do("POST /subjects/S2/reveal", cookies(jar), form("csrf", csrf, "reason", "失联查找"))
	want(t, rec, 200, "王小明", "13900000000", "记入审计")
	if rec.Header().Get("Cache-Control") != "no-store" {
		t.Error("the browser keeps the name")
	}
	want(t, s.do("POST /subjects/S2/reveal", cookies(jar), form("reason", "失联查找")), 403)
	want(t, s.do("GET /api/v1/subjects/S2?reveal=1&reason=aaaa", cookies(jar)), 403)
	want(t, s.do("GET /api/v1/subjects/S2?reveal=1&reason=aaaa", cookies(jar), header("X-CSRF-Token", csrf)), 200, "王小明")
	if n := len(s.recorded("subject.reveal")); n != 2 {
		t.Errorf("%d reveals are recorded", n)
	}
	worker, _ := s.signIn("token-procurator")
	lacks(t, s.do("GET /subjects/S2", cookies(worker)), "/reveal")
}

// An attempt beyond one's scope is recorded with what was asked for.
func TestTrespassIsRecorded(t *testing.T) {
	s := newTown(t)
	want(t, s.do("GET /api/v1/subjects/S3/risk", bearer("token-officer")), 404)
	list := s.recorded("access.refuse")
	if len(list) != 1 || list[0].Object != "S3" || list[0].Reason != "scope" || !strings.Contains(list[0].Detail, "/risk") {
		t.Errorf("%+v", list)
	}
}
