package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"correctiond/plans"
)

// planForm is the form of a draft: what the templates give now, and the edits.
type planForm struct {
	words
	Open                 bool
	Groups               []planFormGroup
	Added                []planAddition
	Assessment, Analysis string
}

type planFormGroup struct {
	Area  plans.Area
	Items []planItem
}

// planItem is a measure with what somebody has typed about it.
type planItem struct {
	plans.Measure
	Typed plans.Edit
	Drop  bool
	Every plans.Cadence // chosen
}

// planAddition is a measure that an officer adds, or an empty row for one.
type planAddition struct {
	plans.Edit
	N int
}

// spareRows are empty rows for additions; without a script there are always some.
const spareRows = 2

// newPlanForm fills in the edits of a plan; those of measures that are not matched
// any more are left out.
func newPlanForm(l words, file *PlanFile, base *plans.Plan) *planForm {
	f := &planForm{words: l, Assessment: base.Assessment, Analysis: base.Analysis}
	for _, area := range plans.Areas() {
		g := planFormGroup{Area: area}
		for _, m := range file.Matched {
			if m.Area == area {
				g.Items = append(g.Items, itemOf(m, base.Edits))
			}
		}
		if len(g.Items) > 0 {
			f.Groups = append(f.Groups, g)
		}
	}
	for _, e := range base.Edits {
		if e.Do == "add" {
			f.Added = append(f.Added, planAddition{e, len(f.Added) + 1})
		}
	}
	for range spareRows {
		f.Added = append(f.Added, planAddition{N: len(f.Added) + 1})
	}
	return f
}

func itemOf(m plans.Measure, edits []plans.Edit) planItem {
	item := planItem{Measure: m, Every: m.Every}
	if i := slices.IndexFunc(edits, func(e plans.Edit) bool { return e.Measure == m.ID && e.Do != "add" }); i >= 0 {
		item.Typed, item.Drop = edits[i], edits[i].Do == "drop"
		item.Every = cmp.Or(edits[i].Every, m.Every)
	}
	return item
}

// Edited tells whether somebody has decided about the measure.
func (i planItem) Edited() bool { return i.Typed.Do != "" }

// Said is a measure in the reader's language.
func (f *planForm) Said(m plans.Measure) string { return m.In(f.Lang) }

// Cadences are those to choose from, with one that is chosen already.
func (f *planForm) Cadences(chosen plans.Cadence) []plans.Cadence {
	list := []plans.Cadence{
		plans.Ongoing, "1/day", "3/week", "2/week", "1/week", "1/2weeks", "2/month", "1/month", "1/quarter", "1/6months", "1/year", plans.Once,
	}
	if chosen != "" && !slices.Contains(list, chosen) {
		list = append(list, chosen)
	}
	return list
}

// Areas are those that an addition may have.
func (f *planForm) Areas() []plans.Area { return plans.Areas() }

// planEdits reads the form of a draft. What is as the templates have it is no edit.
func planEdits(r *http.Request, matched []plans.Measure) []plans.Edit {
	edits := []plans.Edit{}
	for i := range matched {
		if e, decided := planEdit(r, &matched[i]); decided {
			edits = append(edits, e)
		}
	}
	for n := 1; n <= len(r.PostForm); n++ {
		name := func(field string) string { return fmt.Sprintf("add-%s-%d", field, n) }
		e := plans.Edit{
			Do: "add", Area: plans.Area(formText(r, name("area"))), Text: formText(r, name("text")),
			Every: plans.Cadence(formText(r, name("every"))), Basis: formText(r, name("basis")), Reason: formText(r, name("reason")),
		}
		if e.Text != "" || e.Reason != "" {
			e.Measure = fmt.Sprintf("own-%d", n)
			edits = append(edits, e)
		}
	}
	return edits
}

// planEdit reads what was typed about a measure; false when nothing was.
func planEdit(r *http.Request, m *plans.Measure) (plans.Edit, bool) {
	e := plans.Edit{Do: "change", Measure: m.ID, Text: formText(r, "text-"+m.ID), Reason: formText(r, "reason-"+m.ID)}
	if every := plans.Cadence(formText(r, "every-"+m.ID)); every != m.Every {
		e.Every = every
	}
	if r.PostFormValue("drop-"+m.ID) != "" {
		e.Do, e.Text, e.Every = "drop", "", ""
	}
	return e, e.Do == "drop" || e.Text != "" || e.Every != "" || e.Reason != ""
}

// formText is a field without the space around it; browsers send lines with CR LF.
func formText(r *http.Request, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n"))
}
