package web_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// lost raises a contact-lost alert about S0001, who is in the register.
func (s *site) lost(id string) alerts.Alert {
	s.enlist("S0001", "李四", "O1", 70, rules.Red)
	ep := episode(id, rules.P1, "O1")
	ep.Kind, ep.Reason = rules.ContactLost, rules.Text{ZH: "24 小时无任何联系迹象", EN: "no sign of life for 24 h"}
	ep.Evidence = map[string]any{"position": map[string]any{"lat": 31.23, "lng": 121.47, "accuracy_m": 8.0, "source": "gnss"}}
	return s.raise(ep)
}

func TestTheAlertPageTellsWhatWhoWhyAndSinceWhen(t *testing.T) {
	s := newSite(t)
	s.enlist("S0001", "李四", "O1", 70, rules.Red)
	ep := episode("a1", rules.P2, "O1")
	ep.Evidence = map[string]any{"distance_m": 1240.0, "zone": "city", "buffer_m": 300.0, "events": []string{"e1", "e2"}, "new_in_next_version": 7}
	ep.History = []rules.SeverityStep{{At: ep.Opened, Severity: rules.P3}, {At: ep.Opened + roster.Hour, Severity: rules.P2}}
	s.charted(0)
	s.raise(ep)
	jar, _ := s.signIn("token-officer")
	rec := s.do("GET /alerts/a1", cookies(jar))
	want(t, rec, 200, "越界", "<span>市辖区</span>", "离开市辖区 1.2 公里", "李* S0001", "示范路司法所", "2026-03-02 08:00:00", "仍在持续",
		"社区矫正法第27条", "1.2 公里", "300 米", "e1", "e2", "new_in_next_version", "级别变为 P2", "产生告警，级别 P3")
	lacks(t, rec, "李四", "map[", "{")
	want(t, s.do("GET /alerts/a1", cookies(jar), header("Accept-Language", "en")), 200, "1.2 km", "Community Correction Law art. 27",
		"severity became P2", "Timeline", "Acknowledge")
}

func TestEveryActionIsAFormOfTheAlertPage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P3, "O1"))
	jar, _ := s.signIn("token-office_head")
	page := s.do("GET /alerts/a1", cookies(jar))
	for _, action := range []string{
		"ack", "note", "attach", "escalate", "assign", "snooze", "request-incident", "declare-lost", "declare-absconding", "close",
	} {
		want(t, page, 200, `action="/alerts/a1/`+action+`"`)
	}
	want(t, page, 200, `name="at" value="alert"`)
	jar, _ = s.signIn("token-procurator")
	page = s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "您的角色只能查看", `action="/alerts/a1/evidence"`)
	if n := strings.Count(page.Body.String(), `action="/alerts/`); n != 1 {
		t.Errorf("who only reads has %d forms, want the one that asks for evidence", n)
	}
}

func TestActionsLeadBackToTheAlertAndSayWhatWasDone(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	for i, step := range []struct {
		action string
		fields []string
		said   string
	}{
		{"ack", nil, "已确认"},
		{"escalate", []string{"reason", "需要支援"}, "已上报"},
		{"request-incident", nil, "已提出重大事项报告"},
		{"declare-lost", nil, "已认定失联"},
		{"declare-absconding", []string{"date", "2026-03-01"}, "已认定脱管"},
		{"close", []string{"outcome", "excused", "reason", "电话已核实"}, "已关闭"},
		{"reopen", []string{"reason", "情况有变"}, "已重新打开"},
	} {
		rec := s.do("POST /alerts/a1/"+step.action, cookies(jar),
			form(append(step.fields, "csrf", csrf, "version", string(rune('1'+i)), "at", "alert")...))
		want(t, rec, http.StatusSeeOther)
		to := rec.Header().Get("Location")
		if !strings.HasPrefix(to, "/alerts/a1?did=") {
			t.Errorf("%s leads to %q", step.action, to)
		}
		want(t, s.do("GET "+to, cookies(jar)), 200, step.said)
	}
	want(t, s.do("GET /alerts/a1", cookies(jar)), 200, "认定脱管，自 2026-03-01", "需要支援", "关闭：有正当理由")
}

func TestARefusedActionIsExplainedOnTheAlertPage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	mine, csrf := s.signIn("token-officer")
	theirs, other := s.signIn("token-colleague")
	want(t, s.do("POST /alerts/a1/ack", cookies(theirs), form("csrf", other, "version", "1")), 303)
	sent := []string{"csrf", csrf, "at", "alert", "outcome", "confirmed", "reason", "现场核实"}
	rec := s.do("POST /alerts/a1/close", cookies(mine), form(append(sent, "version", "1")...))
	want(t, rec, http.StatusPreconditionFailed, "此告警刚被 陈晓燕 确认", `value="现场核实"`, `id="timeline"`)
	want(t, s.do("POST /alerts/a1/close", cookies(mine), form(append(sent, "version", "2")...)), 422, "认定属实须有证据", `id="timeline"`)
}

// sent is a form with a file.
func sent(t *testing.T, name, content string, pairs ...string) setting {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	_ = w.Close()
	return body(w.FormDataContentType(), b.String())
}

