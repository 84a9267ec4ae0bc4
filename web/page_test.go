package web_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

func TestPageShowsTheAlertsOfTheOfficeByUrgency(t *testing.T) {
	s := newSite(t)
	s.raise(episode("minor", rules.P3, "O1"))
	s.raise(episode("urgent", rules.P1, "O1"))
	s.raise(episode("far", rules.P1, "O2"))
	jar, _ := s.signIn("token-officer")
	rec := s.do("GET /", cookies(jar))
	want(t, rec, 200, "越界", "S0001", "示范路司法所", "离开市辖区 1.2 公里", "仍在持续", "待确认", "超时")
	lacks(t, rec, "a-far")
	page := rec.Body.String()
	if strings.Index(page, `id="a-urgent"`) > strings.Index(page, `id="a-minor"`) {
		t.Error("P3 stands before P1")
	}
	want(t, s.do("GET /?severity=P3", cookies(jar)), 200, "a-minor")
	lacks(t, s.do("GET /?severity=P3", cookies(jar)), "a-urgent")
}

func TestNoNumberOfMinorAlertsHidesAnUrgentOne(t *testing.T) {
	s := newSite(t)
	old := episode("old", rules.P1, "O1")
	old.Opened -= 30 * roster.Day
	s.raise(old)
	for i := range 120 {
		s.raise(episode("m"+string(rune('A'+i)), rules.P4, "O1"))
	}
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /", cookies(jar)), 200, `id="a-old"`, "更早的告警", "severity=P4")
}

func TestPageSpeaksTheReadersLanguage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /", cookies(jar), header("Accept-Language", "en-GB,en;q=0.9")), 200, "1.2 km outside the city", `lang="en"`)
	want(t, s.do("GET /", cookies(jar), header("Accept-Language", "fr")), 200, "离开市辖区", `lang="zh-CN"`)
	rec := s.do("GET /?lang=en", cookies(jar), header("Accept-Language", "zh-CN"))
	want(t, rec, 200, "this shift", `href="?lang=zh"`)
	want(t, s.do("GET /?state=all&kind=sos", cookies(jar)), 200, `href="?kind=sos&amp;state=all&amp;lang=en"`)
	kept := append(jar, rec.Result().Cookies()...)
	want(t, s.do("GET /", cookies(kept), header("Accept-Language", "zh-CN")), 200, "this shift")
}

func TestEmptyAndBrokenListsSaySo(t *testing.T) {
	s := newSite(t)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /", cookies(jar)), 200, "没有待处理的告警")
	want(t, s.do("GET /?kind=sos", cookies(jar)), 200, "没有符合条件的告警")
	s.breakDown(errors.New("locked"))
	rec := s.do("GET /", cookies(jar))
	want(t, rec, http.StatusServiceUnavailable, "告警列表暂时读不出来", "重试")
	lacks(t, rec, "locked")
}

func TestAcknowledgeAndCloseFromTheListWithoutScripts(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, csrf := s.signIn("token-officer")
	rec := s.do("POST /alerts/a1/ack", cookies(jar), form("csrf", csrf, "version", "1", "back", "severity=P2"))
	want(t, rec, http.StatusSeeOther)
	if to := rec.Header().Get("Location"); to != "/?severity=P2#a-a1" {
		t.Errorf("back to %q", to)
	}
	rec = s.do("POST /alerts/a1/close", cookies(jar), form("csrf", csrf, "version", "2", "outcome", "confirmed", "reason", "已到场核实"))
	want(t, rec, http.StatusUnprocessableEntity, "认定属实须有证据", `value="已到场核实"`, `value="confirmed" required checked`)
	rec = s.do("POST /alerts/a1/close", cookies(jar),
		form("csrf", csrf, "version", "2", "outcome", "confirmed", "reason", "已到场核实", "note", "现场照片已存档"))
	want(t, rec, http.StatusSeeOther)
	want(t, s.do("GET /?state=closed", cookies(jar)), 200, "已关闭", "属实", "已到场核实", "现场照片已存档")
}

