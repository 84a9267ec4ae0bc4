package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// section is a part of a manual: what both languages have alike.
type section struct {
	level  string   // of its heading
	rows   int      // of tables
	points int      // of lists
	words  []string // that are written as code, and links
	blocks []string // of code, without comments
}

// sectionsOf reads a manual; twin is the ending of links in its language.
func sectionsOf(t *testing.T, name, twin string) (list []section) {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```[a-z]*\n.*?^```$")
	comment := regexp.MustCompile(`(?m)[ \t]*(?:^|[ \t])#.*$`)
	heading := regexp.MustCompile(`(?m)^(#+) .*$`)
	row, point := regexp.MustCompile(`(?m)^\|`), regexp.MustCompile(`(?m)^(?:- |\d\. )`)
	word := regexp.MustCompile("`[^`]+`|\\]\\([^)]+\\)")
	var blocks []string
	plain := block.ReplaceAllStringFunc(string(text), func(b string) string {
		blocks = append(blocks, comment.ReplaceAllString(b, ""))
		return "\x00"
	})
	for i, m := range heading.FindAllStringSubmatchIndex(plain, -1) {
		part := plain[m[1]:]
		if next := heading.FindStringIndex(part); next != nil {
			part = part[:next[0]]
		}
		s := section{level: plain[m[2]:m[3]], rows: len(row.FindAllString(part, -1)), points: len(point.FindAllString(part, -1))}
		said := map[string]bool{}
		for _, w := range word.FindAllString(part, -1) {
			if w = strings.Join(strings.Fields(w), " "); i > 0 { // the first leads to the twin
				said[strings.ReplaceAll(w, twin, ".md)")] = true
			}
		}
		s.words = slices.Sorted(maps.Keys(said))
		n := strings.Count(part, "\x00")
		s.blocks, blocks = blocks[:n], blocks[n:]
		list = append(list, s)
	}
	return list
}

// The manual in Chinese has the sections, tables, commands, keys and links of the one
// in English: what is added to one of them is missing in the other.
func TestBothManualsSayTheSame(t *testing.T) {
	english, chinese := sectionsOf(t, "operations.md", ".md)"), sectionsOf(t, "operations.zh-CN.md", ".zh-CN.md)")
	if len(english) == 0 || len(english) != len(chinese) {
		t.Fatalf("%d sections in English, %d in Chinese", len(english), len(chinese))
	}
	for i, e := range english {
		c := chinese[i]
		if e.level != c.level || e.rows != c.rows || e.points != c.points || !slices.Equal(e.blocks, c.blocks) {
			t.Errorf("section %d: heading, tables, lists or blocks differ:\n%+v\n%+v", i, e, c)
		}
		for _, w := range e.words {
			if !slices.Contains(c.words, w) {
				t.Errorf("section %d: %s is not in the one in Chinese", i, w)
			}
		}
		for _, w := range c.words {
			if !slices.Contains(e.words, w) {
				t.Errorf("section %d: %s is not in the one in English", i, w)
			}
		}
	}
	for name, twin := range map[string]string{"operations.md": "[中文](operations.zh-CN.md)", "operations.zh-CN.md": "[English](operations.md)"} {
		if text, err := os.ReadFile("../../docs/" + name); err != nil || !strings.Contains(string(text), "\n\n"+twin+"\n\n") {
			t.Errorf("%s does not lead to %s: %v", name, twin, err)
		}
	}
}
