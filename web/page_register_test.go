package web_test

import (
	"net/http"
	"strings"
	"testing"

	"correctiond/roster"
)

// Every register has a page with its records and the form of the next entry.
func TestEachRegisterHasAPage(t *testing.T) {
	s := newTown(t)
	jar, _ := s.signIn("token-officer")
	for name, title := range map[string]string{
		"contacts": "联系", "visits": "走访", "sweeps": "滚动排查", "track-reviews": "轨迹核查", "incidents": "重大事项", "hand-overs": "衔接", "released": "安置帮教", "objections": "评分异议",
	} {
		rec := s.do("GET /registers/"+name, cookies(jar))
		want(t, rec, 200, "<h1>"+title+"</h1>", `href="/registers/`+name+`" aria-current="page"`, "没有记录")
		if has := strings.Contains(rec.Body.String(), "新登记"); has != (name != "sweeps") {
			t.Errorf("an officer begins an entry of %s: %t", name, has)
		}
	}
	reader, _ := s.signIn("token-procurator")
	lacks(t, s.do("GET /registers/visits", cookies(reader)), "新登记")
}

func TestAnEntryIsMadeOnThePage(t *testing.T) {
	s := newTown(t)
	jar, csrf := s.signIn("token-officer")
	refused := s.do("POST /registers/visits", cookies(jar), form("csrf", csrf, "subject", "S1", "place", "家中"))
	want(t, refused, 422, "请检查“结果”", `value="家中"`, "<details open>")
	want(t, s.do("POST /registers/visits", cookies(jar), form("csrf", csrf, "subject", "S3", "place", "家中", "result", "在家")), 422, "没有这个对象")
	rec := s.do("POST /registers/visits", cookies(jar), form("csrf", csrf, "subject", "S1", "place", "家中", "result", "在家，情绪稳定", "date", "2026-03-02"))
	if to := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || to != "/registers/visits?did=entry#r1" {
		t.Fatalf("%d to %q: %s", rec.Code, to, rec.Body)
	}
	want(t, s.do("GET /registers/visits?did=entry", cookies(jar)), 200, "已登记", "在家，情绪稳定", `href="/subjects/S1"`, `id="r1"`)
	want(t, s.do("GET /registers/visits?subject=S2", cookies(jar)), 200, "没有记录", `value="S2"`)
	if len(s.deeds) != 1 || s.deeds[0].What != "visit" || s.deeds[0].Subject != "S1" {
		t.Errorf("the rules see %+v", s.deeds)
	}
	want(t, s.do("POST /registers/visits", cookies(jar), form("subject", "S1", "place", "家中", "result", "在家")), 403) // no token of the session
}

// A record offers the steps that may come next, to those who may take them.
func TestStepsFollowOnThePage(t *testing.T) {
	s := newTown(t)
	s.due = roster.InstantOf(today()) - roster.Hour
	officer, mine := s.signIn("token-officer")
	district, theirs := s.signIn("token-district")
	want(t, s.do("POST /registers/incidents", cookies(officer), form("csrf", mine, "subject", "S1", "title", "失联")), http.StatusSeeOther)
	page := s.do("GET /registers/incidents", cookies(officer))
	want(t, page, 200, "进行中", "已逾期", `name="step" value="submitted"`)
	lacks(t, page, `value="received"`)
	want(t, s.do("POST /registers/incidents", cookies(district), form("csrf", theirs, "of", "1", "step", "received")), 409, "顺序不对")
	step := form("csrf", mine, "of", "1", "step", "submitted", "what", "电话不通", "measures", "已上门")
	want(t, s.do("POST /registers/incidents", cookies(officer), step), http.StatusSeeOther)
	want(t, s.do("GET /registers/incidents", cookies(district)), 200, "上报区县", "电话不通", `name="step" value="received"`)
	lacks(t, s.do("GET /registers/incidents", cookies(officer)), `value="received"`)
	want(t, s.do("POST /registers/incidents", cookies(officer), form("csrf", mine, "of", "1", "step", "received")), 403)
	want(t, s.do("POST /registers/incidents", cookies(officer), form("csrf", mine, "of", "1")), 400)
}

func TestReleasedPersonsAreWrittenDownWithoutALocation(t *testing.T) {
	s := newTown(t)
	jar, csrf := s.signIn("token-officer")
	want(t, s.do("POST /registers/released", cookies(jar), form("csrf", csrf, "person", "R-17", "what", "help", "needs", "就业，低保")), http.StatusSeeOther)
	page := s.do("GET /registers/released", cookies(jar))
	want(t, page, 200, "R-17", "就业、低保", "不定位、不签到", "帮扶")
	lacks(t, page, "/subjects/R-17", "/map")
}
