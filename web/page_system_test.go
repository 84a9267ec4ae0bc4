package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

func TestOperationsSeeHowThePartsDoAndNobodysData(t *testing.T) {
	w := newWorld()
	deps := w.deps()
	deps.Registry = prometheus.NewRegistry()
	figures := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "correctiond_deadletters", Help: "x"}, []string{"reason"})
	figures.WithLabelValues("no_basis").Set(12)
	up := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_store_up", Help: "x"})
	overdue := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_escalation_overdue", Help: "x"})
	overdue.Set(3)
	oldest := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_alerts_oldest_open_seconds", Help: "x"})
	oldest.Set(5400)
	deps.Registry.MustRegister(figures, up, overdue, oldest)
	srv, err := web.New(web.Config{PublicURL: "http://monitor.test", SessionKey: make([]byte, 32)}, deps)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, world: w, srv: srv}
	s.raise(episode("a1", rules.P1, "O1"))
	s.checks = []web.Check{{Name: "ingest", OK: true}, {Name: "state", Detail: "the state database does not answer"}, {Name: "new", OK: true}}
	page := s.do("GET /system", bearer("token-ops"), header("Accept-Language", "zh"))
	want(t, page, 200, "有部分不能工作", "接入", "状态库", "does not answer", "no_basis", ">12<", `class="num bad">否`, `class="num bad">3`, "1 小时 30 分")
	lacks(t, page, "S0001", "/rollcall")
	s.checks = s.checks[:1]
	want(t, s.do("GET /system", bearer("token-ops"), header("Accept-Language", "en")), 200, "Every part works", "ingest")
	up.Set(1)
	want(t, s.do("GET /system", bearer("token-ops")), 200, `class="num">是`)
	want(t, s.do("GET /system", bearer("token-district")), 403)
	want(t, s.do("GET /", bearer("token-ops"), header("Accept", "text/html")), 403, `href="/system"`)
}

// Rejected messages are listed with why, of which device and when; what they said, a
// strange topic and whom they were about are not on the page.
func TestOperationsSeeWhatWaitsAndReplayIt(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	for i := range 22 {
		s.letters = append(s.letters, web.Letter{ID: int64(50 - i), Received: roster.InstantOf(today()), District: "D1", Device: "W1", Kind: "location", Reason: "bad_field"})
	}
	s.letters = append(
		s.letters,
		web.Letter{ID: 9, Received: roster.InstantOf(today()), Device: "W9", Kind: "李四 31.23,121.47", Reason: "unknown_device"},
		web.Letter{ID: 7, Received: roster.InstantOf(today()), Device: "W7", Kind: "status", Reason: "bad_field", Replayed: 5},
	)
	jar, csrf := s.signIn("token-ops")
	page := s.do("GET /system", cookies(jar))
	want(t, page, 200, "字段不合规 <b>22</b>", "设备不在花名册 <b>1</b>", "W1", `action="/system/deadletters/50/replay"`, "before=31", `http-equiv="refresh"`)
	lacks(t, page, "S0001", "W7", "/deadletters/30/", `id="accounts"`)
	page = s.do("GET /system?reason=unknown_device", cookies(jar), header("Accept-Language", "en"))
	want(t, page, 200, "device in no roster", "W9", "other", "nothing was kept to replay")
	lacks(t, page, "李四", "31.23", "/deadletters/") // what was not kept has no button
	want(t, s.do("GET /system?before=31", cookies(jar)), 200, "/deadletters/29/")

	want(t, s.do("POST /system/deadletters/7/replay", cookies(jar), form()), 403)
	rec := s.do("POST /system/deadletters/7/replay", cookies(jar), form("csrf", csrf))
	want(t, rec, http.StatusSeeOther)
	said := s.do("GET "+rec.Header().Get("Location"), cookies(jar))
	want(t, said, 200, "已重放")
	lacks(t, said, `http-equiv="refresh"`)
	s.fate = web.Fate{Text: "still rejected: bad_field"}
	want(t, s.do("POST /system/deadletters/7/replay", cookies(jar), form("csrf", csrf)), 409, "仍被拒收", "still rejected: bad_field")
	want(t, s.do("POST /system/deadletters/8/replay", cookies(jar), form("csrf", csrf)), 404)
}

func TestTheAuditChainIsOnThePageOfTheSystem(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		chain web.Chain
		says  []string
	}{
		{web.Chain{}, []string{"正在校验"}},
		{web.Chain{Known: true, Verified: 4711, Hash: "abc123", At: roster.InstantOf(today())}, []string{"完好", "4711", "abc123", today().Format("2006-01-02 15:04")}},
		{web.Chain{Known: true, Verified: 40, Broken: 41, Why: "x"}, []string{"校验不通过", "41"}},
	} {
		s.chain = c.chain
		for _, who := range []string{"token-ops", "token-admin"} {
			want(t, s.do("GET /system", bearer(who)), 200, c.says...)
		}
	}
}

