package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/web"
)

// PlanList stands for everybody's plan as PlanOf has it.
func (w *world) PlanList(ctx context.Context, f web.PlanFilter) (page web.PlanPage, err error) {
	found, err := w.Subjects(ctx, web.SubjectFilter{Scope: f.Scope, After: f.After, Limit: 1000})
	page.Counts = map[plans.Stand]int{}
	for _, p := range found.Items {
		file, err := w.PlanOf(ctx, p.District, p.ID)
		if err != nil {
			return page, err
		}
		row := web.PlanRow{Person: p, Stand: plans.StandOf(file.Versions, plans.Digest(file.Matched))}
		if len(file.Versions) > 0 {
			row.Newest = &file.Versions[0]
		}
		page.Counts[row.Stand]++
		switch {
		case f.Stand != "" && row.Stand != f.Stand:
		case len(page.Items) == f.Limit:
			page.More = true
		default:
			page.Items = append(page.Items, row)
		}
	}
	return page, err
}

// S1 has a draft, S2 a signed plan of other facts, S4 one in force; S3 is of another
// office.
func newPlans(t *testing.T) *site {
	s := newTown(t)
	draft := func(id roster.SubjectID, by string) {
		file, err := s.PlanOf(t.Context(), "D1", id)
		if err != nil {
			t.Fatal(err)
		}
		p := plans.Plan{District: "D1", Subject: id, Version: len(file.Versions) + 1, Facts: file.Facts, Matched: file.Matched, Made: plans.Stamp{At: morning(8), By: by}}
		if err := s.AddPlan(t.Context(), &p); err != nil {
			t.Fatal(err)
		}
	}
	sign := func(id roster.SubjectID) {
		signed, err := s.plans[id][0].Sign(plans.Stamp{At: morning(9), By: "head"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddPlan(t.Context(), &signed); err != nil {
			t.Fatal(err)
		}
	}
	draft("S2", "officer-1")
	sign("S2")
	s.facts = []plans.Fact{{Key: "kind", Value: "parole"}, {Key: "level", Value: "lenient"}}
	draft("S4", "officer-1")
	sign("S4")
	draft("S1", "officer-1")
	return s
}

func TestTheListOfPlansSaysWhatIsToBeDone(t *testing.T) {
	s := newPlans(t)
	officer := bearer("token-officer")
	want(t, s.do("GET /api/v1/plans/people", officer), 200, `"counts":{"changed":1,"draft":1,"none":0,"signed":1}`,
		`"plan":"draft","newest":{"version":1,"state":"draft"`)
	for query, ids := range map[string]string{
		"plan=draft": "S1", "plan=changed": "S2", "plan=signed": "S4", "plan=none": "", "": "S2 S4 S1", "office=O2": "",
	} {
		if got, _ := s.ids("GET /api/v1/plans/people?"+query, "token-officer"); got != ids {
			t.Errorf("%s: %q, want %q", query, got, ids)
		}
	}
	first, next := s.ids("GET /api/v1/plans/people?limit=2", "token-officer")
	rest, end := s.ids("GET /api/v1/plans/people?limit=2&cursor="+next, "token-officer")
	if first+" "+rest != "S2 S4 S1" || end != "" {
		t.Errorf("page by page: %s, %s, then %q", first, rest, end)
	}
	want(t, s.do("GET /api/v1/plans/people?plan=lost", officer), 400, "plan is draft, changed, none or signed")
	jar, _ := s.signIn("token-officer")
	page := s.do("GET /plans", cookies(jar))
	want(t, page, 200, "待签署", "情况有变，建议调整", "李* S1", "起草 officer-1", "/subjects/S1/plan", `href="/plans" aria-current="page"`)
	lacks(t, page, "S3", "李四")
	lacks(t, s.do("GET /plans?plan=signed", cookies(jar)), "李* S1")
}

// A draft is withdrawn by who wrote it, or by who may sign it; the plan in force stays.
func TestADraftIsWithdrawn(t *testing.T) {
	for _, c := range []struct {
		name, token string
		code        int
	}{
		{"who wrote it", "token-officer", 200},
		{"a colleague", "token-colleague", 403},
		{"the head of the office", "token-office_head", 200},
		{"the district", "token-district", 200},
		{"a social worker", "token-social_worker", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPlans(t)
			line := "POST /api/v1/subjects/S1/plan/withdraw"
			want(t, s.do(line, bearer(c.token), header("If-Match", `"7"`)), map[bool]int{true: 412, false: 403}[c.token != "token-social_worker"])
			rec := s.do(line, bearer(c.token), header("If-Match", `"1"`))
			want(t, rec, c.code)
			if c.code == http.StatusOK {
				want(t, rec, 200, `"draft":null`, `"state":"withdrawn"`, `"withdrawn":{"at":`)
				want(t, s.do(line, bearer(c.token), header("If-Match", `"2"`)), 409, "no draft")
				want(t, s.do("POST /api/v1/subjects/S1/plan/sign", bearer("token-office_head"), header("If-Match", `"2"`)), 409)
			}
		})
	}
}

func TestADraftIsWithdrawnFromItsPage(t *testing.T) {
	s := newPlans(t)
	jar, csrf := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S1/plan", cookies(jar)), 200, "/subjects/S1/plan/withdraw", "撤回草案")
	lacks(t, s.do("GET /subjects/S2/plan", cookies(jar)), "/plan/withdraw")
	other, otherCSRF := s.signIn("token-colleague")
	lacks(t, s.do("GET /subjects/S1/plan", cookies(other)), "/plan/withdraw")
	want(t, s.do("POST /subjects/S1/plan/withdraw", cookies(other), form("csrf", otherCSRF, "version", "1")), 403, "草案由起草人或者有签署权的人撤回")
	want(t, s.do("POST /subjects/S1/plan/withdraw", cookies(jar), form("csrf", csrf, "version", "9")), 412)
	rec := s.do("POST /subjects/S1/plan/withdraw", cookies(jar), form("csrf", csrf, "version", "1"))
	if rec.Code != http.StatusSeeOther || !strings.HasSuffix(rec.Header().Get("Location"), "did=withdraw") {
		t.Fatalf("%d to %s", rec.Code, rec.Header().Get("Location"))
	}
	want(t, s.do("GET /subjects/S1/plan?did=withdraw", cookies(jar)), 200, "草案已撤回 · officer-1")
}
