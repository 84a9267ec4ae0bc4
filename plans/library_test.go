package plans_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"correctiond/plans"
	"correctiond/rules"
)

// small is a library of two files; what they hold is checked together.
const (
	small = `version: 1
measures:
  - {id: report, area: supervision, zh: 报告, en: report, basis: 办法24}
  - {id: talk, area: education, zh: 谈话, en: talk, basis: 法36}
templates:
  - {id: all, zh: 基本, en: basic, measures: [{use: report, every: 1/month}]}
`
	more = `version: 1
templates:
  - {id: strict, zh: 严管, en: strict, when: {level: [strict]}, measures: [{use: report, every: 1/week, basis: 办法22}, {use: talk, every: 1/2weeks}]}
`
)

func library(t *testing.T, texts ...string) *plans.Library {
	t.Helper()
	var files []plans.File
	for _, text := range texts {
		files = append(files, plans.File{Name: "F", Data: []byte(text)})
	}
	l, err := plans.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEveryProblemOfEveryFileIsReported(t *testing.T) {
	measure := func(text string) string { return "version: 1\nmeasures:\n  - {" + text + "}\n" }
	template := func(text string) string {
		return small + "  - {id: t, zh: 丙, en: c, " + text + "}\n"
	}
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key", "version: 1\nmeasurs: []\n", `F:2: unknown key "measurs"; did you mean measures?`},
		{
			"unknown key inside, and a value behind it", "version: 1\ntemplates:\n  - {id: a, whn: {}, measures: [{use: x, every: often}]}\n",
			"F:3: unknown key \"templates[0].whn\"; did you mean templates[0].when?\n" +
				`F: line 3: "often" is no cadence; write ongoing, once, 2/week or 1/2weeks (day, week, month, quarter, year)`,
		},
		{
			"two cadences", small + "  - {id: b, zh: 乙, en: b, measures: [{use: talk, every: 0/week}, {use: report, every: 1/fortnight}]}\n",
			"F: line 7: \"0/week\" is no cadence; write ongoing, once, 2/week or 1/2weeks (day, week, month, quarter, year)\n" +
				`F: line 7: "1/fortnight" is no cadence; write ongoing, once, 2/week or 1/2weeks (day, week, month, quarter, year)`,
		},
		{"no YAML", "templates: [", "F: line 1: did not find expected node content"},
		{"version", strings.Replace(small, "version: 1", "version: 2", 1), "F: must be version: 1"},
		{"nothing", "version: 1\n", "plans: there is no template: write at least one, or leave the setting empty for the built-in ones"},
		{"id", measure("id: own-1, area: medical, zh: 甲, en: a, basis: b"), `F:3: measures[0]: id "own-1" is 1 to 40 of a-z, 0-9 and -, and does not begin with own-`},
		{"area", measure("id: a, area: educaton, zh: 甲, en: a, basis: b"), `F:3: measures[0]: area "educaton" is not known; did you mean education?`},
		{"basis", measure("id: a, area: medical, zh: 甲, en: a"), "F:3: measures[0]: must have zh, en (at most 500 characters) and basis"},
		{"measure twice", small + "  - {id: b, zh: 乙, en: b, measures: [{use: talk, every: once}, {use: talk, every: once}]}\n", "F:7: templates[1]: measures[1]: talk is used twice"},
		{"ids twice", small + "  - {id: all, zh: 乙, en: b, measures: [{use: talk, every: once}]}\n", "F:7: templates[1]: the id all is used twice"},
		{
			"unknown value", template("when: {kind: [paroled], fact: [jailed]}, measures: [{use: talk, every: once}]"),
			"F:7: templates[1]: when.kind: \"paroled\" is not known; did you mean parole?\nF:7: templates[1]: when.fact: \"jailed\" is not known; did you mean praise?",
		},
		{"unknown measure", template("measures: [{use: tlk, every: once}]"), `F:7: templates[1]: measures[0]: no measure has the id "tlk"; did you mean talk?`},
		{"no cadence", template("measures: [{use: talk}]"), "F:7: templates[1]: measures[0]: must have every"},
		{"no measures", template("measures: []"), "F:7: templates[1]: must have measures"},
		{"no words", small + "  - {id: b, zh: 乙, measures: [{use: talk, every: once}]}\n", "F:7: templates[1]: must have zh and en (at most 500 characters)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := plans.Read([]plans.File{{Name: "F", Data: []byte(tc.text)}})
			if err == nil || err.Error() != tc.want {
				t.Errorf("got\n%v\nwant\n%s", err, tc.want)
			}
		})
	}
	_, err := plans.Read([]plans.File{{"a.yaml", []byte("version: 3\n")}, {"b.yaml", []byte("x: 1\n")}, {"c.yaml", []byte(small)}, {"d.yaml", []byte(more)}})
	if want := "a.yaml: must be version: 1\nb.yaml:1: unknown key \"x\"; did you mean version?"; err == nil || err.Error() != want {
		t.Errorf("of four files: %v", err)
	}
	if _, err := plans.Read([]plans.File{{"a", make([]byte, plans.MaxFile)}, {"b", []byte(small)}}); err == nil || !strings.Contains(err.Error(), "bytes of templates") {
		t.Errorf("too large: %v", err)
	}
}

func TestALibraryIsWrittenAsItIsRead(t *testing.T) {
	l := library(t, small, more)
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	again := library(t, string(text))
	if templates, measures := again.Len(); again.Version() != l.Version() || templates != 2 || measures != 2 {
		t.Errorf("%d templates, %d measures, version %s of %s", templates, measures, again.Version(), l.Version())
	}
	if library(t, small).Version() == l.Version() {
		t.Error("another library has the same version")
	}
}

