package plans_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

func TestMeasuresAreMerged(t *testing.T) {
	l := library(t, small, more)
	list := l.Match([]plans.Fact{{Key: "level", Value: "strict"}, {Key: "sex", Value: "male"}})
	if got := strings.Join(ids(list), ", "); got != "report 1/week, talk 1/2weeks" {
		t.Errorf("measures: %s", got)
	}
	report := list[0]
	want := `[{all {基本 basic} 1/month [{everyone }]} {strict {严管 strict} 1/week [{level strict}]}]`
	if got := fmt.Sprint(report.From); got != want || fmt.Sprint(report.Basis) != "[办法24 办法22]" {
		t.Errorf("from %s on %v", got, report.Basis)
	}
	if got := strings.Join(ids(l.Match(nil)), ", "); got != "report 1/month" {
		t.Errorf("of nobody in particular: %s", got)
	}
}

// Of several keys all must hold, of the values of one any.
func TestConditions(t *testing.T) {
	l := library(t, small+`  - {id: x, zh: 丙, en: c, when: {kind: [parole, medical], minor: [true]}, measures: [{use: talk, every: once}]}
`)
	for _, c := range []struct {
		facts []plans.Fact
		fits  bool
	}{
		{[]plans.Fact{{"kind", "parole"}, {"minor", "true"}}, true},
		{[]plans.Fact{{"kind", "medical"}, {"minor", "true"}}, true},
		{[]plans.Fact{{"kind", "parole"}, {"minor", "false"}}, false},
		{[]plans.Fact{{"kind", "control"}, {"minor", "true"}}, false},
		{[]plans.Fact{{"level", "parole"}, {"minor", "true"}}, false},
	} {
		talk := at(l.Match(c.facts), "talk")
		if (talk != nil) != c.fits || talk != nil && len(talk.From[0].Because) != 2 {
			t.Errorf("%v: %+v", c.facts, talk)
		}
	}
}

func TestCadences(t *testing.T) {
	const order = "once 1/2years 1/year 1/2quarters 1/6months 1/quarter 1/month 2/month 1/2weeks 1/week 2/week 1/day 99/day ongoing"
	var l []plans.Cadence
	for word := range strings.FieldsSeq(order) {
		if word != "1/2quarters" { // two quarters are six months
			l = append(l, plans.Cadence(word))
		}
	}
	for i := range l {
		for k := range l {
			text := small + fmt.Sprintf("  - {id: x, zh: 丙, en: c, measures: [{use: talk, every: %s}]}\n  - {id: y, zh: 丁, en: d, measures: [{use: talk, every: %s}]}\n", l[i], l[k])
			if got := at(library(t, text).Match(nil), "talk").Every; got != l[max(i, k)] {
				t.Errorf("of %s and %s holds %s", l[i], l[k], got)
			}
		}
	}
	for _, bad := range []plans.Cadence{"", "weekly", "0/week", "100/day", "1/1weeks", "2/weeks", "1/2week", " 1/week", "1/week\n"} {
		if _, _, unit := bad.Parts(); unit != "" {
			t.Errorf("%q is a cadence", bad)
		}
	}
}

func draft(t *testing.T, edits ...plans.Edit) *plans.Plan {
	t.Helper()
	facts := []plans.Fact{{Key: "level", Value: "strict"}}
	return &plans.Plan{
		District: "D1", Subject: "S1", Version: 1, Library: "l", Facts: facts, Matched: library(t, small, more).Match(facts), Edits: edits,
		Made: plans.Stamp{At: 10, By: "F1"},
	}
}

