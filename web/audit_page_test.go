package web_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.AuditLog = (*world)(nil)

// AuditPage lists what the world has recorded; the time of a record is its number.
func (w *world) AuditPage(_ context.Context, f web.AuditFilter) (list []web.AuditRecord, next string, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.audit) + 1
	if f.Cursor != "" {
		n, err := strconv.Atoi(f.Cursor)
		if err != nil {
			return nil, "", web.ErrCursor
		}
		before = n
	}
	for i, r := range slices.Backward(w.audit) {
		a := web.AuditRecord{N: int64(i + 1), At: roster.Instant(i+1) * roster.Minute, Recorded: r}
		if i+1 >= before || !f.Everywhere && !w.leak && (r.District == "" || r.District != f.District) ||
			f.Actor != "" && f.Actor != r.Actor || f.Action != "" && !strings.HasPrefix(r.Action, f.Action) ||
			f.About != "" && f.About != r.Object && f.About != string(r.Subject) ||
			a.At < f.From || f.Until != 0 && a.At >= f.Until {
			continue
		}
		if len(list) == f.Limit {
			return list, strconv.Itoa(int(list[f.Limit-1].N)), w.broken
		}
		list = append(list, a)
	}
	return list, "", w.broken
}

// AuditChain is how the chain of the world stands.
func (w *world) AuditChain(context.Context) web.Chain { return w.chain }

// audited is a world with records of two districts, of a sealed person, and of none.
func audited(t *testing.T) *site {
	s := newSite(t)
	s.enlist("S1", "李四", "O1", 10, rules.Green)
	s.enlist("S2", "李四", "O1", 10, rules.Green).Minor = true
	s.audit = []web.Recorded{
		{Actor: "F1", Action: "track.read", Object: "S1", Subject: "S1", District: "D1", Reason: "查找下落", Detail: "1 to 2"},
		{Actor: "F2", Action: "track.read", Object: "S9", Subject: "S9", District: "D2", Reason: "别区事由"},
		{Actor: "F1", Action: "subject.reveal", Object: "S2", Subject: "S2", District: "D1", Reason: "未成年事由"},
		{Actor: "F1", Action: "alert.note", Object: "a7", District: "D1", Reason: "与 S2 同行"},
		{Actor: "root", Action: "backup.made", Object: "/backup/1"},
		{Actor: "admin-1", Action: "account.assign", Object: "w1", District: "D1", Detail: "add [S1], remove []"},
		{Actor: "F3", Action: "access.refuse", Object: "S1", District: "D1", Reason: "scope"},
		{Actor: "unknown, 192.0.2.1", Action: "session.refuse", Object: "sign-in"},
	}
	return s
}

