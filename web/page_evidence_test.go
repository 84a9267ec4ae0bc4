package web_test

import (
	"net/http"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// 取证: one asks by a form, another approves, who asked gets the package.
func TestEvidenceIsAskedForAndApprovedOnThePage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	officer, mine := s.signIn("token-officer")
	head, theirs := s.signIn("token-office_head")
	want(t, s.do("GET /alerts/a1", cookies(officer)), 200, `action="/alerts/a1/evidence"`, "须由另一人批准")

	want(t, s.do("POST /alerts/a1/evidence", cookies(officer), form("reason", "检察院调取")), 403) // no token of the session
	want(t, s.do("POST /alerts/a1/evidence", cookies(officer), form("csrf", mine, "reason", " ")), 422, "申请取证须写明用途和理由")
	rec := s.do("POST /alerts/a1/evidence", cookies(officer), form("csrf", mine, "reason", "检察院调取"))
	if to := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || to != "/alerts/a1?did=evidence#requests" {
		t.Fatalf("%d to %q", rec.Code, to)
	}
	page := s.do("GET /alerts/a1?did=evidence", cookies(officer))
	want(t, page, 200, "已提交取证申请", "检察院调取", "等待另一人批准")
	lacks(t, page, "/evidence/1/approve", `href="/evidence/1"`)
	want(t, s.do("GET /evidence/1", cookies(officer)), 403)
	want(t, s.do("POST /evidence/1/approve", cookies(officer), form("csrf", mine)), 403)

	want(t, s.do("GET /alerts/a1", cookies(head)), 200, `action="/evidence/1/approve"`)
	rec = s.do("POST /evidence/1/approve", cookies(head), form("csrf", theirs))
	if to := rec.Header().Get("Location"); to != "/alerts/a1?did=approve#requests" {
		t.Errorf("approval leads to %q: %s", to, rec.Body)
	}
	page = s.do("GET /alerts/a1?did=approve", cookies(head))
	want(t, page, 200, "已批准取证申请", "已批准：office_head-1")
	lacks(t, page, `href="/evidence/1"`) // the package is for who asked
	want(t, s.do("GET /alerts/a1", cookies(officer)), 200, `href="/evidence/1"`)
	want(t, s.do("GET /evidence/1", cookies(officer)), 200, "package 1")
}

func TestNobodyApprovesTheirOwnRequestOnThePage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	head, csrf := s.signIn("token-office_head")
	want(t, s.do("POST /alerts/a1/evidence", cookies(head), form("csrf", csrf, "reason", "复核")), http.StatusSeeOther)
	lacks(t, s.do("GET /alerts/a1", cookies(head)), "/evidence/1/approve")
	want(t, s.do("POST /evidence/1/approve", cookies(head), form("csrf", csrf)), 422, "须由申请人以外的另一人批准")
	social, _ := s.signIn("token-social_worker")
	s.assigned = []roster.SubjectID{"S0001"}
	lacks(t, s.do("GET /alerts/a1", cookies(social)), "取证", "复核")
}

func TestRequestsThatAreTooOldAreAskedForAgain(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	s.evidence.list = []web.EvidenceRequest{
		{ID: 1, Alert: "a1", Requester: "colleague", Reason: "旧申请", Expired: true},
		{ID: 2, Alert: "a1", Requester: "officer-1", Reason: "旧批准", Approver: "office_head-1"},
	}
	jar, _ := s.signIn("token-office_head")
	page := s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "超过 7 天未批准", "批准已过 7 天")
	lacks(t, page, "/approve", `href="/evidence/`)
}

// 依法保全: for whoever assigns, with a reason, and in the timeline.
func TestALegalHoldOnThePage(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	officer, _ := s.signIn("token-officer")
	lacks(t, s.do("GET /alerts/a1", cookies(officer)), "/alerts/a1/hold")
	head, csrf := s.signIn("token-office_head")
	want(t, s.do("GET /alerts/a1", cookies(head)), 200, `action="/alerts/a1/hold"`)
	send := func(act, version, reason string) *http.Response {
		rec := s.do("POST /alerts/a1/"+act, cookies(head), form("csrf", csrf, "version", version, "at", "alert", "reason", reason))
		return rec.Result()
	}
	if resp := send("hold", "1", ""); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", resp.StatusCode)
	}
	if to := send("hold", "1", "当事人申诉").Header.Get("Location"); to != "/alerts/a1?did=hold" {
		t.Errorf("leads to %q", to)
	}
	want(t, s.do("GET /alerts/a1?did=hold", cookies(head)), 200, "已依法保全", "当事人申诉", `action="/alerts/a1/release"`, "到期不删除")
	if to := send("release", "2", "申诉已结").Header.Get("Location"); to != "/alerts/a1?did=release" {
		t.Errorf("leads to %q", to)
	}
	want(t, s.do("GET /alerts/a1?did=release", cookies(head)), 200, "已解除保全", `action="/alerts/a1/hold"`)
}

// A hold that is refused for its reason says so, not what closing needs.
func TestAHoldWithoutAReasonIsExplained(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, csrf := s.signIn("token-office_head")
	want(t, s.do("POST /alerts/a1/hold", cookies(jar), form("csrf", csrf, "version", "1", "at", "alert")), 422, "依法保全和解除保全都须写明理由")
}