func TestEditsOnTop(t *testing.T) {
	p := draft(
		t,
		plans.Edit{Do: "change", Measure: "report", Every: "2/week", Reason: "刚受到警告"},
		plans.Edit{Do: "drop", Measure: "talk", Reason: "已由社工承担"},
		plans.Edit{Do: "add", Measure: "own-1", Area: "medical", Text: "每月陪同复诊", Every: "1/month", Basis: "法43", Reason: "患有慢性病"},
		plans.Edit{Do: "add", Measure: "own-2", Area: "supervision", Text: "值班电话", Every: "ongoing", Reason: "家属要求"},
	)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	kept, dropped := p.Measures()
	if got := strings.Join(ids(kept), ", "); got != "report 2/week, own-2 ongoing, own-1 1/month" {
		t.Errorf("kept %s", got)
	}
	if kept[0].Edit.Reason != "刚受到警告" || len(kept[0].From) != 2 || kept[2].ZH != "每月陪同复诊" || kept[2].EN != kept[2].ZH || kept[2].Basis[0] != "法43" {
		t.Errorf("kept %+v", kept)
	}
	if len(dropped) != 1 || dropped[0].ID != "talk" || dropped[0].Edit.Reason != "已由社工承担" {
		t.Errorf("dropped %+v", dropped)
	}
	if p.Matched[0].Every != "1/week" || p.Matched[0].Edit != nil {
		t.Errorf("the edits changed what was matched: %+v", p.Matched[0])
	}
}

func TestWrongEdits(t *testing.T) {
	add := plans.Edit{Do: "add", Measure: "own-1", Area: "medical", Text: "复诊", Every: "1/month", Reason: "患有慢性病"}
	with := func(change func(*plans.Edit)) plans.Edit { e := add; change(&e); return e }
	for _, c := range []struct {
		edit  plans.Edit
		field string
	}{
		{add, ""},
		{with(func(e *plans.Edit) { e.Reason = "  无  " }), "reason"},
		{with(func(e *plans.Edit) { e.Reason = strings.Repeat("长", 501) }), "reason"},
		{with(func(e *plans.Edit) { e.Reason = "\xff\xfe\xfd\xfc\xfb" }), "reason"},
		{with(func(e *plans.Edit) { e.Do = "sign" }), "do"},
		{with(func(e *plans.Edit) { e.Measure = "report" }), "measure"},
		{with(func(e *plans.Edit) { e.Measure = "own-" }), "measure"},
		{with(func(e *plans.Edit) { e.Measure = "own-A" }), "measure"},
		{with(func(e *plans.Edit) { e.Area = "sport" }), "area"},
		{with(func(e *plans.Edit) { e.Text = " " }), "text"},
		{with(func(e *plans.Edit) { e.Every = "often" }), "every"},
		{with(func(e *plans.Edit) { e.Every = "" }), "every"},
		{with(func(e *plans.Edit) { e.Basis = strings.Repeat("长", 501) }), "basis"},
		{plans.Edit{Do: "drop", Measure: "talk", Reason: "已由社工承担"}, ""},
		{plans.Edit{Do: "drop", Measure: "walk", Reason: "已由社工承担"}, "measure"},
		{plans.Edit{Do: "drop", Measure: "talk", Every: "once", Reason: "已由社工承担"}, "do"},
		{plans.Edit{Do: "change", Measure: "talk", Reason: "已由社工承担"}, "every"},
		{plans.Edit{Do: "change", Measure: "talk", Text: "谈话", Area: "medical", Reason: "已由社工承担"}, "area"},
		{plans.Edit{Do: "change", Measure: "talk", Text: "视频谈话", Reason: "住得太远"}, ""},
	} {
		err := draft(t, c.edit).Check()
		wrong, _ := errors.AsType[*plans.FieldError](err)
		if c.field == "" && err != nil || c.field != "" && (wrong == nil || wrong.Field != "edits[0]."+c.field) {
			t.Errorf("%+v: %v, want %q", c.edit, err, c.field)
		}
	}
	if err := draft(t, add, add).Check(); err == nil || err.Error() != "edits[1].measure has an edit already" {
		t.Errorf("twice: %v", err)
	}
	long := draft(t)
	long.Analysis = strings.Repeat("长", 4001)
	if err := long.Check(); err == nil {
		t.Error("an analysis without end is taken")
	}
}

