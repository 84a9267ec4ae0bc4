package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// PlanOf reads the versions of the world, and matches what everybody is there.
func (w *world) PlanOf(ctx context.Context, d roster.DistrictID, id roster.SubjectID) (web.PlanFile, error) {
	t, err := w.Templates(ctx, d)
	if err != nil {
		return web.PlanFile{}, err
	}
	if w.facts == nil {
		w.facts = []plans.Fact{{Key: "kind", Value: "probation"}, {Key: "level", Value: "strict"}, {Key: "colour", Value: "green"}}
	}
	return web.PlanFile{Versions: slices.Clone(w.plans[id]), Facts: w.facts, Matched: t.Library.Match(w.facts), Library: t.Library.Version()}, w.broken
}

// AddPlan keeps a version, if it is the next.
func (w *world) AddPlan(_ context.Context, p *plans.Plan) error {
	if w.plans == nil {
		w.plans = map[roster.SubjectID][]plans.Plan{}
	}
	if p.Version != len(w.plans[p.Subject])+1 {
		return web.ErrStalePlan
	}
	w.plans[p.Subject] = append([]plans.Plan{*p}, w.plans[p.Subject]...)
	return w.broken
}

// Templates are built in until somebody replaces them.
func (w *world) Templates(context.Context, roster.DistrictID) (web.Templates, error) {
	if w.lib.Library == nil {
		l, err := plans.BuiltIn()
		if err != nil {
			return web.Templates{}, err
		}
		w.lib.Library, w.lib.Origin = l, "built-in"
	}
	return w.lib, w.broken
}

// SetTemplates replaces them.
func (w *world) SetTemplates(ctx context.Context, d roster.DistrictID, t web.Templates) (web.Templates, error) {
	w.lib = t
	w.lib.Edition++
	if w.lib.Origin = "district"; t.Library == nil {
		w.lib.By, w.lib.At = "", 0
		return w.Templates(ctx, d)
	}
	return w.lib, nil
}

const planLine = "GET /api/v1/subjects/S1/plan"

func TestAPlanIsDraftedAndSigned(t *testing.T) {
	s := newTown(t)
	officer, head := bearer("token-officer"), bearer("token-office_head")
	first := s.do(planLine, officer)
	want(t, first, 200, `"version":0`, `"current":null`, `"draft":null`, `"difference":null`, `"history":[]`,
		`{"id":"report","area":"supervision","text":"报告遵纪守法`, `"every":"1/week"`, `{"template":"strict","name":"严管","every":"1/week","because":[{"key":"level","value":"strict","label":"严管"}]}`)
	if got := first.Header().Get("ETag"); got != `"0"` {
		t.Fatalf("ETag %s", got)
	}
	draft := body("application/json", `{"assessment":"再犯罪风险低","analysis":"情绪稳定","edits":[{"do":"change","measure":"report","every":"2/week","reason":"刚刚变更住所"},`+
		`{"do":"add","measure":"own-1","area":"medical","text":"陪同复诊","every":"1/month","basis":"法43","reason":"患有慢性病"},{"do":"drop","measure":"visit","reason":"与派出所联合走访"}]}`)
	want(t, s.do("PUT /api/v1/subjects/S1/plan", officer, draft), 428)
	want(t, s.do("PUT /api/v1/subjects/S1/plan", officer, draft, header("If-Match", `"7"`)), 412, "changed since")
	done := s.do("PUT /api/v1/subjects/S1/plan", officer, draft, header("If-Match", `"0"`))
	want(t, done, 200, `"version":1,"current":null,"draft":{"version":1,"state":"draft"`, `"by":"officer-1"`, `"assessment":"再犯罪风险低"`, `"text":"陪同复诊"`,
		`"edit":{"do":"change","measure":"report","every":"2/week","reason":"刚刚变更住所"}`, `"dropped":[{"id":"visit"`)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", officer, header("If-Match", `"1"`)), 403)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", head), 428)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", head, header("If-Match", `"0"`)), 412)
	signed := s.do("POST /api/v1/subjects/S1/plan/sign", head, header("If-Match", `"1"`))
	want(t, signed, 200, `"version":2,"current":{"version":2,"state":"signed"`, `"signed":{"at":"`, `"by":"office_head-1"`, `"draft":null`, `"difference":null`)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", head, header("If-Match", `"2"`)), 409, "no draft")
	want(t, s.do(planLine+"?version=1", officer), 200, `"shown":{"version":1,"state":"draft"`)
	want(t, s.do(planLine+"?version=9", officer), 400, `"field":"version"`)
	want(t, s.do(planLine+"?lang=en", bearer("token-procurator")), 200, `"text":"report on conduct`, `"label":"strict level"`)
}

