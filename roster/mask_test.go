package roster_test

import (
	"testing"

	"correctiond/roster"
)

// The surname stays, whatever else the name holds.
func TestMaskKeepsTheSurname(t *testing.T) {
	for name, want := range map[string]string{
		"李四": "李*", "张三丰": "张*", "欧阳锋": "欧阳*", "上官婉儿": "上官*", "欧阳": "欧*", "李": "李*",
		"阿卜杜拉·买买提": "阿*", "Smith": "S*", "": "*", "\xff": "*",
	} {
		if got := roster.Mask(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