func TestFilesAreAttachedAndReadBackFromTheAlertPage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	rec := s.do("POST /alerts/a1/attach", cookies(jar), sent(t, "现场.txt", "照片", "csrf", csrf, "version", "1", "note", "门口"))
	want(t, rec, http.StatusSeeOther)
	page := s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "现场.txt", "门口", "1 KB", "/alerts/a1/files/")
	_, rest, _ := strings.Cut(page.Body.String(), "/alerts/a1/files/")
	hash, _, _ := strings.Cut(rest, `"`)
	got := s.do("GET /alerts/a1/files/"+hash, cookies(jar))
	want(t, got, 200, "照片")
	if d := got.Header().Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("Content-Disposition %q", d)
	}
	want(t, s.do("POST /alerts/a1/attach", cookies(jar), sent(t, "b.txt", "x", "version", "2")), 403)
	want(t, s.do("POST /alerts/a1/attach", cookies(jar), sent(t, "b.txt", "x", "csrf", csrf)), 400)
	want(t, s.do("POST /alerts/a1/attach", cookies(jar), sent(t, "b.txt", "", "csrf", csrf, "version", "2")), 422, "文件不能为空")
	big := sent(t, "b.txt", strings.Repeat("x", alerts.MaxFile+1), "csrf", csrf, "version", "2")
	want(t, s.do("POST /alerts/a1/attach", cookies(jar), big), 422, "不超过 10 MB")
	want(t, s.do("POST /alerts/none/attach", cookies(jar), sent(t, "b.txt", "x", "csrf", csrf, "version", "2")), 404)
	s.assigned = []roster.SubjectID{"S0001"}
	social, _ := s.signIn("token-social_worker")
	page = s.do("GET /alerts/a1", cookies(social))
	want(t, page, 200, "现场.txt")
	lacks(t, page, "/alerts/a1/files/")
}

func TestStepsOfTheSearchAreRecorded(t *testing.T) {
	s := newSite(t)
	s.lost("a1")
	jar, csrf := s.signIn("token-officer")
	page := s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "失去联系已", "0/9", "电话、短信联系本人", "到住所查访", "通知公安机关协助查找", "已超过 24 小时")
	step := func(version, step, finding, remark string) {
		t.Helper()
		rec := s.do("POST /alerts/a1/search", cookies(jar),
			form("csrf", csrf, "version", version, "step", step, "finding", finding, "remark", remark))
		want(t, rec, http.StatusSeeOther)
	}
	step("1", "call", "unreached", "三次无人接听")
	step("2", "police", "done", "")
	page = s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "2/9", "电话、短信联系本人：未联系到。三次无人接听", "通知公安机关协助查找：已完成", "联系记录")
	if len(s.contacts) != 1 || s.contacts[0] != "S0001 unreached" {
		t.Errorf("contacts %v", s.contacts)
	}
	english := header("Accept-Language", "en")
	rec := s.do("POST /alerts/a1/search", cookies(jar), english, form("csrf", csrf, "version", "3", "step", "home", "finding", "reached"))
	want(t, rec, http.StatusSeeOther)
	want(t, s.do("GET /alerts/a1", cookies(jar)), 200, "3/9", "Visit the home: reached")
}

func TestStepsOfTheSearchAreRefused(t *testing.T) {
	s := newSite(t)
	s.lost("a1")
	s.raise(episode("a2", rules.P1, "O1"))
	jar, csrf := s.signIn("token-officer")
	send := func(id string, pairs ...string) int {
		return s.do("POST /alerts/"+id+"/search", cookies(jar), form(append(pairs, "csrf", csrf)...)).Code
	}
	for name, code := range map[string]int{
		"unknown step":    send("a1", "version", "1", "step", "dance", "finding", "done"),
		"no version":      send("a1", "step", "call", "finding", "reached"),
		"wrong finding":   send("a1", "version", "1", "step", "police", "finding", "reached"),
		"a report":        send("a1", "version", "1", "step", "report", "finding", "done"),
		"no search there": send("a2", "version", "1", "step", "call", "finding", "reached"),
	} {
		if code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := send("a1", "version", "9", "step", "call", "finding", "reached"); code != http.StatusPreconditionFailed {
		t.Errorf("overtaken: %d", code)
	}
	if code := send("none", "version", "1", "step", "call", "finding", "reached"); code != http.StatusNotFound {
		t.Errorf("unknown alert: %d", code)
	}
	if len(s.contacts) != 0 {
		t.Errorf("contacts %v", s.contacts)
	}
	s.refusal = errors.New("the journal is full")
	if code := send("a1", "version", "1", "step", "call", "finding", "reached"); code != http.StatusInternalServerError {
		t.Errorf("a contact that is not recorded: %d", code)
	}
	if a, _, _ := s.Alert(t.Context(), "a1"); a.Version != 1 {
		t.Errorf("the note stands without the contact: %+v", a.Notes())
	}
}

func TestSocialWorkersNoteStepsOnly(t *testing.T) {
	s := newSite(t)
	s.lost("a1")
	s.assigned = []roster.SubjectID{"S0001"}
	jar, csrf := s.signIn("token-social_worker")
	page := s.do("GET /alerts/a1", cookies(jar))
	lacks(t, page, "北纬")
	rec := s.do("POST /alerts/a1/search", cookies(jar), form("csrf", csrf, "version", "1", "step", "home", "finding", "unreached"))
	want(t, rec, http.StatusSeeOther)
	if len(s.contacts) != 0 {
		t.Errorf("contacts %v", s.contacts)
	}
	officer, _ := s.signIn("token-officer")
	want(t, s.do("GET /alerts/a1", cookies(officer)), 200, "北纬 31.23000°，东经 121.47000°（卫星定位，误差约 8 米）", "到住所查访：未联系到")
}

func TestTheAlertPageSurvivesABrokenRegister(t *testing.T) {
	s := newSite(t)
	s.lost("a1")
	jar, _ := s.signIn("token-officer")
	s.leak = true
	s.people[0].Office = "O2"
	want(t, s.do("GET /alerts/a1", cookies(jar)), 500)
	want(t, s.do("GET /alerts/none", cookies(jar)), 404)
}
