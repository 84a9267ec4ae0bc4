package strict_test

import (
	"strings"
	"testing"

	"correctiond/strict"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// day is a struct that is written as one word.
type day struct{ text string }

func (d *day) UnmarshalText(b []byte) error { d.text = string(b); return nil }

type limits struct {
	Metres float64 `yaml:"metres"`
	Fixes  int     `yaml:"fixes"`
}

type file struct {
	Name   string  `yaml:"name"`
	Area   limits  `yaml:"area"`
	Areas  []limit `yaml:"areas"`
	Since  day     `yaml:"since"`
	Hidden int     `yaml:"-"`
	Near   *limits `yaml:"near"`
}

// limit is a limits with a name, and further keys of no fixed set.
type limit struct {
	Name string         `yaml:"name"`
	More map[string]any `yaml:",inline"`
}

func TestDecode(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"everything", "name: a\narea: {metres: 1.5, fixes: 2}\nsince: 2026-03-02\nareas: [{name: b, colour: red}]\nnear: {fixes: 1}\n", ""},
		{"unknown at the top", "name: a\nnmae: b\n", `F:2: unknown key "nmae"; did you mean name?`},
		{"unknown inside", "area:\n  metre: 1\n", `F:2: unknown key "area.metre"; did you mean area.metres?`},
		{"unknown behind a pointer", "near: {fix: 1}", `F:1: unknown key "near.fix"; did you mean near.fixes?`},
		{"a field that is no key", "hidden: 1", `F:1: unknown key "hidden"; did you mean since?`},
		{"two at once", "nmae: b\narea: {fixs: 1}", "F:1: unknown key \"nmae\"; did you mean name?\nF:2: unknown key \"area.fixs\"; did you mean area.fixes?"},
		{"behind an alias", "area: &a {metres: 1}\nnear: *a", ""},
		{"wrong type", "area: {fixes: many}", "F: line 1: cannot unmarshal !!str `many` into int"},
		{"twice", "name: a\nname: b", `F: line 2: mapping key "name" already defined at line 1`},
		{"a list", "- name", "F: line 1: cannot unmarshal !!seq into strict_test.file"},
		{"no YAML", "name: [", "F: line 1: did not find expected node content"},
		{"two documents", "name: a\n---\nname: b\n", "F: holds more than one YAML document; keep one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := ""
			if _, err := strict.Decode([]byte(tc.text), "F", new(file)); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestDecodeReads(t *testing.T) {
	into := file{Name: "kept", Area: limits{Metres: 7}}
	if _, err := strict.Decode([]byte("area: {fixes: 3}\nareas: [{name: x, colour: red}]\nsince: monday"), "F", &into); err != nil {
		t.Fatal(err)
	}
	if into.Name != "kept" || into.Area != (limits{7, 3}) || into.Since.text != "monday" || into.Areas[0].More["colour"] != "red" {
		t.Errorf("read %+v", into)
	}
}

// Keys judges a part of a document by another shape: an inlined struct gives its
// keys to the one around it.
func TestKeysOfAPart(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte("{level: 1, fixes: 2, metre: 3}"), &doc); err != nil {
		t.Fatal(err)
	}
	shape := struct {
		Level  int `yaml:"level"`
		limits `yaml:",inline"`
	}{}
	err := strict.Keys(doc.Content[0], "F", "areas[4].", shape)
	if want := `F:1: unknown key "areas[4].metre"; did you mean areas[4].metres?`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"buffer_m", "fixes", "dwell"}
	for name, want := range map[string]string{"buffer": "buffer_m", "fix": "fixes", "dwel": "dwell", "fixes": "fixes"} {
		if got, _ := strict.Nearest(name, known); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got, _ := strict.Nearest("x", nil); got != "" {
		t.Errorf("of no names %q is the nearest", got)
	}
	if got, _ := strict.Nearest(strings.Repeat("x", 1000), known); got == "" {
		t.Error("a long name has no nearest")
	}
}

// The distance is one: of nothing to itself, the same both ways, and no longer
// over a third name.
func TestEditsAreADistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab_]{0,8}`)
		distance := func(a, b string) int { _, n := strict.Nearest(a, []string{b}); return n }
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if (distance(a, b) == 0) != (a == b) || distance(a, b) != distance(b, a) || distance(a, c) > distance(a, b)+distance(b, c) {
			t.Fatalf("%q %q %q", a, b, c)
		}
	})
}

// FuzzDecode: no text makes it panic, and what it takes it takes again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\nareas: [{name: b}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		into := new(file)
		if _, err := strict.Decode(text, "fuzz", into); err != nil {
			return
		}
		if _, err := strict.Decode(text, "fuzz", into); err != nil {
			t.Error(err)
		}
	})
}
