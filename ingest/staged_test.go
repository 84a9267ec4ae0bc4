package ingest

import (
	"fmt"
	"testing"
)

func TestIDsOfABatchCountAtOnceButLastOnlyWhenStored(t *testing.T) {
	base := NewRecentIDs(nil)
	s := newStagedIDs(base)
	s.Remember("W1", "a", 10)
	if !s.Seen("W1", "a", 10) || base.Seen("W1", "a", 10) {
		t.Error("before the batch is stored: a duplicate within it, new outside")
	}
	s.commit()
	if !base.Seen("W1", "a", 10) || len(s.seen) != 0 {
		t.Error("after the batch is stored the id is not remembered")
	}
}

func TestRingGrowsForArrays(t *testing.T) {
	base := NewRecentIDs(nil)
	for i := range 70 {
		base.Remember("W1", fmt.Sprint("one", i), 1)
	}
	s := newStagedIDs(base)
	for i := range 500 {
		s.Remember("W1", fmt.Sprint("many", i), 2)
	}
	s.commit()
	for i := range 500 {
		if !s.Seen("W1", fmt.Sprint("many", i), 2) {
			t.Fatalf("element %d is forgotten", i)
		}
	}
	if !s.Seen("W1", "one69", 1) || s.Seen("W1", "one5", 1) {
		t.Error("growing changed which ids are the last")
	}
	for round := range 10 {
		for i := range 500 {
			s.Remember("W1", fmt.Sprint(round, "-", i), 3)
		}
		s.commit()
	}
	if n := len(base.devices["W1"].hashes); n > largestRing {
		t.Errorf("the ring holds %d hashes", n)
	}
}