// Operations compare thresholds in figures; the report that names people is not asked for.
func TestOperationsCompareThresholdsInFigures(t *testing.T) {
	s := newTown(t)
	jar, csrf := s.signIn("token-ops")
	want(t, s.do("GET /system?show=thresholds", cookies(jar)), 200, "<code>device_offline.first</code>", "<b>3h</b>", `action="/system/thresholds"`)
	sent := []string{"csrf", csrf, "rules", "device_offline: {first: 5h}\n", "days", "14", "district", "D1"}
	page := s.do("POST /system/thresholds", cookies(jar), form(sent...))
	want(t, page, 200, "device_offline.first: 3h", ">77<", ">63<", ">14<", ">512<", "31/40", "会漏掉的告警：<b>1</b>", "现行规则没有改变")
	lacks(t, page, "会减少 12 条告警", "S1", `http-equiv="refresh"`)
	if len(s.compared) != 1 || s.compared[0].By != "ops-1" || s.compared[0].District != "D1" {
		t.Errorf("asked %+v", s.compared)
	}
	want(t, s.do("POST /system/thresholds", cookies(jar), form("csrf", csrf, "rules", "device_ofline: {}", "district", "D1")), 422, "device_ofline")
	want(t, s.do("POST /system/thresholds", cookies(jar), form("csrf", csrf, "rules", "device_offline: {first: 5h}\n", "district", "D9")), 422, "请选择区县")
	s.comparison = web.ErrComparing
	want(t, s.do("POST /system/thresholds", cookies(jar), form(sent...)), 409, "请稍后再试", "first: 5h")
	s.comparison = errors.New("disk")
	want(t, s.do("POST /system/thresholds", cookies(jar), form(sent...)), 500)
}

func TestAdministrationKeepsAccounts(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	s.employ(phrase, "123456", web.Identity{Name: "root", Role: web.Admin})
	s.staff("zhang", false)
	s.members["zhang"].locked = roster.InstantOf(today()) + 2*roster.Day
	jar, csrf := s.signIn("token-admin")
	page := s.do("GET /system", cookies(jar))
	want(t, page, 200, "root", "系统管理", "动态码", "zhang", "示范路司法所", "已锁定", "无第二因素")
	lacks(t, page, phrase, "123456", "S0001", "deadletters", `http-equiv="refresh"`)

	add := func(pairs ...string) *httptest.ResponseRecorder {
		return s.do("POST /system/accounts", cookies(jar), form(append(pairs, "csrf", csrf)...))
	}
	made := add("name", "liu.hong", "role", "officer", "office", "O2")
	want(t, made, 200, "一次性密码", "printed for liu.hong", "只显示这一次", "待改初始密码")
	lacks(t, s.do("GET /system", cookies(jar)), "printed for liu.hong")
	for name, c := range map[string]struct {
		rec  *httptest.ResponseRecorder
		code int
		says string
	}{
		"a taken name":      {add("name", "liu.hong", "role", "officer", "office", "O2"), 409, "用户名已被使用"},
		"no name":           {add("name", "x", "role", "officer", "office", "O2"), 422, "3 至 64"},
		"no such office":    {add("name", "wang", "role", "officer", "office", "O9"), 422, `value="wang"`},
		"no such role":      {add("name", "wang", "role", "king"), 422, "司法所"},
		"a reset":           {s.do("POST /system/accounts/zhang/password", cookies(jar), form("csrf", csrf)), 200, "another for zhang"},
		"nobody's reset":    {s.do("POST /system/accounts/nobody/password", cookies(jar), form("csrf", csrf)), 404, "没有执行"},
		"disabling oneself": {s.do("POST /system/accounts/admin-1/disable", cookies(jar), form("csrf", csrf)), 404, "您自己"},
		"a forged request":  {s.do("POST /system/accounts/zhang/disable", cookies(jar), form()), 403, ""},
	} {
		if c.rec.Code != c.code || !strings.Contains(c.rec.Body.String(), c.says) {
			t.Errorf("%s: %d, want %d and %q in\n%s", name, c.rec.Code, c.code, c.says, c.rec.Body)
		}
	}
	rec := s.do("POST /system/accounts/zhang/disable", cookies(jar), form("csrf", csrf))
	want(t, rec, http.StatusSeeOther)
	want(t, s.do("GET "+rec.Header().Get("Location"), cookies(jar)), 200, "账号已停用", "已停用")
	if got := strings.Join(s.changed, ", "); !strings.HasPrefix(got, "admin-1 adds liu.hong") || !strings.HasSuffix(got, "admin-1 disables zhang") {
		t.Errorf("changed: %s", got)
	}
}

func TestAdministrationRevokesTokens(t *testing.T) {
	s := newSite(t)
	s.issued = []web.IssuedToken{
		{ID: "t0", Name: "旧屏", Role: web.Officer, Office: "O1", Revoked: roster.InstantOf(today())},
		{ID: "t1", Name: "大屏", Role: web.District, District: "D1", Created: roster.InstantOf(today())},
	}
	jar, csrf := s.signIn("token-admin")
	page := s.do("GET /system", cookies(jar))
	want(t, page, 200, "大屏", "从未使用", `action="/system/tokens/t1/revoke"`, "已撤销")
	lacks(t, page, "/tokens/t0/")
	rec := s.do("POST /system/tokens/t1/revoke", cookies(jar), form("csrf", csrf))
	want(t, rec, http.StatusSeeOther)
	want(t, s.do("GET "+rec.Header().Get("Location"), cookies(jar)), 200, "令牌已撤销")
	want(t, s.do("POST /system/tokens/t1/revoke", cookies(jar), form("csrf", csrf)), 404, "没有执行")
	ops, forged := s.signIn("token-ops")
	want(t, s.do("POST /system/tokens/t1/revoke", cookies(ops), form("csrf", forged)), 403)
}
