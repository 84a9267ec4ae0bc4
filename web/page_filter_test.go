package web_test

import (
	"errors"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
)

func TestTheListByPersonPutsTheGravestFirst(t *testing.T) {
	s := newSite(t)
	s.enlist("S0001", "李四", "O1", 70, rules.Red)
	mild := episode("mild", rules.P3, "O1")
	mild.Subject = "A0001"
	s.raise(mild)
	s.raise(episode("grave", rules.P1, "O1"))
	s.raise(episode("other", rules.P4, "O1"))
	nobody := episode("outage", rules.P2, "O1")
	nobody.Subject, nobody.Device = "", ""
	s.raise(nobody)
	jar, csrf := s.signIn("token-officer")
	rec := s.do("GET /?group=subject", cookies(jar))
	want(t, rec, 200, "李* S0001", "2 条告警", "不涉及个人", "按级别排列", `data-grouped="1"`, `name="group" value="subject"`)
	page := rec.Body.String()
	if strings.Index(page, "S0001") > strings.Index(page, "A0001") || strings.Contains(page, "李四") {
		t.Error("who has a P3 stands before who has a P1, or a name is not masked")
	}
	refused := s.do("POST /alerts/grave/close", cookies(jar), form("csrf", csrf, "version", "1", "outcome", "excused", "back", "group=subject"))
	want(t, refused, 422, `data-grouped="1"`, "至少 4 个字")
	want(t, s.do("GET /?group=subject&kind=sos", cookies(jar)), 200, "没有符合条件的告警")
	s.breakDown(errors.New("locked"))
	want(t, s.do("GET /?group=subject", cookies(jar)), 503, "暂时读不出来")
}

func TestFiltersByOfficerOfficeAndDay(t *testing.T) {
	s := newSite(t)
	s.overview.Offices = nil
	s.raise(episode("a1", rules.P2, "O1")) // opened on 2026-03-02, 08:10
	late := episode("a2", rules.P2, "O1")
	late.Opened += roster.Day
	late.Officer = "F2"
	s.raise(late)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /", cookies(jar)), 200, `<option value="F1">王明</option>`, "更多条件")
	for query, shown := range map[string]string{
		"from=2026-03-02&until=2026-03-02": "a-a1", "from=2026-03-03": "a-a2", "officer=F2": "a-a2", "officer=F1&until=2026-03-03": "a-a1",
		"until=2026-03-02T23:00:00Z": "a-a1",
	} {
		rec := s.do("GET /?"+query, cookies(jar))
		want(t, rec, 200, `id="`+shown+`"`)
		if strings.Count(rec.Body.String(), `id="a-a`) != 1 {
			t.Errorf("%s shows both", query)
		}
	}
	want(t, s.do("GET /?from=yesterday", cookies(jar)), 400)
	want(t, s.do("GET /?from=2026-03-02", cookies(jar)), 200, `name="from" value="2026-03-02"`, `<details class="narrow" open>`)
}