// Facts change, the signed plan does not: what would be different is proposed.
func TestASignedPlanStaysWhenFactsChange(t *testing.T) {
	s := newTown(t)
	head := bearer("token-office_head")
	want(t, s.do("PUT /api/v1/subjects/S1/plan", head, body("application/json", `{}`), header("If-Match", `"0"`)), 200)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", head, header("If-Match", `"1"`)), 200, `"difference":null`)
	s.facts = []plans.Fact{{Key: "kind", Value: "probation"}, {Key: "level", Value: "strict"}, {Key: "colour", Value: "red"}}
	rec := s.do(planLine, head)
	want(t, rec, 200, `"difference":{"added":[{"id":"counselling"`, `"facts_gained":[{"key":"colour","value":"red","label":"红色关注"}]`, `"facts_lost":[{"key":"colour","value":"green"`)
	current, _, _ := strings.Cut(rec.Body.String(), `"proposed"`)
	if strings.Contains(current, "counselling") || len(s.plans["S1"]) != 2 {
		t.Error("the signed plan has changed by itself")
	}
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S1/plan", cookies(jar)), 200, "仅为建议", "新情况：红色关注", "不再有：绿色关注", "<b>增加</b> 心理辅导", "<b>调整</b> 实地走访", "<del>每季度 1 次</del> → 每周 1 次")
}

func TestWrongDraftsAreRefused(t *testing.T) {
	s := newTown(t)
	for text, c := range map[string]struct {
		status int
		field  string
	}{
		`{"edits":[{"do":"drop","measure":"report","reason":"x"}]}`:       {422, "edits[0].reason"},
		`{"edits":[{"do":"drop","measure":"repot","reason":"已由社工承担"}]}`:   {422, "edits[0].measure"},
		`{"assessment":"` + strings.Repeat("长", 4001) + `"}`:              {422, "assessment"},
		`{"edits":[{"do":"drop","measure":"report","because":"已由社工承担"}]}`: {400, ""},
		`{"measures":[]}`: {400, ""},
		`{`:               {400, ""},
		`{"analysis":"` + strings.Repeat("x", 1<<20) + `"}`: {413, ""},
	} {
		rec := s.do("PUT /api/v1/subjects/S1/plan", bearer("token-officer"), body("application/json", text), header("If-Match", "*"))
		want(t, rec, c.status)
		if c.field != "" {
			want(t, rec, c.status, `"field":"`+c.field+`"`)
		}
	}
	want(t, s.do("PUT /api/v1/subjects/S1/plan", bearer("token-officer"), body("text/plain", "{}"), header("If-Match", "*")), 415)
	if len(s.plans) != 0 {
		t.Errorf("kept %+v", s.plans)
	}
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/plans", bearer("token-officer")), 500)
}

// Social workers read the plans of their caseload, and sealed files stay sealed.
func TestPlansLieWithinTheScope(t *testing.T) {
	s := newTown(t)
	s.enlist("S9", "陈小宝", "O1", 10, rules.Green).Minor = true
	s.assigned = []roster.SubjectID{"S1"}
	for id, status := range map[string]int{"S1": 200, "S2": 404} {
		want(t, s.do("GET /api/v1/subjects/"+id+"/plan", bearer("token-social_worker")), status)
	}
	want(t, s.do("PUT /api/v1/subjects/S1/plan", bearer("token-social_worker"), header("If-Match", "*")), 403)
	s.tokens["flag"] = web.Identity{Name: "zhang", Role: web.Officer, District: "D1", Office: "O1", Minors: true}
	want(t, s.do("GET /api/v1/subjects/S9/plan", bearer("token-officer")), 404)
	want(t, s.do("GET /api/v1/subjects/S9/plan", bearer("flag")), 200)
	want(t, s.do("GET /api/v1/subjects/S3/plan", bearer("token-officer")), 404)
}

const ownTemplates = `version: 1
measures: [{id: report, area: supervision, zh: 书面报告, en: write, basis: 办法24}]
templates: [{id: all, zh: 本区, en: ours, measures: [{use: report, every: 1/month}]}]
`

