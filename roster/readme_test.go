package roster_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
)

// block is a fenced piece of a document with its language.
type block struct{ lang, text string }

func blocks(t *testing.T, name string) []block {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(string(b), -1) {
		out = append(out, block{m[1], m[2]})
	}
	return out
}

// commands drops what each language says in its own words: comments, with the
// spaces before them, and reasons.
func commands(b block) block {
	words := regexp.MustCompile(`(?m)[ \t]*(?:^|[ \t])#.*$|"reason": "[^"]*"`)
	return block{b.lang, words.ReplaceAllString(b.text, "")}
}

func TestTheRosterOfTheREADMEIsSound(t *testing.T) {
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		n := 0
		for _, b := range blocks(t, name) {
			if b.lang != "yaml" || !strings.HasPrefix(b.text, "version:") {
				continue
			}
			n++
			r, err := roster.Read(strings.NewReader(b.text), name)
			if err != nil {
				t.Fatal(err)
			}
			if ps := roster.Check(r, shanghai()); len(ps) > 0 {
				t.Errorf("%s:\n%v", name, ps)
			}
			checkFirstDevice(t, compiled(t, r))
		}
		if n != 1 {
			t.Errorf("%s holds %d rosters", name, n)
		}
	}
}

// checkFirstDevice: the check-in that the README sends next is accepted.
func checkFirstDevice(t *testing.T, d *roster.Directory) {
	t.Helper()
	q := roster.Query{Device: "P1", Kind: "checkin", Position: true, At: at(t, "2026-03-02 10:00:00"), HasTime: true}
	if v := d.Basis(q); v.Refusal != "" || v.Subject.ID != "S0001" {
		t.Errorf("the first check-in: %q %s", v.Refusal, v.Detail)
	}
}

func TestBothREADMEsHoldTheSameBlocks(t *testing.T) {
	english, chinese := blocks(t, "README.md"), blocks(t, "README.zh-CN.md")
	if len(english) == 0 || len(english) != len(chinese) {
		t.Fatalf("%d blocks in English, %d in Chinese", len(english), len(chinese))
	}
	for i := range english {
		if e, c := commands(english[i]), commands(chinese[i]); e != c {
			t.Errorf("block %d differs:\n%s\n%s", i+1, e.text, c.text)
		}
	}
}

// Every file that a README links to is there.
func TestREADMELinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)`)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		links := link.FindAllStringSubmatch(string(b), -1)
		for _, m := range links {
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(m[1]))); err != nil && !strings.Contains(m[1], "://") {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
		if !slices.ContainsFunc(links, func(m []string) bool { return m[1] == "ARCHITECTURE.md" }) {
			t.Errorf("%s does not lead to ARCHITECTURE.md", name)
		}
	}
}
