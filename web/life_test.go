package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/rules"
)

func soon(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

// One action after the other by the API; each answers with the alert and its new
// version, and all of it stands in the timeline.
func TestALifeByTheAPI(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P3, "O1"))
	for i, c := range []struct{ action, body, says string }{
		{"assign", `{"officer":"F2","reason":"休假"}`, `"officer":"F2"`},
		{"snooze", `{"until":"` + soon(time.Hour) + `"}`, `"snoozed":{"by":"office_head-1"`},
		{"escalate", `{"reason":"人手不足"}`, `"snoozed":null`},
		{"attach", `{"name":"现场.txt","content":"5oiR","note":"门口"}`, `"name":"现场.txt","type":"text/plain; charset=utf-8","size":3`},
		{"declare-lost", ``, `"what":"declare_lost"`},
		{"declare-absconding", `{"date":"2026-03-01"}`, `"from":"2026-03-01"`},
		{"request-incident", ``, `"incident":{"by":"office_head-1"`},
		{"hold", `{"reason":"行政复议"}`, `"held":{"by":"office_head-1"`},
		{"release", `{"reason":"复议结束"}`, `"what":"release"`},
		{"close", `{"outcome":"confirmed"}`, `"state":"closed"`},
		{"reopen", `{"reason":"误关"}`, `"state":"open"`},
	} {
		version := header("If-Match", fmt.Sprintf(`"%d"`, i+1))
		rec := s.do("POST /api/v1/alerts/a1/"+c.action, bearer("token-office_head"), version, body("application/json", c.body))
		want(t, rec, http.StatusOK, c.says, fmt.Sprintf(`"version":%d`, i+2))
		want(t, s.do("POST /api/v1/alerts/a1/"+c.action, bearer("token-office_head"), version, body("application/json", c.body)),
			http.StatusPreconditionFailed, fmt.Sprintf(`"version":%d`, i+2))
	}
	var doc struct {
		Timeline []struct{ What, By, At string }
	}
	if err := json.Unmarshal(s.do("GET /api/v1/alerts/a1", bearer("token-officer")).Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Timeline) != 12 || doc.Timeline[0].What != "opened" || doc.Timeline[11].What != "reopen" {
		t.Errorf("timeline %+v", doc.Timeline)
	}
	lacks(t, s.do("GET /api/v1/alerts", bearer("token-officer")), "timeline")
}

func TestActionsThatAreRefused(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	for _, c := range []struct {
		action, body string
		status       int
		says         string
	}{
		{"assign", `{}`, 422, `"field":"officer"`},
		{"snooze", `{"until":"` + soon(time.Hour) + `"}`, 409, "cannot be put off"},
		{"snooze", `{"until":"tomorrow"}`, 422, `"field":"until"`},
		{"reopen", `{"reason":"x"}`, 409, "is not closed"},
		{"declare-absconding", `{"date":"03-01"}`, 422, `"field":"date"`},
		{"attach", `{"name":"a.txt"}`, 422, `"field":"file"`},
		{"attach", `{"name":"../a.txt","content":"eA=="}`, 422, `"field":"name"`},
		{"attach", `{"name":"a.txt","content":"§"}`, 400, ""},
	} {
		rec := s.do("POST /api/v1/alerts/a1/"+c.action, bearer("token-district"), header("If-Match", `"1"`), body("application/json", c.body))
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
			t.Errorf("%s %s: %d %s", c.action, c.body, rec.Code, rec.Body)
		}
	}
	if a, _, _ := s.Alert(t.Context(), "a1"); a.Version != 1 {
		t.Error("a refused action changed the alert")
	}
}

// multi is a form with a note and a file.
func multi(content string) setting {
	return body("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n现场\r\n"+
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"page.html\"\r\nContent-Type: image/png\r\n\r\n"+content+"\r\n--x--\r\n")
}