func TestTheDistrictReplacesTheTemplates(t *testing.T) {
	s := newTown(t)
	district := bearer("token-district")
	first := s.do("GET /api/v1/plans", bearer("token-officer"))
	want(t, first, 200, `"origin":"built-in","edition":0`, `"by":null`, `"templates":[{"id":"everyone"`)
	tag := first.Header().Get("ETag")
	want(t, s.do("GET /api/v1/plans", district, header("If-None-Match", tag)), http.StatusNotModified)
	put := func(text string, settings ...setting) int {
		return s.do("PUT /api/v1/plans", append(settings, district, body("application/yaml", text))...).Code
	}
	if got := put(ownTemplates); got != 428 {
		t.Errorf("without If-Match: %d", got)
	}
	want(t, s.do("PUT /api/v1/plans", bearer("token-office_head"), header("If-Match", "*")), 403)
	rec := s.do("PUT /api/v1/plans", district, header("If-Match", tag), body("application/yaml", strings.Replace(ownTemplates, "every:", "evry:", 1)))
	want(t, rec, 422, `body:3: unknown key \"templates[0].measures[0].evry\"; did you mean templates[0].measures[0].every?`)
	if got := put(ownTemplates, header("If-Match", tag)); got != 200 {
		t.Fatalf("put: %d", got)
	}
	if got := put(ownTemplates, header("If-Match", tag)); got != 412 {
		t.Errorf("a second time: %d", got)
	}
	now := s.do("GET /api/v1/plans", district)
	want(t, now, 200, `"origin":"district","edition":1`, `"by":"district-1"`, "书面报告")
	want(t, s.do(planLine, bearer("token-officer")), 200, `"text":"书面报告"`)
	want(t, s.do("PUT /api/v1/plans?configured=perhaps", district, header("If-Match", "*")), 400)
	want(t, s.do("PUT /api/v1/plans?configured=true", district, header("If-Match", now.Header().Get("ETag"))), 200, `"origin":"built-in","edition":2`)
	// What is answered can be sent back.
	_, text, _ := strings.Cut(s.do("GET /api/v1/plans", district).Body.String(), `"library":`)
	if got := put(strings.TrimSuffix(strings.TrimSpace(text), "}"), header("If-Match", "*")); got != 200 {
		t.Errorf("sent back: %d", got)
	}
}

func TestThePageOfAPlanWithoutScripts(t *testing.T) {
	s := newTown(t)
	officer, csrf := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S1", cookies(officer)), 200, `href="/subjects/S1/plan"`)
	page := s.do("GET /subjects/S1/plan", cookies(officer))
	want(t, page, 200, "建议的矫正方案（尚未起草）", "李* S1", "每周 1 次", "严管（严管）", `name="drop-visit"`, `name="add-text-1"`, "还没有方案")
	lacks(t, page, "/plan/sign", "李四")
	typed := []string{
		"csrf", csrf, "version", "0", "assessment", "风险低\r\n需关注", "every-report", "2/week", "reason-report", "刚刚变更住所", "every-visit", "1/quarter",
		"add-area-1", "medical", "add-every-1", "1/month", "add-text-1", "陪同复诊", "add-reason-1", "患有慢性病",
	}
	// A cadence that a browser sends as it was is no edit; a reason is.
	wrong := s.do("POST /subjects/S1/plan", cookies(officer), form(append(slices.Clone(typed), "drop-contact", "1")...))
	want(t, wrong, 422, "请写明修改、增加或者不采用该措施的理由", `value="刚刚变更住所"`, `value="陪同复诊"`, "<details open>")
	rec := s.do("POST /subjects/S1/plan", cookies(officer), form(typed...))
	want(t, rec, http.StatusSeeOther)
	page = s.do("GET "+rec.Header().Get("Location"), cookies(officer))
	want(t, page, 200, "草案已保存", "草案，未经签署不生效", "修改：刚刚变更住所", "增加：患有慢性病", "陪同复诊", "风险低\n需关注", "每周 2 次")
	if edits := s.plans["S1"][0].Edits; len(edits) != 2 || edits[0].Measure != "report" || edits[1].Measure != "own-1" {
		t.Errorf("edits %+v", edits)
	}
	lacks(t, page, "/plan/sign")
	want(t, s.do("POST /subjects/S1/plan/sign", cookies(officer), form("csrf", csrf, "version", "1")), 403)
	want(t, s.do("POST /subjects/S1/plan", cookies(officer), form(typed...)), 412, "方案已被他人更改", `value="陪同复诊"`)
	want(t, s.do("POST /subjects/S1/plan", cookies(officer), form("version", "1")), 403)

	head, csrf := s.signIn("token-office_head")
	want(t, s.do("GET /subjects/S1/plan", cookies(head)), 200, `action="/subjects/S1/plan/sign"`)
	rec = s.do("POST /subjects/S1/plan/sign", cookies(head), form("csrf", csrf, "version", "1"))
	want(t, rec, http.StatusSeeOther)
	page = s.do("GET "+rec.Header().Get("Location"), cookies(head))
	want(t, page, 200, "方案已签署，现在生效", "office_head-1", `href="/subjects/S1/plan.docx?version=2"`)
	lacks(t, page, "/plan/sign", "草案，未经签署不生效")
	want(t, s.do("POST /subjects/S1/plan/sign", cookies(head), form("csrf", csrf, "version", "2")), 409, "没有待签署的草案")
	want(t, s.do("GET /subjects/S1/plan?version=1", cookies(head)), 200, "草案，未经签署不生效")
	want(t, s.do("GET /subjects/S1/plan?version=8", cookies(head)), 404)
	worker, _ := s.signIn("token-social_worker")
	s.assigned = []roster.SubjectID{"S1"}
	lacks(t, s.do("GET /subjects/S1/plan", cookies(worker)), "保存草案", "/plan/sign")
}

