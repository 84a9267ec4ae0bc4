package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

func TestListAnswersAlertsOfTheScopeNewestFirst(t *testing.T) {
	s := newSite(t)
	for i := range 5 {
		ep := episode(fmt.Sprintf("a%d", i), rules.P2, "O1")
		ep.Opened += roster.Instant(i) * roster.Minute
		s.raise(ep)
	}
	s.raise(episode("other", rules.P1, "O2"))

	var ids []string
	next := ""
	for range 4 {
		var page struct {
			Items []struct{ ID, Label, Reason, State, Condition string }
			Next  *string
		}
		rec := s.do("GET /api/v1/alerts?limit=2&cursor="+next, bearer("token-officer"))
		want(t, rec, http.StatusOK)
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			ids = append(ids, a.ID)
			if a.Label != "越界" || a.Reason != "离开市辖区 1.2 公里" || a.State != "open" || a.Condition != "active" {
				t.Errorf("alert %+v", a)
			}
		}
		if page.Next == nil {
			break
		}
		next = *page.Next
	}
	if got := strings.Join(ids, " "); got != "a4 a3 a2 a1 a0" {
		t.Errorf("listed %s", got)
	}
	want(t, s.do("GET /api/v1/alerts?kind=none", bearer("token-officer")), 200, `{"items":[],"next":null}`)
}

func TestListFilters(t *testing.T) {
	s := newSite(t)
	s.raise(episode("exit", rules.P2, "O1"))
	tamper := episode("strap", rules.P1, "O1")
	tamper.Kind, tamper.Subject, tamper.Officer = "strap-tamper", "S0002", "F2"
	tamper.Opened += roster.Hour
	s.raise(tamper)
	s.raise(episode("far", rules.P2, "O2"))
	for query, expect := range map[string]string{
		"":                        "exit strap far",
		"state=open":              "exit strap far",
		"state=closed":            "",
		"state=open,acknowledged": "exit strap far",
		"severity=P1":             "strap",
		"severity=P1&severity=P2": "exit strap far",
		"kind=strap-tamper":       "strap",
		"office=O2":               "far",
		"officer=F2":              "strap",
		"subject=S0001":           "exit far",
		"from=" + url.QueryEscape("2026-03-02T17:00:00+08:00"): "strap",
		"until=2026-03-02T17:00:00+08:00":                      "exit far",
	} {
		rec := s.do("GET /api/v1/alerts?"+query, bearer("token-district"))
		want(t, rec, http.StatusOK)
		for _, id := range []string{"exit", "strap", "far"} {
			if strings.Contains(rec.Body.String(), `"id":"`+id+`"`) != strings.Contains(expect, id) {
				t.Errorf("%s: want %q, got %s", query, expect, rec.Body)
			}
		}
	}
}

func TestListRefusesWrongParameters(t *testing.T) {
	s := newSite(t)
	for query, field := range map[string]string{
		"state=ajar": "state", "severity=P5": "severity", "limit=0": "limit", "limit=501": "limit", "limit=x": "limit",
		"from=yesterday": "from", "until=2026-03-02": "until", "cursor=%21": "cursor", "cursor=bm9uZQ": "cursor",
	} {
		rec := s.do("GET /api/v1/alerts?"+query, bearer("token-officer"))
		want(t, rec, http.StatusBadRequest, `"field":"`+field+`"`)
		if ct := rec.Header().Get("Content-Type"); ct != "application/problem+json" {
			t.Errorf("%s: content type %q", query, ct)
		}
	}
}

func TestActionsNeedTheVersionThatWasSeen(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	by := bearer("token-officer")
	rec := s.do("GET /api/v1/alerts/a1", by)
	want(t, rec, http.StatusOK)
	tag := rec.Header().Get("ETag")
	if tag != `"1"` {
		t.Fatalf("ETag %s", tag)
	}
	want(t, s.do("POST /api/v1/alerts/a1/ack", by), http.StatusPreconditionRequired)
	rec = s.do("POST /api/v1/alerts/a1/ack", by, header("If-Match", tag))
	want(t, rec, http.StatusOK, `"state":"acknowledged"`, `"by":"officer-1"`)
	if rec.Header().Get("ETag") != `"2"` {
		t.Errorf("ETag %s after the first change", rec.Header().Get("ETag"))
	}
	note := body("application/json", `{"text":"已电话联系"}`)
	rec = s.do("POST /api/v1/alerts/a1/note", by, header("If-Match", tag), note)
	want(t, rec, http.StatusPreconditionFailed, `"state":"acknowledged"`, `"version":2`)
	for _, weak := range []string{`W/"2"`, `2`, `"x"`} {
		want(t, s.do("POST /api/v1/alerts/a1/note", by, header("If-Match", weak), note), http.StatusPreconditionFailed)
	}
	want(t, s.do("POST /api/v1/alerts/a1/note", by, header("If-Match", `"9", "2"`), note), 200, "已电话联系")
	want(t, s.do("POST /api/v1/alerts/a1/ack", by, header("If-Match", "*")), http.StatusConflict, "already acknowledged")
	end := body("application/json", `{"outcome":"excused","reason":"就医已核实","note":"病历已看"}`)
	want(t, s.do("POST /api/v1/alerts/a1/close", by, header("If-Match", `"3"`), end), 200, `"outcome":"excused"`, "就医已核实", "病历已看")
	want(t, s.do("POST /api/v1/alerts/a1/close", by, header("If-Match", `"4"`), end), http.StatusConflict)
}

