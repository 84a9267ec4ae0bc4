package web

import (
	"fmt"
	"testing"

	"correctiond/roster"
)

// A set has those it was made of, and nobody whose id is part of one or holds one.
func TestSubjectSetHas(t *testing.T) {
	for n := range 40 {
		var ids []roster.SubjectID
		for i := range n {
			ids = append(ids, roster.SubjectID(fmt.Sprintf("S%d", 7*i)))
		}
		set := NewSubjectSet(ids)
		for _, id := range ids {
			if !set.Has(id) || set.Has(id+"x") || set.Has("S"+id) {
				t.Errorf("of %d: %s", n, id)
			}
		}
		for _, id := range []roster.SubjectID{"", "S", "\n", "S1", "S8", "Z", "A"} {
			if set.Has(id) {
				t.Errorf("of %d: has %q", n, id)
			}
		}
	}
}
