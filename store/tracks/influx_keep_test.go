package tracks

import (
	"fmt"
	"testing"
)

func TestSpansAroundWhatIsKept(t *testing.T) {
	for _, c := range []struct {
		kept []Kept
		want string
	}{
		{nil, "[{0 100}]"},
		{[]Kept{{"S1", 20, 30}}, "[{0 20} {30 100}]"},
		{[]Kept{{"S2", 50, 60}, {"S1", 10, 55}}, "[{0 10} {60 100}]"},
		{[]Kept{{"S1", -5, 10}, {"S2", 90, 200}}, "[{10 90}]"},
		{[]Kept{{"S1", -5, 200}}, "[]"},
		{[]Kept{{"S1", 150, 200}}, "[{0 100}]"},
	} {
		if got := fmt.Sprint(around(span{0, 100}, c.kept)); got != c.want {
			t.Errorf("%v: %s, want %s", c.kept, got, c.want)
		}
	}
}
