package web_test

import (
	"net/http"
	"testing"
)

// An automated score is explained, objected to, and answered by a person who decides;
// what the score was is kept with the objection.
func TestAnObjectionToAScoreIsAnsweredByAPerson(t *testing.T) {
	s := newTown(t)
	officer, head := bearer("token-officer"), bearer("token-office_head")
	post := func(who setting, text string) int {
		return s.do("POST /api/v1/objections", who, body("application/json", text)).Code
	}
	for _, c := range []struct {
		name, body string
		who        setting
		code       int
	}{
		{"nobody is named", `{"about":"score","objection":"分数不对"}`, officer, 422},
		{"nothing is said", `{"subject":"S2","about":"score"}`, officer, 422},
		{"the score is written by hand", `{"subject":"S2","about":"score","objection":"分数不对","score":"0"}`, officer, 422},
		{"of another office", `{"subject":"S3","about":"score","objection":"分数不对"}`, officer, 404},
		{"by the procurator", `{"subject":"S2","about":"score","objection":"分数不对"}`, bearer("token-procurator"), 403},
		{"as it should be", `{"subject":"S2","about":"score","objection":"请假已批准，不应计分","objector":"妻子"}`, officer, 201},
		{"answered by who took it down", `{"of":1,"step":"answered","outcome":"upheld","answer":"已更正"}`, officer, 403},
		{"answered without words", `{"of":1,"step":"answered","outcome":"upheld"}`, head, 422},
		{"answered by the head", `{"of":1,"step":"answered","outcome":"partly","answer":"请假窗口已更正，其余维持"}`, head, 201},
		{"answered twice", `{"of":1,"step":"answered","outcome":"rejected","answer":"不成立"}`, head, 409},
	} {
		if got := post(c.who, c.body); got != c.code {
			t.Errorf("%s: %d, want %d", c.name, got, c.code)
		}
	}
	want(t, s.do("GET /api/v1/objections?subject=S2", officer), 200, `"score":"66"`, `"colour":"red"`, `"state":"answered"`, `"outcome":"partly"`)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S2", cookies(jar)), 200, "/registers/objections?subject=S2", "由人复核答复")
	want(t, s.do("GET /registers/objections?subject=S2", cookies(jar)), 200, "请假已批准，不应计分", "部分成立", "请假窗口已更正", "当时分数", "<dd>66</dd>")
}

func TestAnObjectionIsWrittenDownOnThePage(t *testing.T) {
	s := newTown(t)
	jar, csrf := s.signIn("token-officer")
	page := s.do("GET /registers/objections?subject=S1", cookies(jar))
	want(t, page, 200, `name="objection"`, `name="subject" value="S1"`)
	lacks(t, page, `name="score"`, `name="colour"`)
	rec := s.do("POST /registers/objections", cookies(jar), form("csrf", csrf, "subject", "S1", "about", "colour", "objection", "等级过高"))
	if rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	lacks(t, s.do("GET /registers/objections", cookies(jar)), `value="answered"`)
	head, _ := s.signIn("token-office_head")
	want(t, s.do("GET /registers/objections", cookies(head)), 200, `value="answered"`, "等级过高", "风险等级")
}