// A draft beside a plan in force says what it changes.
func TestADraftIsShownAgainstThePlanInForce(t *testing.T) {
	s := newTown(t)
	head := bearer("token-office_head")
	put := func(tag, text string) {
		t.Helper()
		want(t, s.do("PUT /api/v1/subjects/S1/plan", head, body("application/json", text), header("If-Match", tag)), 200)
	}
	put(`"0"`, `{}`)
	want(t, s.do("POST /api/v1/subjects/S1/plan/sign", head, header("If-Match", `"1"`)), 200)
	put(`"2"`, `{"edits":[{"do":"drop","measure":"visit","reason":"与派出所联合走访"}]}`)
	jar, _ := s.signIn("token-office_head")
	want(t, s.do("GET /subjects/S1/plan", cookies(jar)), 200, "与现行方案相比", "<b>取消</b> 实地走访", `action="/subjects/S1/plan/sign"`, "第 4 版")
	want(t, s.do("GET /subjects/S1/plan?lang=en", cookies(jar)), 200, "Against the plan in force", "<b>drop</b> visit home")
}

func TestAPlanAsADocument(t *testing.T) {
	s := newTown(t)
	head := bearer("token-office_head")
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S1/plan.docx?version=1", cookies(jar)), 404)
	want(t, s.do("GET /subjects/S1/plan.docx", cookies(jar)), 200) // a proposal
	text := `{"assessment":"<低> & \"稳定\"\u0001\n第二行","edits":[{"do":"drop","measure":"visit","reason":"与派出所联合走访"}]}`
	want(t, s.do("PUT /api/v1/subjects/S1/plan", head, body("application/json", text), header("If-Match", `"0"`)), 200)
	rec := s.do("GET /subjects/S1/plan.docx", cookies(jar))
	want(t, rec, 200)
	if got := rec.Header().Get("Content-Disposition"); got != "attachment; filename=plan-S1-1.docx" {
		t.Errorf("sent as %s", got)
	}
	file := rec.Body.Bytes()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, f := range z.File {
		parts = append(parts, f.Name)
	}
	if got := strings.Join(parts, " "); got != "[Content_Types].xml _rels/.rels word/document.xml" {
		t.Fatalf("parts: %s", got)
	}
	r, err := z.File[2].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	doc, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"草案，未经签署不生效", "李* S1", "示范路司法所", "严管", "&lt;低&gt; &amp; &#34;稳定&#34;", "第二行", "每周 1 次", "办法24", "不采用：与派出所联合走访", `w:w="11906"`} {
		if !strings.Contains(string(doc), word) {
			t.Errorf("the document lacks %q", word)
		}
	}
	if strings.Contains(string(doc), "李四") {
		t.Error("the document holds the full name")
	}
	if got := s.recorded("plan.export"); len(got) != 2 || got[1].Object != "S1" || got[1].Detail != "version 1" || got[1].Actor != "officer-1" {
		t.Errorf("recorded %+v", got)
	}
}