func TestOvertakenActionIsExplained(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	mine, csrf := s.signIn("token-officer")
	theirs, other := s.signIn("token-colleague")
	want(t, s.do("POST /alerts/a1/ack", cookies(theirs), form("csrf", other, "version", "1")), 303)
	sent := form("csrf", csrf, "version", "1", "outcome", "excused", "reason", "电话已核实")
	rec := s.do("POST /alerts/a1/close", cookies(mine), sent)
	want(t, rec, http.StatusPreconditionFailed, "此告警刚被 陈晓燕 确认", "没有执行", `value="电话已核实"`, "<!doctype html>")
	fragment := s.do("POST /alerts/a1/close", cookies(mine), sent, header("X-Requested-With", "fetch"))
	want(t, fragment, http.StatusPreconditionFailed, "此告警刚被 陈晓燕 确认", `<li id="a-a1"`)
	lacks(t, fragment, "<!doctype")
	if s.state("a1") != alerts.Acknowledged {
		t.Error("the overtaken action was carried out")
	}
	// A change by the rules, not by a colleague.
	ep := episode("a2", rules.P2, "O1")
	s.raise(ep)
	ep.Ended = ep.Opened + roster.Hour
	s.raise(ep)
	want(t, s.do("POST /alerts/a2/ack", cookies(mine), form("csrf", csrf, "version", "1")), 412, "情况刚有更新", "条件已结束")
}

func TestRowsAreFetchedOneByOne(t *testing.T) {
	s := newSite(t)
	ep := episode("a1", rules.P1, "O1")
	ep.Count, ep.Late, ep.Ended = 3, true, ep.Opened
	s.raise(ep)
	jar, csrf := s.signIn("token-officer")
	rec := s.do("GET /alerts/a1/row", cookies(jar))
	want(t, rec, 200, "×3", "补传数据", "条件已结束", `data-version="1"`)
	lacks(t, rec, "<html")
	if rec := s.do("GET /alerts/a1/row?severity=P4", cookies(jar)); rec.Code != http.StatusNoContent {
		t.Errorf("a row that is not on the list: %d", rec.Code)
	}
	want(t, s.do("GET /counters", cookies(jar)), 200, `data-open="1"`)
	note := form("csrf", csrf, "version", "1", "text", "<b>已联系</b>")
	want(t, s.do("POST /alerts/a1/note", cookies(jar), note, header("X-Requested-With", "fetch")), 200, "&lt;b&gt;已联系")
	want(t, s.do("GET /alerts/a1/row", header("X-Requested-With", "fetch")), 401)
}

func TestReadOnlyRolesGetNoForms(t *testing.T) {
	s := newSite(t)
	s.assigned = []roster.SubjectID{"S0001"}
	s.raise(episode("a1", rules.P1, "O1"))
	jar, _ := s.signIn("token-procurator")
	lacks(t, s.do("GET /", cookies(jar)), `action="/alerts`)
	jar, _ = s.signIn("token-social_worker")
	rec := s.do("GET /", cookies(jar))
	want(t, rec, 200, "/alerts/a1/note")
	lacks(t, rec, "/alerts/a1/close", "/alerts/a1/ack")
}

func TestRetractedAndClosedRows(t *testing.T) {
	s := newSite(t)
	ep := episode("a1", rules.P3, "O1")
	ep.Retracted, ep.Ended = true, ep.Started
	s.raise(ep)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /?state=all", cookies(jar), header("Accept-Language", "en")), 200, "retracted", "technical", "system")
}

