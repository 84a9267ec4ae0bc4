package web_test

import (
	"net/http"
	"strings"
	"testing"

	"correctiond/web"
)

// 报表: the same counts as the API and the workbook, by form, without scripts.
func TestThePageOfReportsShowsWhatTheAPICounts(t *testing.T) {
	s := newTown(t)
	counted(s)
	s.report.Unregistered = web.Running{New: 1}
	s.overview.Offices = []web.OfficeOverview{{Office: "O1"}, {Office: "O2"}}
	page := s.do("GET /reports?period=weekly&date=2026-03-04", bearer("token-district"))
	want(t, page, 200, "社区矫正工作周报", "2026-03-02 至 2026-03-08", "全区县", "<dt>在册对象</dt><dd>4</dd>", "<dd>1 / 2</dd>",
		`<tr><td>缓刑</td><td class="num">4</td></tr>`, "<td>越界</td>", `<td class="num">33.3%</td>`, `<td class="num">—</td>`,
		`href="/api/v1/reports/weekly?date=2026-03-04&amp;format=xlsx&amp;lang=zh"`, `href="/reports?period=weekly&amp;date=2026-03-01`, `date=2026-03-09`,
		`<option value="O1"`, `name="date" value="2026-03-04"`, `value="weekly" checked`)
	lacks(t, page, "<script", "onclick", "本期尚未结束")
	if s.asked[1]-s.asked[0] != 7*24*3600*1000 {
		t.Errorf("asked for %v", s.asked)
	}
	// The link of the page gives the workbook of the same period.
	_, sheet, _ := strings.Cut(page.Body.String(), `href="/api/v1/reports/`)
	sheet, _, _ = strings.Cut(sheet, `"`)
	asked := s.asked
	rec := s.do("GET /api/v1/reports/"+strings.ReplaceAll(sheet, "&amp;", "&"), bearer("token-district"))
	if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Body.String(), "PK") || s.asked != asked {
		t.Errorf("the workbook: %d, asked for %v, not %v", rec.Code, s.asked, asked)
	}
	page = s.do("GET /reports?office=O1&date=2026-03-02", bearer("token-district"))
	want(t, page, 200, "社区矫正工作日报", "示范路司法所 · 2026-03-02", "<dt>在册对象</dt><dd>3</dd>", "office=O1", `<option value="O1" selected`)
	own := s.do("GET /reports", bearer("token-officer"))
	want(t, own, 200, "示范路司法所", "本期尚未结束")
	lacks(t, own, `<select name="office"`)
	want(t, s.do("GET /reports?lang=en", bearer("token-officer")), 200, "Community correction: the day", "Under supervision")
}

func TestReportsThatAreNotShown(t *testing.T) {
	s := newTown(t)
	counted(s)
	for line, status := range map[string]int{
		"officer /reports?office=O2": 404, "officer /reports?date=x": 400, "officer /reports?period=yearly": 400, "social_worker /reports": 403, "procurator /reports": 200,
	} {
		role, path, _ := strings.Cut(line, " ")
		if rec := s.do("GET "+path, bearer("token-"+role)); rec.Code != status {
			t.Errorf("%s: %d, want %d", line, rec.Code, status)
		}
	}
	s.report = web.Report{}
	want(t, s.do("GET /reports", bearer("token-officer")), 200, "本期没有告警")
}

// Every page of the navigation opens for the role that sees it, and no other is open
// to the role.
func TestTheNavigationLeadsWhereTheRoleMayGo(t *testing.T) {
	s := newTown(t)
	counted(s)
	pages := []string{"/overview", "/", "/rollcall", "/risk", "/reports", "/audit", "/system"}
	for _, role := range everyRole() {
		jar, _ := s.signIn("token-" + string(role))
		start := "/"
		if role == web.Ops || role == web.Admin {
			start = "/system"
		}
		first := s.do("GET "+start, cookies(jar))
		want(t, first, 200)
		for _, to := range pages {
			shown := strings.Contains(first.Body.String(), `<a href="`+to+`"`)
			if opens := s.do("GET "+to, cookies(jar)).Code == http.StatusOK; opens != shown {
				t.Errorf("%s: %s in the navigation %t, opens %t", role, to, shown, opens)
			}
		}
	}
}