func TestActionBodiesAreStrict(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	for _, c := range []struct {
		name, action, kind, body string
		status                   int
		says                     string
	}{
		{"close without reason", "close", "application/json", `{"outcome":"unfounded"}`, 422, `"field":"reason"`},
		{"close without outcome", "close", "application/json", `{"reason":"看过了没事"}`, 422, `"field":"outcome"`},
		{"close as recovered", "close", "application/json", `{"outcome":"recovered","reason":"已经恢复"}`, 422, `"field":"outcome"`},
		{"empty note", "note", "application/json", `{"text":" "}`, 422, `"field":"text"`},
		{"unknown field", "note", "application/json", `{"txt":"x"}`, 400, "txt"},
		{"wrong type", "note", "application/json", `{"text":1}`, 400, ""},
		{"not JSON", "note", "application/json", `text`, 400, ""},
		{"two objects", "note", "application/json", `{"text":"a"}{"text":"b"}`, 400, "more than one"},
		{"not UTF-8", "note", "application/json", "{\"text\":\"\xff\"}", 400, "UTF-8"},
		{"a form", "note", "application/x-www-form-urlencoded", `text=a`, 415, "application/json"},
		{"too large", "note", "application/json", `{"text":"` + strings.Repeat("a", 70_000) + `"}`, 413, ""},
	} {
		rec := s.do("POST /api/v1/alerts/a1/"+c.action, bearer("token-officer"), header("If-Match", `"1"`), body(c.kind, c.body))
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
		}
	}
	if s.state("a1") != "open" {
		t.Error("a refused action changed the alert")
	}
}

func TestOverviewCountsWhatTheCallerSees(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	s.raise(episode("a2", rules.P3, "O2"))
	want(t, s.do("GET /api/v1/overview", bearer("token-officer")), 200, `"office":"O1"`, `"open":1,`, `"subjects":267`, `"oldest_opened":"2026-03-02T08:10:00Z"`)
	want(t, s.do("GET /api/v1/overview", bearer("token-district")), 200, `"office":null`, `"open":2,`)
	want(t, s.do("GET /api/v1/overview?office=O2", bearer("token-district")), 200, `"office":"O2"`, `"open":1,`)
	want(t, s.do("GET /api/v1/overview?office=O2", bearer("token-officer")), 404)
}

func TestHealthAndReadiness(t *testing.T) {
	s := newSite(t)
	s.checks = []web.Check{{Name: "journal", OK: true}, {Name: "state", OK: true}}
	want(t, s.do("GET /readyz"), 200, `"status":"ok"`)
	s.checks[0] = web.Check{Name: "journal", Detail: "full"}
	want(t, s.do("GET /readyz"), 503, `{"name":"journal","ok":false,"detail":"full"}`, `"unavailable"`)
	want(t, s.do("GET /healthz"), 200, `"ok"`)
}

func TestUnknownRoutesAndMethodsAreProblems(t *testing.T) {
	s := newSite(t)
	rec := s.do("GET /api/v1/nothing")
	want(t, rec, 404, `"title":"Not Found"`, `"status":404`)
	if ct := rec.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	rec = s.do("DELETE /api/v1/alerts")
	want(t, rec, 405, `"status":405`)
	if rec.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow %q", rec.Header().Get("Allow"))
	}
	want(t, s.do("GET /nothing", header("Accept", "text/html")), 404, "<!doctype html>", "没有这个页面")
}

func TestInternalErrorsKeepTheirCause(t *testing.T) {
	s := newSite(t)
	s.breakDown(errors.New("disk /var/lib is on fire"))
	for _, line := range []string{"GET /api/v1/alerts", "GET /api/v1/alerts/a1", "GET /api/v1/overview"} {
		rec := s.do(line, bearer("token-officer"))
		want(t, rec, http.StatusInternalServerError)
		lacks(t, rec, "fire")
	}
}
