package plans

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"correctiond/rules"
	"correctiond/strict"

	"go.yaml.in/yaml/v3"
)

//go:embed library.yaml
var builtIn []byte

// MaxFile bounds the text of a library, in bytes, all its files together.
const MaxFile = 1 << 20

// File is a file of templates with its name.
type File struct {
	Name string
	Data []byte
}

// Library is all templates in force. It never changes and is safe for concurrent use.
type Library struct {
	form    form
	version string
}

// form is a file of templates as it is written; library.yaml explains its keys.
type form struct {
	Version   int          `yaml:"version" json:"version"`
	Measures  []definition `yaml:"measures" json:"measures"`
	Templates []template   `yaml:"templates" json:"templates"`
}

// definition is a measure that templates use.
type definition struct {
	ID         string `yaml:"id" json:"id"`
	Area       Area   `yaml:"area" json:"area"`
	rules.Text `yaml:",inline"`
	Basis      string `yaml:"basis" json:"basis"`
}

type template struct {
	ID         string `yaml:"id" json:"id"`
	rules.Text `yaml:",inline"`
	When       when  `yaml:"when" json:"when,omitzero"`
	Measures   []use `yaml:"measures" json:"measures"`
}

// use is a measure that a template asks for; its basis comes beside that of the
// measure.
type use struct {
	Measure string  `yaml:"use" json:"use"`
	Every   Cadence `yaml:"every" json:"every"`
	Basis   string  `yaml:"basis" json:"basis,omitempty"`
}

// when selects people: of every key that is given one value must be a fact.
type when struct {
	Kind       []string `yaml:"kind" json:"kind,omitempty"`
	Level      []string `yaml:"level" json:"level,omitempty"`
	Colour     []string `yaml:"colour" json:"colour,omitempty"`
	Minor      []string `yaml:"minor" json:"minor,omitempty"`
	Sex        []string `yaml:"sex" json:"sex,omitempty"`
	Assessment []string `yaml:"assessment" json:"assessment,omitempty"`
	Order      []string `yaml:"order" json:"order,omitempty"`
	Fact       []string `yaml:"fact" json:"fact,omitempty"`
}

// asked are the values of each key, in the order of known.
func (w *when) asked() [][]string {
	return [][]string{w.Kind, w.Level, w.Colour, w.Minor, w.Sex, w.Assessment, w.Order, w.Fact}
}

// BuiltIn is the library that holds without any file.
func BuiltIn() (*Library, error) { return Read([]File{{"library.yaml", builtIn}}) }

// Read makes a library of files that are read strictly. The error has one line per
// problem, each with the file, the line and what to do.
func Read(files []File) (*Library, error) {
	l := &Library{form: form{Version: 1, Measures: []definition{}, Templates: []template{}}}
	c := &checker{lib: l, seen: map[string]bool{}}
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	if size > MaxFile {
		return nil, fmt.Errorf("plans: %d bytes of templates, at most %d", size, MaxFile)
	}
	parts := make([]part, len(files))
	for i, f := range files {
		parts[i] = c.read(f)
		c.measures(&parts[i])
	}
	for i := range parts {
		c.templates(&parts[i])
	}
	if len(c.problems) == 0 && len(l.form.Templates) == 0 {
		c.problems = append(c.problems, errors.New("plans: there is no template: write at least one, or leave the setting empty for the built-in ones"))
	}
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	text, err := json.Marshal(&l.form)
	if err != nil {
		return nil, fmt.Errorf("plans: %w", err)
	}
	sum := sha256.Sum256(text)
	l.version = hex.EncodeToString(sum[:6])
	return l, nil
}

// Version names what the library holds; libraries that hold the same have the same.
func (l *Library) Version() string { return l.version }

// Len counts templates and the measures they use.
func (l *Library) Len() (templates, measures int) {
	return len(l.form.Templates), len(l.form.Measures)
}

// MarshalJSON writes the library in the form that Read takes.
func (l *Library) MarshalJSON() ([]byte, error) { return json.Marshal(&l.form) }

// part is one file on its way into a library.
type part struct {
	form
	file   string
	doc    *yaml.Node
	broken bool // not read whole: only the ids of its measures are of use
}

// line of an item of a list of the file; 0: unknown.
func (p *part) line(list string, i int) int {
	if len(p.doc.Content) == 0 {
		return 0
	}
	top := p.doc.Content[0].Content
	for k := 0; k+1 < len(top); k += 2 {
		if top[k].Value == list && i < len(top[k+1].Content) {
			return top[k+1].Content[i].Line
		}
	}
	return 0
}

