package rules_test

import (
	"fmt"
	"strings"

	"correctiond/roster"
)

// wantRisk compares a subject's score with the words of a fixture's line.
func (p *player) wantRisk(f []string) {
	p.t.Helper()
	r, ok := p.engine.Risk(roster.SubjectID(f[0]))
	if !ok {
		p.Fatalf("no subject %s", f[0])
	}
	got := []string{f[0], fmt.Sprint(r.Score), r.Colour.String()}
	named := map[string]bool{}
	for _, word := range f[3:] {
		key, value, _ := strings.Cut(word, "=")
		named[key] = true
		switch key {
		case "since":
			got = append(got, "since="+p.show(r.Since))
			word = "since=" + p.show(p.instant(value))
		default:
			got = append(got, fmt.Sprintf("%s=%g", key, p.points(f[0], key)))
		}
		f = append(f, word)
	}
	for _, b := range r.Blocks {
		if b.Points != 0 && !named[b.Name] {
			got = append(got, fmt.Sprintf("%s=%g", b.Name, b.Points))
		}
	}
	want := append(f[:3:3], f[3+(len(f)-3)/2:]...)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		p.t.Errorf("line %d: risk %s\nwant         %s", p.line, strings.Join(got, " "), strings.Join(want, " "))
	}
}

func (p *player) points(id, block string) float64 {
	r, _ := p.engine.Risk(roster.SubjectID(id))
	for _, b := range r.Blocks {
		if b.Name == block {
			return b.Points
		}
	}
	p.Fatalf("no block %q", block)
	return 0
}
