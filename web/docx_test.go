package web

import (
	"archive/zip"
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"correctiond/plans"
)

// Whatever a plan says, every part of the document is well-formed XML.
func TestDocumentsAreWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		d := &docx{}
		d.title(text)
		d.text(11, true, text)
		d.table([]int{50, 50}, true, [][]string{{text, "b"}, {"c", text}})
		file, err := d.file()
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			if err := wellFormed(f); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	})
}

// Every fact that templates can ask for has words in both languages.
func TestEveryFactOfPlansHasWords(t *testing.T) {
	zh, en := words{"zh"}, words{"en"}
	for _, f := range append(plans.Known(), plans.Fact{Key: "everyone"}) {
		if z, e := zh.PlanFact(f), en.PlanFact(f); z == e || z == f.Key+" "+f.Value {
			t.Errorf("%v is %q and %q", f, z, e)
		}
	}
	seen := map[string]bool{}
	for _, a := range plans.Areas() {
		seen[zh.PlanArea(a)], seen[en.PlanArea(a)] = true, true
	}
	if len(seen) != 2*len(plans.Areas()) {
		t.Errorf("words of areas: %v", seen)
	}
	for c, want := range map[plans.Cadence][2]string{
		"ongoing": {"持续", "ongoing"}, "once": {"一次", "once"}, "2/week": {"每周 2 次", "2× per week"}, "1/2weeks": {"每 2 周 1 次", "1× per 2 weeks"},
		"1/6months": {"每 6 个月 1 次", "1× per 6 months"}, "1/quarter": {"每季度 1 次", "1× per quarter"}, "x": {"x", "x"},
	} {
		if got := [2]string{zh.PlanEvery(c), en.PlanEvery(c)}; got != want {
			t.Errorf("%s: %q", c, got)
		}
	}
	for _, field := range []string{"reason", "every", "text", "assessment", "do"} {
		if zh.planTrouble(field) == en.planTrouble(field) {
			t.Errorf("%s has one language", field)
		}
	}
}