// checker collects all problems of all files.
type checker struct {
	lib      *Library
	seen     map[string]bool // ids of measures, "t " before those of templates
	problems []error
}

func (c *checker) read(f File) (p part) {
	p.file = f.Name
	var err error
	if p.doc, err = strict.Decode(f.Data, f.Name, &p.form); err != nil {
		c.problems = append(c.problems, err)
		values := strict.Values(p.doc, f.Name, &p.form) // what unknown keys kept from being read
		if values != nil && !strings.Contains(err.Error(), values.Error()) {
			c.problems = append(c.problems, values)
		}
		p.broken = true
		return p
	}
	if p.Version != 1 {
		c.problems = append(c.problems, fmt.Errorf("%s: must be version: 1", f.Name))
	}
	return p
}

// wrong adds a problem at an item of a list.
func (c *checker) wrong(p *part, list string, i int, format string, args ...any) {
	where := fmt.Sprintf("%s:%d: %s[%d]: ", p.file, p.line(list, i), list, i)
	c.problems = append(c.problems, fmt.Errorf(where+format, args...))
}

func (c *checker) measures(p *part) {
	for i := range p.Measures {
		m := &p.Measures[i]
		switch {
		case p.broken:
		case !validID(m.ID):
			c.wrong(p, "measures", i, "id %q is 1 to 40 of a-z, 0-9 and -, and does not begin with own-", m.ID)
		case c.seen[m.ID]:
			c.wrong(p, "measures", i, "the id %s is used twice", m.ID)
		case !slices.Contains(Areas(), m.Area):
			c.wrong(p, "measures", i, "area %q is not known%s", m.Area, hint(string(m.Area), names(Areas())))
		case !worded(m.Text) || m.Basis == "":
			c.wrong(p, "measures", i, "must have zh, en (at most %d characters) and basis", maxText)
		}
		c.seen[m.ID] = true
		c.lib.form.Measures = append(c.lib.form.Measures, *m)
	}
}

func (c *checker) templates(p *part) {
	for i := range p.Templates {
		if p.broken {
			return
		}
		t := &p.Templates[i]
		switch {
		case !validID(t.ID):
			c.wrong(p, "templates", i, "id %q is 1 to 40 of a-z, 0-9 and -, and does not begin with own-", t.ID)
		case c.seen["t "+t.ID]:
			c.wrong(p, "templates", i, "the id %s is used twice", t.ID)
		case !worded(t.Text):
			c.wrong(p, "templates", i, "must have zh and en (at most %d characters)", maxText)
		case len(t.Measures) == 0:
			c.wrong(p, "templates", i, "must have measures")
		}
		c.seen["t "+t.ID] = true
		c.conditions(p, i)
		c.uses(p, i)
		c.lib.form.Templates = append(c.lib.form.Templates, *t)
	}
}

// conditions checks the values of when.
func (c *checker) conditions(p *part, i int) {
	for k, values := range p.Templates[i].When.asked() {
		key := known()[k]
		for _, v := range values {
			if !slices.Contains(key.values, v) {
				c.wrong(p, "templates", i, "when.%s: %q is not known%s", key.key, v, hint(v, key.values))
			}
		}
	}
}

func (c *checker) uses(p *part, i int) {
	inside := map[string]bool{}
	for k, u := range p.Templates[i].Measures {
		switch {
		case !c.seen[u.Measure] || u.Measure == "":
			c.wrong(p, "templates", i, "measures[%d]: no measure has the id %q%s", k, u.Measure, hint(u.Measure, c.ids()))
		case inside[u.Measure]:
			c.wrong(p, "templates", i, "measures[%d]: %s is used twice", k, u.Measure)
		case u.Every == "":
			c.wrong(p, "templates", i, "measures[%d]: must have every", k)
		}
		inside[u.Measure] = true
	}
}

func (c *checker) ids() (ids []string) {
	for i := range c.lib.form.Measures {
		ids = append(ids, c.lib.form.Measures[i].ID)
	}
	return ids
}

func names(areas []Area) (out []string) {
	for _, a := range areas {
		out = append(out, string(a))
	}
	return out
}

func hint(name string, known []string) string {
	if best, _ := strict.Nearest(name, known); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

func worded(t rules.Text) bool { return fits(t.ZH, maxText) && fits(t.EN, maxText) }

// own begins the ids of measures that officers add.
const own = "own-"

func validID(id string) bool { return wellFormed(id) && !strings.HasPrefix(id, own) }

func wellFormed(id string) bool {
	return id != "" && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