func TestADraftIsSignedOnce(t *testing.T) {
	p := draft(t)
	signed, err := p.Sign(plans.Stamp{At: 20, By: "H1"})
	if err != nil || signed.Version != 2 || signed.Signed.By != "H1" || p.Signed != nil {
		t.Fatalf("%+v %v", signed, err)
	}
	if _, err := signed.Sign(plans.Stamp{}); !errors.Is(err, plans.ErrConflict) {
		t.Errorf("signed twice: %v", err)
	}
	if _, err := new(plans.Plan).Sign(plans.Stamp{}); !errors.Is(err, plans.ErrConflict) {
		t.Errorf("nothing is signed: %v", err)
	}
	next := *p
	next.Version = 3
	for _, c := range []struct {
		versions       []plans.Plan
		current, draft int
	}{
		{nil, 0, 0},
		{[]plans.Plan{*p}, 0, 1},
		{[]plans.Plan{signed, *p}, 2, 0},
		{[]plans.Plan{next, signed, *p}, 2, 3},
	} {
		current, draft := plans.Standing(c.versions)
		if number(current) != c.current || number(draft) != c.draft {
			t.Errorf("%d versions: in force %d, draft %d", len(c.versions), number(current), number(draft))
		}
	}
}

func number(p *plans.Plan) int {
	if p == nil {
		return 0
	}
	return p.Version
}

// When the facts change a signed plan stays as it is; the difference is a proposal.
func TestChangedFactsAreAProposal(t *testing.T) {
	l := library(t, small, more)
	p := draft(t, plans.Edit{Do: "change", Measure: "report", Text: "书面报告", Reason: "行动不便"}, plans.Edit{Do: "drop", Measure: "talk", Reason: "已由社工承担"})
	before := fmt.Sprint(*p)
	same := p.Review(p.Facts, p.Matched)
	if !same.Empty() || len(same.Gained)+len(same.Lost) != 0 {
		t.Errorf("nothing has changed: %+v", same)
	}
	facts := []plans.Fact{{Key: "level", Value: "general"}}
	d := p.Review(facts, l.Match(facts))
	if len(d.Changed) != 1 || d.Changed[0].Before.Every != "1/week" || d.Changed[0].After.Every != "1/month" || d.Changed[0].After.ZH != "书面报告" {
		t.Errorf("changed %+v", d.Changed)
	}
	if len(d.Dropped)+len(d.Added) != 0 || fmt.Sprint(d.Gained, d.Lost) != "[{level general}] [{level strict}]" {
		t.Errorf("%+v", d)
	}
	if fmt.Sprint(*p) != before {
		t.Error("the plan has changed by itself")
	}
	first := p.Against(nil)
	if len(first.Added) != 1 || first.Empty() {
		t.Errorf("against nothing: %+v", first)
	}
}

// The difference of two plans, carried out on the first, gives the second.
func TestDifferencesAreComplete(t *testing.T) {
	l, err := plans.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) plans.Plan {
			rests := everyRest()
			facts := append([]plans.Fact{
				{Key: "kind", Value: rapid.SampledFrom([]string{"control", "parole", "medical"}).Draw(t, name+" kind")},
				{Key: "level", Value: rapid.SampledFrom([]string{"strict", "lenient"}).Draw(t, name+" level")},
			}, rapid.SampledFrom(rests).Draw(t, name)...)
			return plans.Plan{Facts: facts, Matched: l.Match(facts)}
		}
		a, b := some("before"), some("after")
		d := b.Against(&a)
		got := map[string]plans.Cadence{}
		for _, m := range a.Matched {
			got[m.ID] = m.Every
		}
		for _, m := range d.Dropped {
			delete(got, m.ID)
		}
		for _, m := range d.Added {
			got[m.ID] = m.Every
		}
		for _, c := range d.Changed {
			got[c.After.ID] = c.After.Every
		}
		for _, m := range b.Matched {
			if got[m.ID] != m.Every {
				t.Fatalf("%s is %s, want %s", m.ID, got[m.ID], m.Every)
			}
			delete(got, m.ID)
		}
		if len(got) > 0 {
			t.Fatalf("left over: %v", got)
		}
	})
}