func TestNoPageHoldsInlineScriptOrStyleOrAForeignAddress(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, _ := s.signIn("token-officer")
	for _, path := range []string{"/", "/?state=all", "/login", "/nothing", "/static/app.js", "/static/app.css", "/static/icon.svg"} {
		rec := s.do("GET "+path, cookies(jar), header("Accept", "text/html"))
		text := strings.ReplaceAll(rec.Body.String(), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, bad := range []string{"http://", "https://", "//cdn", " style=", "<style", "onclick", "javascript:", "<script>"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
	}
}

func TestStaticFilesAreCachedByTheirVersion(t *testing.T) {
	s := newSite(t)
	jar, _ := s.signIn("token-officer")
	_, after, _ := strings.Cut(s.do("GET /", cookies(jar)).Body.String(), "/static/app.css")
	query, _, _ := strings.Cut(after, `"`)
	rec := s.do("GET /static/app.css" + query)
	want(t, rec, 200, "prefers-color-scheme: dark")
	if c := rec.Header().Get("Cache-Control"); !strings.Contains(c, "immutable") {
		t.Errorf("Cache-Control %q", c)
	}
	if c := s.do("GET /static/app.css").Header().Get("Cache-Control"); c != "no-cache" {
		t.Errorf("Cache-Control %q without a version", c)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for says, cfg := range map[string]web.Config{
		"public url": {PublicURL: "http://[::1"}, "session key": {SessionKey: []byte("short")},
	} {
		if _, err := web.New(cfg, newWorld().deps()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestSessionEndsAfterAShift(t *testing.T) {
	s := newSite(t)
	jar, _ := s.signIn("token-officer")
	if age := time.Duration(jar[0].MaxAge) * time.Second; age != 12*time.Hour {
		t.Errorf("the cookie lives %v", age)
	}
}

func TestOlderAlertsAreAPageAway(t *testing.T) {
	s := newSite(t)
	for i := range 60 {
		ep := episode(fmt.Sprintf("n%02d", i), rules.P3, "O1")
		ep.Opened += roster.Instant(i) * roster.Minute
		s.raise(ep)
	}
	jar, _ := s.signIn("token-officer")
	first := s.do("GET /", cookies(jar))
	lacks(t, first, "a-n05")
	more := regexp.MustCompile(`class="more"><a href="([^"]+)"`).FindStringSubmatch(first.Body.String())
	if more == nil {
		t.Fatal("no way to the older alerts")
	}
	second := s.do("GET "+html.UnescapeString(more[1]), cookies(jar))
	want(t, second, 200, "a-n05", "a-n00")
	lacks(t, second, "a-n55")
	want(t, s.do("GET /?cursor=bm9uZQ", cookies(jar)), http.StatusBadRequest, "请求有误")
}

func TestFiltersStayVisible(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, _ := s.signIn("token-district")
	rec := s.do("GET /?subject=S0001&office=O1&state=open&severity=P2&kind=area-exit", cookies(jar))
	want(t, rec, 200, "a-a1", "对象 S0001", "司法所 示范路司法所", `value="open" selected`, `value="P2" selected`, `value="area-exit" selected`,
		`name="subject" value="S0001"`, "清除条件")
	want(t, s.do("GET /?kind=of-another-version", cookies(jar)), 200, `value="of-another-version" selected`)
	want(t, s.do("GET /?state=ajar", cookies(jar)), 400)
	want(t, s.do("GET /counters?severity=P9", cookies(jar)), 400)
	want(t, s.do("GET /alerts/a1/row?severity=P9", cookies(jar)), 400)
}

func TestARefusedRowIsShownEvenIfTheFilterHidesIt(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, csrf := s.signIn("token-officer")
	done := form("csrf", csrf, "version", "1", "outcome", "unfounded", "reason", "核实为误报")
	want(t, s.do("POST /alerts/a1/close", cookies(jar), done), 303)
	late := form("csrf", csrf, "version", "1", "back", "state=open")
	want(t, s.do("POST /alerts/a1/ack", cookies(jar), late), 412, "a-a1", "officer-1 关闭")
	again := form("csrf", csrf, "version", "2", "back", "state=open")
	want(t, s.do("POST /alerts/a1/ack", cookies(jar), again), 409, "没有执行")
	want(t, s.do("POST /alerts/a1/ack", cookies(jar), form("csrf", csrf, "version", "x")), 400)
	s.breakDown(errors.New("locked"))
	want(t, s.do("POST /alerts/a1/ack", cookies(jar), again), 500, "线下流程")
	want(t, s.do("GET /counters", cookies(jar)), 500)
}
