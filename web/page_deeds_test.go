package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"correctiond/rules"
	"correctiond/web"
)

func TestThePageOfAPersonTakesWhatWasDone(t *testing.T) {
	s := newSite(t)
	p := s.enlist("S1", "李四", "O1", 70, rules.Red)
	p.Devices = append(p.Devices, web.Equipment{Device: "P1", Kind: "app"})
	jar, csrf := s.signIn("token-office_head")
	page := s.do("GET /subjects/S1", cookies(jar))
	for _, deed := range []string{"contact", "visit", "challenge", "found", "colour", "colour-confirmed"} {
		want(t, page, 200, `action="/subjects/S1/`+deed+`"`)
	}
	for i, c := range []struct{ deed, sent, body, said string }{
		{"contact", "result=reached", `{"result":"reached"}`, "已记录联系情况"},
		{"visit", "date=2026-03-02", `{"date":"2026-03-02"}`, "已记录走访"},
		{"challenge", "device=P1", `"device":"P1","expires":"`, "已发出抽查"},
		{"found", "", `{}`, "已记录找到本人"},
		{"colour", "colour=orange&reason=家庭变故&until=2026-03-09", `{"colour":"orange","reason":"家庭变故","until":"2026-03-09"}`, "已设定风险等级"},
		{"colour-confirmed", "type=forged", `{}`, "已同意解除红色"},
	} {
		rec := s.do("POST /subjects/S1/"+c.deed, cookies(jar), body("application/x-www-form-urlencoded", c.sent+"&csrf="+csrf))
		want(t, rec, http.StatusSeeOther)
		want(t, s.do("GET "+rec.Header().Get("Location"), cookies(jar)), 200, c.said)
		if d := s.deeds[i]; d.What != c.deed || d.By != "office_head-1" || d.Subject != "S1" || !strings.Contains(string(d.Body), c.body) {
			t.Errorf("%s was recorded as %+v", c.deed, d)
		}
	}
}

func TestDeedsOfThePageAreRefused(t *testing.T) {
	s := newSite(t)
	s.enlist("S1", "李四", "O1", 70, rules.Red)
	s.enlist("S2", "王五", "O2", 10, rules.Green)
	jar, csrf := s.signIn("token-officer")
	signed := form("csrf", csrf)
	page := s.do("GET /subjects/S1", cookies(jar))
	lacks(t, page, "colour-confirmed", "/challenge") // not the head, and no phone
	want(t, s.do("POST /subjects/S1/colour-confirmed", cookies(jar), signed), 403)
	want(t, s.do("POST /subjects/S1/warning", cookies(jar), signed), 404)
	want(t, s.do("POST /subjects/S2/found", cookies(jar), signed), 404)
	want(t, s.do("POST /subjects/S1/found", cookies(jar)), 403)
	if len(s.deeds) != 0 {
		t.Fatalf("recorded: %+v", s.deeds)
	}
	s.refusal = &web.DeedError{Detail: "until is more than 30 days ahead"}
	want(t, s.do("POST /subjects/S1/colour", cookies(jar), signed), 422, "没有记录：until is more than 30 days ahead")
	s.refusal = context.DeadlineExceeded
	want(t, s.do("POST /subjects/S1/colour", cookies(jar), signed), 500)
	social, _ := s.signIn("token-social_worker")
	lacks(t, s.do("GET /subjects/S1", cookies(social)), "/subjects/S1/contact", "/subjects/S1/map")
}

func TestFoundLeadsBackToTheAlertItWasRecordedOn(t *testing.T) {
	s := newSite(t)
	s.lost("a1")
	jar, csrf := s.signIn("token-officer")
	want(t, s.do("GET /alerts/a1", cookies(jar)), 200, `action="/subjects/S0001/found"`, `name="alert" value="a1"`)
	for alert, to := range map[string]string{"a1": "/alerts/a1?did=note", "none": "/subjects/S0001?did=found", "": "/subjects/S0001?did=found"} {
		rec := s.do("POST /subjects/S0001/found", cookies(jar), form("csrf", csrf, "alert", alert))
		if got := rec.Header().Get("Location"); got != to {
			t.Errorf("%q leads to %q", alert, got)
		}
	}
}

func TestTheTrackOfAPersonNeedsAReason(t *testing.T) {
	s := newSite(t)
	s.enlist("S1", "李四", "O1", 70, rules.Red)
	s.charted(3)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S1", cookies(jar)), 200, `data-src="/subjects/S1/map"`, `name="reason"`)
	m := s.mapOf(t, "/subjects/S1/map", cookies(jar))
	if len(s.readings) != 0 || len(m.Track.Features) != 0 || len(m.Zones.Features) != 3 || strings.Contains(m.SVG, "审计") {
		t.Errorf("without a reason: %+v %s", s.readings, m.SVG)
	}
	const day = "/subjects/S1/map?from=2026-03-02T08:00&until=2026-03-02T20:00"
	m = s.mapOf(t, day+"&reason=%E6%A0%B8%E5%AE%9E%E8%A1%8C%E8%B8%AA", cookies(jar))
	if len(m.Track.Features) != 3 || len(s.readings) != 1 || s.readings[0].Reason != "核实行踪" || s.readings[0].By != "officer-1" {
		t.Errorf("readings %+v", s.readings)
	}
	for _, bad := range []string{
		day, day + "&reason=abc", "/subjects/S1/map?reason=because", "/subjects/S1/map?from=2026-03-02T08:00&until=x&reason=because",
		"/subjects/S1/map?from=2026-03-02T08:00&until=2026-03-02T08:00&reason=because",
		"/subjects/S1/map?from=2026-03-02T08:00&until=2026-03-12T08:00&reason=because",
	} {
		want(t, s.do("GET "+bad, cookies(jar)), 400)
	}
	want(t, s.do("GET /subjects/S9/map", cookies(jar)), 404)
	if len(s.readings) != 1 {
		t.Errorf("readings %+v", s.readings)
	}
}
