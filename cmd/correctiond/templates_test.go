package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/plans"
)

const ownPlans = `version: 1
measures: [{id: report, area: supervision, zh: 书面报告, en: write, basis: 办法24}]
templates: [{id: all, zh: 本区, en: ours, measures: [{use: report, every: 1/month}]}]
`

// planDir is a directory of template files.
func planDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		writeRules(t, filepath.Join(dir, name), text)
	}
	return dir
}

func TestCheckCountsTheTemplatesOfPlans(t *testing.T) {
	l, err := plans.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	got := checkWith(t, "language: en\n", "--offline")
	if want := "# plans:   29 templates, 38 measures, version " + l.Version() + ", built in\n"; got.code != 0 || !strings.Contains(got.out, want) {
		t.Errorf("want %q in %+v", want, got)
	}
	second := "version: 1\ntemplates: [{id: strict, zh: 严管, en: strict, when: {level: [strict]}, measures: [{use: report, every: 1/week}]}]\n"
	dir := planDir(t, map[string]string{"b.yaml": ownPlans, "a.yaml": second, "notes.txt": "no templates"})
	got = checkWith(t, "rules: {plans_dir: "+dir+"}\n", "--offline")
	if got.code != 0 || !strings.Contains(got.out, "# plans:   2 templates, 1 measures, version ") || !strings.Contains(got.out, ", "+dir+"\n") {
		t.Errorf("%+v", got)
	}
}

func TestCheckRefusesTemplatesOfPlans(t *testing.T) {
	wrong := planDir(t, map[string]string{"a.yaml": strings.Replace(ownPlans, "use:", "uses:", 1), "b.yaml": "version: 2\n"})
	large := planDir(t, map[string]string{"a.yaml": strings.Repeat("#", plans.MaxFile+1)})
	for _, c := range []struct {
		dir  string
		want []string
	}{
		{wrong, []string{wrong + `/a.yaml:3: unknown key "templates[0].measures[0].uses"; did you mean templates[0].measures[0].use?`, wrong + "/b.yaml: must be version: 1"}},
		{large, []string{"rules.plans_dir: " + large + "/a.yaml is too large"}},
		{t.TempDir(), []string{"holds no .yaml file; put templates there, or remove the key"}},
		{"/nowhere", []string{"rules.plans_dir: open /nowhere: no such file or directory"}},
	} {
		got := checkWith(t, "rules: {plans_dir: "+c.dir+"}\n", "--offline")
		for _, want := range c.want {
			if got.code != 2 || got.out != "" || !strings.Contains(got.err, want) {
				t.Errorf("want %q in %+v", want, got)
			}
		}
	}
}

// A plan on a running daemon: matched from the roster, drafted by an officer, signed
// by the head of the office; the signature ends the hand-over. New templates, from
// files or from the district, change what is proposed and no signed plan.
func TestLivePlans(t *testing.T) {
	w := newWorld(t)
	dir := planDir(t, map[string]string{"a.yaml": ownPlans})
	w.flags = append(w.flags, "--rules.plans_dir", dir)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	const plan = "subjects/S0001/plan"
	w.answers("POST", "hand-overs", `{"subject":"S0001","document":"判决书","received":"`+day(-20)+`","effective":"`+day(-20)+`"}`, 201)
	w.answers("POST", "hand-overs", `{"of":1,"step":"reported-in","date":"`+day(-15)+`"}`, 201)
	w.answers("POST", "hand-overs", `{"of":1,"step":"registered","date":"`+day(-15)+`"}`, 201, `"state":"registered"`)
	w.answers("GET", plan, "", 200, `"version":0,"current":null`, `"text":"书面报告","every":"1/month"`, `{"key":"kind","value":"probation","label":"缓刑"}`)
	w.answers("PUT", plan, `{"assessment":"再犯罪风险低","edits":[{"do":"change","measure":"report","every":"1/week","reason":"刚刚变更住所"}]}`, 200, `"state":"draft"`)
	w.answers("POST", plan+"/sign", "", 403)
	w.signIn("--role", "office_head", "--office", "O1", "--name", "H1")
	w.answers("POST", plan+"/sign", "", 200, `"current":{"version":2,"state":"signed"`, `"by":"H1"`, `"difference":null`)
	w.answers("GET", "hand-overs", "", 200, `"state":"plan-signed","due":null`)

	more := ownPlans + "  \n"
	more = strings.Replace(more, "measures: [{id", "measures: [{id: talk, area: education, zh: 谈话, en: talk, basis: 法36}, {id", 1)
	more = strings.Replace(more, "[{use: report", "[{use: talk, every: 1/week}, {use: report", 1)
	writeRules(t, filepath.Join(dir, "a.yaml"), "version: 3\n")
	w.hangUp(d, "nothing is reloaded")
	writeRules(t, filepath.Join(dir, "a.yaml"), more)
	w.hangUp(d, "rule file read again")
	answer := w.answers("GET", plan, "", 200, `"difference":{"added":[{"id":"talk"`)
	if current, _, _ := strings.Cut(answer, `"proposed"`); strings.Contains(current, "谈话") {
		t.Errorf("a signed plan changed by itself: %s", current)
	}

	w.signIn("--role", "district", "--district", "D1", "--name", "V1")
	w.answers("GET", "plans", "", 200, `"origin":"files","edition":0`)
	w.answers("PUT", "plans", ownPlans, 200, `"origin":"district","edition":1`, `"by":"V1"`)
	w.answers("GET", plan, "", 200, `"difference":null`)
	d.stop(15 * time.Second)
	d = w.serve()
	w.answers("GET", "plans", "", 200, `"origin":"district","edition":1`)
	w.answers("GET", plan, "", 200, `"current":{"version":2,"state":"signed"`, `"assessment":"再犯罪风险低"`, `"reason":"刚刚变更住所"`)
	w.answers("PUT", "plans?configured=true", "", 200, `"origin":"files","edition":2`)
	d.stop(15 * time.Second)
	w.mustAudit("plans.refused", "must be version: 1")
	w.mustAudit("plans.changed", "version 1, 1 templates, 1 measures", "version 2, those of the configuration")
	w.mustAudit("plan.draft", "version 1, 1 measures, 0 dropped")
	w.mustAudit("plan.sign", "version 2, 1 measures, 0 dropped")
	if text, err := os.ReadFile(filepath.Join(w.data, "state.db")); err != nil || strings.Contains(string(text), "刚刚变更住所") {
		t.Errorf("what an officer wrote lies readable in the database: %v", err)
	}
}