// listed reads the audit as somebody, "action object" each.
func (s *site) listed(token, query string) (lines []string, next string) {
	s.t.Helper()
	rec := s.do("GET /api/v1/audit"+query, bearer("token-"+token))
	var answer struct {
		Items []struct {
			Action, Object, Reason, Detail, Subject string
			Withheld                                bool
		}
		Next *string
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || rec.Code != 200 {
		s.t.Fatalf("%s: %d %s", query, rec.Code, rec.Body)
	}
	for _, i := range answer.Items {
		if i.Withheld != (i.Object+i.Reason+i.Detail+i.Subject == "") && i.Action != "audit.read" {
			s.t.Errorf("withheld %t with %+v", i.Withheld, i)
		}
		lines = append(lines, strings.TrimSpace(i.Action+" "+i.Object))
	}
	if answer.Next != nil {
		next = *answer.Next
	}
	return lines, next
}

// 检察院 reads everything of its district, but not who is sealed. Reading is recorded
// before anything is read.
func TestTheProcuratorReadsTheAuditOfTheDistrict(t *testing.T) {
	s := audited(t)
	got, _ := s.listed("procurator", "")
	expect := "audit.read; access.refuse S1; account.assign w1; alert.note; subject.reveal; track.read S1"
	if strings.Join(got, "; ") != expect {
		t.Errorf("read %q", got)
	}
	if r := s.audit[len(s.audit)-1]; r.Action != "audit.read" || r.Actor != "procurator-1" || r.District != "D1" {
		t.Errorf("the reading is recorded as %+v", r)
	}
	if got, _ := s.listed("procurator", "?about=S2"); got != nil {
		t.Errorf("about somebody hidden there is %q", got)
	}
	if r := s.audit[len(s.audit)-1]; r.Detail != "about S2" {
		t.Errorf("what was asked for is recorded as %+v", r)
	}
	id := s.tokens["token-procurator"]
	id.Minors = true
	s.tokens["token-procurator"] = id
	if got, _ := s.listed("procurator", "?about=S2"); strings.Join(got, ";") != "subject.reveal S2" {
		t.Errorf("with the right to see minors: %q", got)
	}
	s.leak = true
	leaked := s.do("GET /api/v1/audit?action=backup.", bearer("token-procurator"))
	if leaked.Code != 500 || strings.Contains(leaked.Body.String(), "/backup") {
		t.Errorf("a source that ignores the district: %d %s", leaked.Code, leaked.Body)
	}
}

// 运维和管理员 see what happens to the system, and nothing that concerns a person.
func TestTheSystemReadsTheAuditWithoutPeople(t *testing.T) {
	for _, role := range []string{"ops", "admin"} {
		s := audited(t)
		got, _ := s.listed(role, "")
		expect := "audit.read; session.refuse sign-in; access.refuse; account.assign; backup.made /backup/1; alert.note; subject.reveal; track.read; track.read"
		if strings.Join(got, "; ") != expect {
			t.Errorf("%s reads %q", role, got)
		}
		page := s.do("GET /audit", bearer("token-"+role))
		want(t, page, 200, "涉及个人，内容不显示", "/backup/1")
		lacks(t, page, "S1", "S2", "S9", "查找下落", `name="about"`)
		rec := s.do("GET /api/v1/audit?about=S1", bearer("token-"+role))
		if rec.Code != 400 || !strings.Contains(rec.Body.String(), `"field":"about"`) {
			t.Errorf("%s asks about somebody: %d %s", role, rec.Code, rec.Body)
		}
	}
}

func TestNothingIsReadThatIsNotRecorded(t *testing.T) {
	s := audited(t)
	s.breakDown(context.DeadlineExceeded)
	rec := s.do("GET /api/v1/audit", bearer("token-procurator"))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "S1") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestTheAuditIsFilteredAndTurnsPages(t *testing.T) {
	s := audited(t)
	s.audit = nil
	for i := range 7 {
		s.audit = append(s.audit, web.Recorded{Actor: []string{"F1", "F2"}[i%2], Action: "alert.ack", Object: "a" + strconv.Itoa(i), District: "D1"})
	}
	var all []string
	next := ""
	for range 4 {
		var some []string
		some, next = s.listed("procurator", "?action=alert.&limit=2&cursor="+next)
		all = append(all, some...)
	}
	if expect := "alert.ack a6 alert.ack a5 alert.ack a4 alert.ack a3 alert.ack a2 alert.ack a1 alert.ack a0"; strings.Join(all, " ") != expect || next != "" {
		t.Errorf("pages %q, then %q", all, next)
	}
	if got, _ := s.listed("procurator", "?actor=F2"); len(got) != 3 {
		t.Errorf("of F2: %q", got)
	}
	if got, _ := s.listed("procurator", "?from=1970-01-01T00:03:00Z&until=1970-01-01T00:05:00Z"); len(got) != 2 {
		t.Errorf("of two minutes: %q", got)
	}
	for bad, field := range map[string]string{
		"cursor=eA": "cursor", "cursor=*": "cursor", "from=x": "from", "limit=0": "limit", "actor=" + strings.Repeat("x", 201): "actor",
	} {
		rec := s.do("GET /api/v1/audit?"+bad, bearer("token-procurator"))
		if rec.Code != 400 || !strings.Contains(rec.Body.String(), `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", bad, rec.Code, rec.Body)
		}
	}
	page := s.do("GET /audit?action=alert.&from=1970-01-01&until=1970-01-01&limit=3", bearer("token-procurator"))
	want(t, page, 200, "告警：", `href="/alerts/a6"`, "更早的记录", `value="alert." selected`)
	lacks(t, page, "a3")
	want(t, s.do("GET /audit?about=nothing", bearer("token-procurator")), 200, "没有符合条件的记录")
	lacks(t, s.do("GET /audit", bearer("token-procurator"), header("Accept-Language", "en")), "审计")
}

func TestHowTheChainStands(t *testing.T) {
	s := audited(t)
	for _, c := range []struct {
		chain      web.Chain
		json, page string
	}{
		{web.Chain{}, `{"state":"unknown","verified":0,"at":null,"broken":null,"why":""}`, "尚无结果"},
		{web.Chain{Known: true, Verified: 41, At: roster.Minute}, `{"state":"whole","verified":41,"at":"1970-01-01T00:01:00Z","broken":null,"why":""}`, "已校验至第 41 条"},
		{web.Chain{Known: true, Verified: 6, At: roster.Minute, Broken: 7, Why: "the record is missing"}, `"state":"broken","verified":6,"at":"1970-01-01T00:01:00Z","broken":7,"why":"the record is missing"`, "第 7 条"},
	} {
		s.chain = c.chain
		want(t, s.do("GET /api/v1/audit/chain", bearer("token-ops")), 200, c.json)
		want(t, s.do("GET /audit", bearer("token-procurator")), 200, c.page)
	}
}

// Each action has words, in Chinese for Chinese pages.
func TestActionsOfTheAuditHaveWords(t *testing.T) {
	s := audited(t)
	s.audit = nil
	for _, a := range []string{
		"alert.ack", "alert.declare_lost", "alert.hold", "alert.ack_timeout", "evidence.export", "register.visits", "file.read", "token.revoke",
		"device.credential.rotate", "broker.session_lost", "alerts.prune", "subject.colour_confirmed", "subject.leave_granted", "track.refuse", "silence.end",
	} {
		s.audit = append(s.audit, web.Recorded{Actor: "某人", Action: a, District: "D1"})
	}
	page := s.do("GET /audit", bearer("token-procurator"))
	for _, r := range s.audit {
		lacks(t, page, "> "+r.Action+"<", "</b> "+r.Action)
	}
	lacks(t, page, "有更新")
	s.audit = []web.Recorded{
		{Actor: "F1", Action: "track.read", Object: "S1", District: "D1", Detail: "60000 to 3660000"},
		{Actor: "F1", Action: "track.refuse", Object: "S3", District: "D1", Reason: "scope", Detail: "district D1, office O2, role officer, GET /x"},
		{Actor: "F1", Action: "session.open", Object: "F1", District: "D1", Detail: "by token, role officer"},
	}
	page = s.do("GET /audit?actor=F1", bearer("token-procurator"))
	want(t, page, 200, "1970-01-01 00:01 至 1970-01-01 01:01", "超出其权限范围", "区县 D1，司法所 O2，矫正工作人员，GET /x", "凭证 token，矫正工作人员")
	lacks(t, page, "role officer", `<p class="about">F1`)
}
