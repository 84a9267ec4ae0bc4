package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/store"
)

// planLists is the part about lists of plans.
type planLists interface {
	planStore
	PlanHeads(context.Context, roster.DistrictID) (map[roster.SubjectID][]store.PlanHead, error)
	PlanLibraryVersion(context.Context, roster.DistrictID) (int, error)
	PlansBefore(context.Context, roster.DistrictID, roster.Instant) ([]roster.SubjectID, error)
	DeletePlans(context.Context, roster.DistrictID, roster.SubjectID, roster.Instant) error
}

// plansAreListed: lists know the state of each version without opening it; a withdrawn
// draft is one of them.
func plansAreListed(t *testing.T, db stateStore) {
	s, ctx := db.(planLists), t.Context()
	first := planOf("S1", 1)
	signed, _ := first.Sign(plans.Stamp{At: morning + 5, By: "H1"})
	draft := planOf("S1", 3)
	draft.Matched = nil
	withdrawn, err := draft.Withdraw(plans.Stamp{At: morning + 6, By: "F1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*plans.Plan{first, &signed, draft, &withdrawn, planOf("S2", 1)} {
		if err := s.AddPlan(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	heads := must[map[roster.SubjectID][]store.PlanHead](t)(s.PlanHeads(ctx, "D1"))
	some, none := plans.Digest(first.Matched), plans.Digest(nil)
	want := fmt.Sprintf("[{4 withdrawn %s} {3 draft %s} {2 signed %s} {1 draft %s}]", none, none, some, some)
	if got := fmt.Sprint(heads["S1"]); got != want || len(heads) != 2 {
		t.Errorf("heads %s of %d people, want %s", got, len(heads), want)
	}
	if got := spoken(t, s, "plan.withdraw"); len(got) != 1 || !strings.HasPrefix(got[0], "F1 plan.withdraw S1") {
		t.Errorf("recorded %q", got)
	}
	if n := must[int](t)(s.PlanLibraryVersion(ctx, "D1")); n != 0 {
		t.Errorf("templates of version %d", n)
	}
}

// plansEnd: all versions of a person go together, once the newest is old enough.
func plansEnd(t *testing.T, db stateStore) {
	s, ctx := db.(planLists), t.Context()
	later := planOf("S1", 2)
	later.Made.At = morning + roster.Day
	for _, p := range []*plans.Plan{planOf("S1", 1), later, planOf("S2", 1)} {
		if err := s.AddPlan(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	for before, want := range map[roster.Instant]string{morning: "[]", morning + 1: "[S2]", morning + roster.Day + 1: "[S1 S2]"} {
		if got := fmt.Sprint(must[[]roster.SubjectID](t)(s.PlansBefore(ctx, "D1", before))); got != want {
			t.Errorf("before %d: %s, want %s", before, got, want)
		}
	}
	for range 2 { // the second time there is nothing left to delete, or to record
		if err := s.DeletePlans(ctx, "D1", "S1", morning+2*roster.Day); err != nil {
			t.Fatal(err)
		}
	}
	if left := must[[]plans.Plan](t)(s.Plans(ctx, "D1", "S1", 9)); len(left) != 0 {
		t.Errorf("left: %d", len(left))
	}
	if got := spoken(t, s, "plans.prune"); len(got) != 1 || got[0] != "daemon plans.prune S1 2 versions" {
		t.Errorf("recorded %q", got)
	}
}
