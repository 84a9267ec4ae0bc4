package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"correctiond/rules"
)

const rulesDocZH = "../docs/rules.zh-CN.md"

// The Chinese document has the same kinds with the same severities, the same keys
// with the same defaults, and the same rows of the ladder, in the same order.
func TestDocumentsAreEqual(t *testing.T) {
	head := regexp.MustCompile("(?m)^\\| (`[a-z0-9_.-]+`) \\|")
	rows := func(doc string) (out []string) {
		for _, m := range head.FindAllStringSubmatch(doc, -1) {
			out = append(out, m[1])
		}
		return out
	}
	en, zh := rows(text(t, rulesDoc)), rows(text(t, rulesDocZH))
	if len(en) < 150 || !slices.Equal(en, zh) {
		t.Errorf("%d rows in English, %d in Chinese", len(en), len(zh))
		for i := range min(len(en), len(zh)) {
			if en[i] != zh[i] {
				t.Fatalf("row %d: %s, in Chinese %s", i, en[i], zh[i])
			}
		}
	}
}

func TestChineseDocumentExplainsEveryKind(t *testing.T) {
	en, zh := text(t, rulesDoc), text(t, rulesDocZH)
	ends := map[rules.Ending]string{rules.Auto: "自动", rules.ByEvent: "事件", rules.ByPerson: "人工"}
	for _, in := range rules.Catalogue() {
		_, row, _ := strings.Cut(en, fmt.Sprintf("| `%s` | ", in.Kind))
		cells := strings.SplitN(row, " | ", 5)
		severity := strings.ReplaceAll(cells[3], ", ", "、")
		want := fmt.Sprintf("| `%s` | %s | %s | %s | %s | ", in.Kind, in.Label.ZH, ends[in.Ending], in.Basis, severity)
		explained(t, zh, want)
	}
}

func TestChineseDocumentExplainsEveryKey(t *testing.T) {
	zh, values := text(t, rulesDocZH), rules.DefaultConfig().Values()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		explained(t, zh, fmt.Sprintf("| `%s` | %s | ", key, cmp.Or(values[key], "–")))
	}
}

// explained checks that a row stands in the document and goes on with a sentence.
func explained(t *testing.T, doc, row string) {
	t.Helper()
	_, rest, found := strings.Cut(doc, row)
	if rest, _, _ = strings.Cut(rest, " |\n"); !found || !strings.HasSuffix(rest, "。") {
		t.Errorf("docs/rules.zh-CN.md lacks the row\n%s…", row)
	}
}
