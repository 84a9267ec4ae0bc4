package tracks

import (
	"fmt"
	"testing"
)

func TestPartsInWhichTheSameAreHeld(t *testing.T) {
	for _, c := range []struct {
		kept []Kept
		want string
	}{
		{nil, "[{{0 100} []}]"},
		{[]Kept{{"S1", 20, 30}}, "[{{0 20} []} {{20 30} [S1]} {{30 100} []}]"},
		{[]Kept{{"S2", 50, 60}, {"S1", 10, 55}}, "[{{0 10} []} {{10 50} [S1]} {{50 55} [S2 S1]} {{55 60} [S2]} {{60 100} []}]"},
		{[]Kept{{"S1", -5, 10}, {"S2", 90, 200}}, "[{{0 10} [S1]} {{10 90} []} {{90 100} [S2]}]"},
		{[]Kept{{"S1", -5, 200}}, "[{{0 100} [S1]}]"},
		{[]Kept{{"S1", 150, 200}}, "[{{0 100} []}]"},
	} {
		if got := fmt.Sprint(parts(span{0, 100}, c.kept)); got != c.want {
			t.Errorf("%v: %s, want %s", c.kept, got, c.want)
		}
	}
}
