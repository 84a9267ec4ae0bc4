package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"correctiond/rules"

	"go.yaml.in/yaml/v3"
)

const (
	exampleRules = "../deploy/rules.example.yaml"
	rulesDoc     = "../docs/rules.md"
)

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExampleIsTheDefaults(t *testing.T) {
	if cfg := readRules(t, text(t, exampleRules)); cfg.Version() != rules.DefaultConfig().Version() {
		t.Errorf("the example differs: %v", rules.Changes(rules.DefaultConfig(), cfg))
	}
}

// The example has every key of the rules and no other, each with a comment.
func TestExampleListsEveryKey(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text(t, exampleRules)), &doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text(t, exampleRules), "\n")
	found := map[string]int{}
	keyLines(doc.Content[0], "", found)
	want := append(slices.Collect(maps.Keys(rules.DefaultConfig().Values())), "overrides")
	for _, key := range want {
		line, ok := found[key]
		if !ok {
			t.Errorf("the example does not have %s", key)
		} else if !strings.Contains(lines[line-1], " # ") && !strings.HasPrefix(lines[line-2], "#") {
			t.Errorf("%s has no comment", key)
		}
		delete(found, key)
	}
	if len(found) > 0 {
		t.Errorf("the example has %v, the rules have not", found)
	}
}

// keyLines enters the line of every key with a value.
func keyLines(n *yaml.Node, prefix string, out map[string]int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.MappingNode {
			keyLines(value, prefix+key.Value+".", out)
		} else {
			out[prefix+key.Value] = key.Line
		}
	}
}

// Every kind has its row in the document: name, label, how it ends and its basis
// as in the catalogue, then what opens it and a severity.
func TestDocumentExplainsEveryKind(t *testing.T) {
	doc := text(t, rulesDoc)
	ends := map[rules.Ending]string{rules.Auto: "auto", rules.ByEvent: "event", rules.ByPerson: "person"}
	for _, in := range rules.Catalogue() {
		row := fmt.Sprintf("| `%s` | %s %s | %s | %s | ", in.Kind, in.Label.ZH, in.Label.EN, ends[in.Ending], in.Basis)
		_, rest, found := strings.Cut(doc, row)
		if !found {
			t.Errorf("docs/rules.md lacks the row\n%s…", row)
			continue
		}
		rest, _, _ = strings.Cut(rest, "\n")
		if severity, what, _ := strings.Cut(rest, " | "); !strings.HasPrefix(severity, "P") || len(what) < 20 {
			t.Errorf("%s is not explained: %s", in.Kind, rest)
		}
	}
}

// Every key has its row: name and default, then what it means.
func TestDocumentExplainsEveryKey(t *testing.T) {
	doc := text(t, rulesDoc)
	values := rules.DefaultConfig().Values()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		row := fmt.Sprintf("| `%s` | %s | ", key, cmp.Or(values[key], "–"))
		if at := strings.Index(doc, row); at < 0 || strings.HasPrefix(doc[at+len(row):], "|") {
			t.Errorf("docs/rules.md lacks the row\n%s…", row)
		}
	}
}

// Every article of the ladder is in the document.
func TestDocumentExplainsTheLadder(t *testing.T) {
	doc := text(t, rulesDoc)
	var file struct {
		Rows []struct{ ID, Article, ZH, EN string }
	}
	if err := yaml.Unmarshal([]byte(text(t, "ladder.yaml")), &file); err != nil || len(file.Rows) == 0 {
		t.Fatal(err)
	}
	for _, r := range file.Rows {
		if row := fmt.Sprintf("| `%s` | %s | %s · %s |", r.ID, r.Article, r.ZH, r.EN); !strings.Contains(doc, row) {
			t.Errorf("docs/rules.md lacks the row\n%s", row)
		}
	}
}