// What is attached comes back as a download, of the type that its content has.
func TestFilesAreNeverShownAsPages(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	page := "<html><script>alert(1)</script>"
	rec := s.do("POST /api/v1/alerts/a1/attach", bearer("token-officer"), header("If-Match", `"1"`), multi(page))
	want(t, rec, http.StatusOK, `"type":"text/html; charset=utf-8"`, `"name":"page.html"`, `"text":"现场"`)
	var doc struct{ Files []alerts.File }
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || len(doc.Files) != 1 {
		t.Fatalf("%v %s", err, rec.Body)
	}
	rec = s.do("GET /api/v1/alerts/a1/files/"+doc.Files[0].SHA256, bearer("token-procurator"))
	want(t, rec, http.StatusOK, page)
	for name, value := range map[string]string{
		"Content-Disposition": "attachment; filename=page.html", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		if got := rec.Header().Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	want(t, s.do("GET /api/v1/alerts/a1/files/"+strings.Repeat("0", 64), bearer("token-officer")), 404)
	want(t, s.do("POST /api/v1/alerts/a1/attach", bearer("token-officer"), header("If-Match", `"2"`), multi(page)), 409, "already")
}

func TestLargeFilesAreRefused(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	by, seen := bearer("token-officer"), header("If-Match", `"1"`)
	want(t, s.do("POST /api/v1/alerts/a1/attach", by, seen, multi(strings.Repeat("a", alerts.MaxFile+1))), 413)
	want(t, s.do("POST /api/v1/alerts/a1/attach", by, seen, multi(strings.Repeat("a", 15<<20))), 413)
	want(t, s.do("POST /api/v1/alerts/a1/attach", by, seen, multi(strings.Repeat("a", alerts.MaxFile))), 200)
	want(t, s.do("POST /api/v1/alerts/a1/attach", by, header("If-Match", `"2"`), body("multipart/form-data; boundary=x", "--x--\r\n")), 422, `"field":"file"`)
	want(t, s.do("POST /api/v1/alerts/a1/attach", by, header("If-Match", `"2"`), body("multipart/form-data", "x")), 400)
}

func TestAlertsByPerson(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P3, "O1"))
	s.raise(episode("a2", rules.P1, "O1"))
	other := episode("a3", rules.P2, "O1")
	other.Subject = ""
	s.raise(other)
	s.raise(episode("far", rules.P1, "O2"))
	rec := s.do("GET /api/v1/alerts?group=subject", bearer("token-officer"))
	want(t, rec, 200, `"subject":null,"count":1`, `"subject":"S0001","count":2`, `"severity":"P1"`, `"next":null`)
	lacks(t, rec, `"id":"far"`)
	want(t, s.do("GET /api/v1/alerts?group=kind", bearer("token-officer")), 400, `"field":"group"`)
	want(t, s.do("GET /api/v1/alerts?group=subject&cursor=bm9uZQ", bearer("token-officer")), 400, `"field":"cursor"`)
	want(t, s.do("GET /api/v1/alerts?group=subject&office=O2", bearer("token-officer")), 200, `"items":[]`)
}

// The list offers what applies, and it works without scripts.
func TestAssignSnoozeAndReopenFromTheList(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P3, "O1"))
	s.raise(episode("a2", rules.P1, "O1"))
	jar, csrf := s.signIn("token-office_head")
	rec := s.do("GET /", cookies(jar))
	want(t, rec, 200, `action="/alerts/a1/assign"`, `action="/alerts/a2/assign"`, `action="/alerts/a1/snooze"`, "王明")
	lacks(t, rec, `action="/alerts/a2/snooze"`, "/reopen")
	want(t, s.do("POST /alerts/a1/assign", cookies(jar), form("csrf", csrf, "version", "1", "officer", "F1")), 303)
	want(t, s.do("POST /alerts/a1/snooze", cookies(jar), form("csrf", csrf, "version", "2", "hours", "4")), 303)
	want(t, s.do("GET /", cookies(jar)), 200, "指派给 王明", "暂缓至")
	want(t, s.do("POST /alerts/a1/snooze", cookies(jar), form("csrf", csrf, "version", "3", "hours", "25")), 422, "不得超过 24 小时")
	want(t, s.do("POST /alerts/a1/snooze", cookies(jar), form("csrf", csrf, "version", "3")), 400)
	want(t, s.do("POST /alerts/a1/close", cookies(jar), form("csrf", csrf, "version", "3", "outcome", "excused")), 303)
	want(t, s.do("GET /?state=closed", cookies(jar)), 200, `action="/alerts/a1/reopen"`)
	want(t, s.do("POST /alerts/a1/reopen", cookies(jar), form("csrf", csrf, "version", "4")), 422, "重新打开的理由")
	want(t, s.do("POST /alerts/a1/reopen", cookies(jar), form("csrf", csrf, "version", "4", "reason", "误关")), 303)
	if s.state("a1") != alerts.Open {
		t.Errorf("reopened, it is %s", s.state("a1"))
	}
	officer, _ := s.signIn("token-officer")
	lacks(t, s.do("GET /", cookies(officer)), "/assign")
}