// Everybody gets a plan of the built-in library, and every template of it is for
// somebody.
func TestTheBuiltInLibrary(t *testing.T) {
	l, err := plans.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, facts := range everyone() {
		list := l.Match(facts)
		kind := facts[0].Value
		if at(list, "report") == nil || at(list, "legal-education") == nil || at(list, kind+"-duties") == nil && kind != "medical" {
			t.Fatalf("%v: %v", facts, ids(list))
		}
		for _, m := range list {
			sources(used, m)
		}
	}
	if templates, _ := l.Len(); len(used) != templates {
		t.Errorf("%d of %d templates are for somebody", len(used), templates)
	}
}

func sources(used map[string]bool, m plans.Measure) {
	for _, s := range m.From {
		used[s.Template] = true
	}
}

// everyone are people of every kind and level, with every value of the other facts.
func everyone() (all [][]plans.Fact) {
	for _, kind := range []string{"control", "probation", "parole", "medical"} {
		for _, level := range []string{"strict", "general", "lenient", "none"} {
			for _, rest := range everyRest() {
				all = append(all, append([]plans.Fact{{Key: "kind", Value: kind}, {Key: "level", Value: level}}, rest...))
			}
		}
	}
	return all
}

// everyRest are sets of facts beside kind and level that have every value once.
func everyRest() [][]plans.Fact {
	var out [][]plans.Fact
	for _, c := range []string{"red", "orange", "yellow", "green"} {
		out = append(out, []plans.Fact{{Key: "colour", Value: c}, {Key: "minor", Value: "false"}, {Key: "fact", Value: "no_steady_job"}})
	}
	all := []plans.Fact{{Key: "minor", Value: "true"}, {Key: "sex", Value: "female"}}
	for _, v := range []string{"high", "medium"} {
		all = append(all, plans.Fact{Key: "assessment", Value: v})
	}
	for _, v := range []string{"forbidden", "no_contact", "curfew"} {
		all = append(all, plans.Fact{Key: "order", Value: v})
	}
	for _, v := range []string{"entering", "leaving", "prior", "admonition", "praise", "steady_job", "parole_medical", "located", "travel"} {
		all = append(all, plans.Fact{Key: "fact", Value: v})
	}
	return append(out, all)
}

// Visits and reviews of tracks are as often as the colours ask for elsewhere, and
// reports as often as the rules expect them.
func TestTheBuiltInLibraryAgreesWithTheRules(t *testing.T) {
	l, err := plans.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	word := map[rules.Period]plans.Cadence{
		{Times: 1, Days: 1}: "1/day", {Times: 1, Days: 7}: "1/week", {Times: 1, Days: 14}: "1/2weeks",
		{Times: 1, Months: 1}: "1/month", {Times: 1, Months: 3}: "1/quarter",
	}
	for c := rules.Green; c <= rules.Red; c++ {
		list, rhythm := l.Match([]plans.Fact{{Key: "colour", Value: c.String()}}), rules.Cadence(c)
		if visit := at(list, "visit"); visit == nil || visit.Every != word[rhythm.Visit] {
			t.Errorf("%s: visit %+v, want %+v", c, visit, rhythm.Visit)
		}
		if review := at(list, "track-review"); review == nil || review.Every != word[rhythm.TrackReview] {
			t.Errorf("%s: review %+v, want %+v", c, review, rhythm.TrackReview)
		}
	}
	for level, every := range map[string]plans.Cadence{"strict": "1/week", "general": "1/month", "lenient": "1/quarter"} {
		if m := at(l.Match([]plans.Fact{{Key: "level", Value: level}}), "report"); m == nil || m.Every != every {
			t.Errorf("%s: %+v", level, m)
		}
	}
}

// Nothing of the library is imposed on a person by a device: a wristband is looked
// at only while an authority is in force.
func TestTheBuiltInLibraryAsksForNoWristband(t *testing.T) {
	l, err := plans.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	facts := slices.Concat(everyRest()...)
	facts = slices.DeleteFunc(facts, func(f plans.Fact) bool { return f.Value == "located" })
	if m := at(l.Match(facts), "wristband"); m != nil {
		t.Errorf("without an authority: %+v", m)
	}
}

// FuzzRead: no text makes it panic; what it takes it takes again in the form that it
// writes, and matches alike.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(more))
	f.Add([]byte("version: 1\nmeasures: &a [*a]\n"))
	f.Add([]byte("templates: [{when: {minor: [true]}, measures: [{every: [1]}]}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := plans.Read([]plans.File{{"small", []byte(small)}, {"fuzz", text}})
		if err != nil {
			verb := []byte("%!") // of fmt, unless the text has it itself
			if err.Error() == "" || bytes.Contains([]byte(err.Error()), verb) && !bytes.Contains(text, verb) {
				t.Errorf("the error says %q", err)
			}
			return
		}
		form, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := plans.Read([]plans.File{{"again", form}})
		if err != nil {
			t.Fatalf("%v of\n%s", err, form)
		}
		facts := slices.Concat(everyRest()...)
		if a, b := l.Match(facts), again.Match(facts); len(a) != len(b) || len(a) == 0 {
			t.Errorf("%v, then %v", ids(a), ids(b))
		}
	})
}

func ids(list []plans.Measure) (out []string) {
	for _, m := range list {
		out = append(out, m.ID+" "+string(m.Every))
	}
	return out
}

func at(list []plans.Measure, id string) *plans.Measure {
	i := slices.IndexFunc(list, func(m plans.Measure) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}
