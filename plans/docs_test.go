package plans_test

import (
	"os"
	"strings"
	"testing"

	"correctiond/plans"
)

// Both pages of the documentation name every fact and every area, and the example in
// them is a library.
func TestDocumentationNamesEverything(t *testing.T) {
	for _, name := range []string{"../docs/plans.md", "../docs/plans.zh-CN.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, f := range plans.Known() {
			if !strings.Contains(text, "| `"+f.Key+"`") || !strings.Contains(text, "`"+f.Value+"`") {
				t.Errorf("%s does not name %v", name, f)
			}
		}
		for _, a := range plans.Areas() {
			if !strings.Contains(text, "`"+string(a)+"`") {
				t.Errorf("%s does not name %s", name, a)
			}
		}
		_, example, _ := strings.Cut(text, "```yaml\n")
		example, _, _ = strings.Cut(example, "```")
		if l := library(t, example); len(l.Match([]plans.Fact{{Key: "level", Value: "strict"}})) != 1 {
			t.Errorf("%s: the example matches nothing", name)
		}
	}
}