const facts = `{version: 1, district: {id: D1, area: c}, offices: [{id: O1}],
 zones: [{id: c, kind: area, datum: wgs84, geometry: {type: Polygon, coordinates: [[[121,31],[122,31],[122,32],[121,32],[121,31]]]}},
  {id: f, kind: forbidden, datum: wgs84, geometry: {type: Polygon, coordinates: [[[121,31],[122,31],[122,32],[121,32],[121,31]]]}}],
 subjects: [
  {id: S1, office: O1, kind: medical, level: strict, sex: female, minor: true, parole_medical: true, reported: 2026-01-15,
   term: {from: 2026-01-10, until: 2026-04-01}, forbidden: [f], no_contact: [S2], curfew: {from: "22:00", until: "06:00", next_day: true},
   travel: [{id: T1, from: 2026-03-01, until: 2026-03-20, area: c}],
   facts: {assessment: high, praise: 1, prior: true, admonitions: [2026-02-01], warnings: [2026-03-10]}},
  {id: S2, office: O1, kind: probation, term: {from: 2025-01-10}, facts: {steady_job: true}}],
 devices: [{id: W1, kind: wristband, bindings: [{subject: S1, from: 2026-02-01}], authority: [{id: A1, ground: 1, approver: x, document: x, from: 2026-02-01, until: 2026-03-05}]}]}`

func TestFactsOfThePeopleOfARoster(t *testing.T) {
	cal := roster.NewCalendar(time.UTC)
	r, err := roster.Read(strings.NewReader(facts), "F")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := roster.Compile(r, cal)
	if err != nil {
		t.Fatal(err)
	}
	day := func(text string) roster.Instant {
		d, err := roster.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return cal.Start(d)
	}
	const always = "kind:medical level:strict colour:red minor:true sex:female assessment:high order:forbidden order:no_contact order:curfew "
	for _, c := range []struct {
		who  roster.SubjectID
		day  string
		want string
	}{
		{"S1", "2026-01-20", always + "fact:entering fact:prior fact:praise fact:no_steady_job fact:parole_medical"},
		{"S1", "2026-03-02", always + "fact:entering fact:leaving fact:prior fact:admonition fact:praise fact:no_steady_job fact:parole_medical fact:located fact:travel"},
		{"S1", "2026-03-15", always + "fact:leaving fact:prior fact:admonition fact:warning fact:praise fact:no_steady_job fact:parole_medical fact:travel"},
		{"S2", "2026-03-02", "kind:probation level:none colour:red minor:false fact:steady_job"},
	} {
		var got []string
		for _, f := range plans.FactsOf(dir.Subject(c.who), rules.Red, cal, day(c.day)) {
			got = append(got, f.Key+":"+f.Value)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s on %s:\n%s\nwant\n%s", c.who, c.day, strings.Join(got, " "), c.want)
		}
	}
}

// How it stands with a plan: a draft waits before all else; what is signed is compared
// with what the templates give now; a draft that was taken back is none.
func TestStandOfAPlan(t *testing.T) {
	weekly, daily := []plans.Measure{{ID: "report", Every: "1/week"}}, []plans.Measure{{ID: "report", Every: "1/day"}}
	draft := plans.Plan{Version: 1, Matched: weekly}
	signed, err := draft.Sign(plans.Stamp{By: "H1"})
	if err != nil {
		t.Fatal(err)
	}
	withdrawn, err := (&plans.Plan{Version: 3}).Withdraw(plans.Stamp{By: "F1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		versions []plans.Plan
		now      []plans.Measure
		want     plans.Stand
	}{
		"nothing":                     {nil, weekly, plans.NoPlan},
		"a draft":                     {[]plans.Plan{draft}, weekly, plans.Waits},
		"signed":                      {[]plans.Plan{signed, draft}, weekly, plans.InForce},
		"signed, and another cadence": {[]plans.Plan{signed, draft}, daily, plans.Changed},
		"signed, and a draft":         {[]plans.Plan{{Version: 3}, signed}, daily, plans.Waits},
		"signed, the draft withdrawn": {[]plans.Plan{withdrawn, {Version: 3}, signed}, weekly, plans.InForce},
		"the only draft withdrawn":    {[]plans.Plan{withdrawn, {Version: 3}}, weekly, plans.NoPlan},
	} {
		if got := plans.StandOf(c.versions, plans.Digest(c.now)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if _, err := withdrawn.Withdraw(plans.Stamp{}); !errors.Is(err, plans.ErrConflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
	if _, err := signed.Withdraw(plans.Stamp{}); !errors.Is(err, plans.ErrConflict) {
		t.Errorf("what is signed is withdrawn: %v", err)
	}
}
