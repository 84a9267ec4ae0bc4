package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// planStore is the part about correction plans.
type planStore interface {
	Plans(context.Context, roster.DistrictID, roster.SubjectID, int) ([]plans.Plan, error)
	AddPlan(context.Context, *plans.Plan) error
	PlanLibrary(context.Context, roster.DistrictID) (store.PlanLibrary, error)
	PutPlanLibrary(context.Context, store.PlanLibrary, string) (store.PlanLibrary, error)
	Audit(context.Context, int64) iter.Seq2[audit.Record, error]
}

func planOf(subject roster.SubjectID, version int) *plans.Plan {
	return &plans.Plan{
		District: "D1", Subject: subject, Version: version, Library: "abc", Facts: []plans.Fact{{Key: "kind", Value: "parole"}},
		Matched:    []plans.Measure{{ID: "report", Area: "supervision", Every: "1/week", Basis: []string{"办法24"}, From: []plans.Source{{Template: "all"}}}},
		Edits:      []plans.Edit{{Do: "drop", Measure: "report", Reason: "欧阳秘密另有安排"}},
		Assessment: "欧阳秘密 13912345678", Made: plans.Stamp{At: morning, By: "F1"},
	}
}

func spoken(t *testing.T, s planStore, action string) (said []string) {
	t.Helper()
	for r, err := range s.Audit(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(r.Action, action) {
			said = append(said, r.Actor+" "+r.Action+" "+r.Object+" "+r.Detail)
		}
	}
	return said
}

// plansHaveVersions: drafts and what is signed come one after the other, of each
// person, and every version is as it was written.
func plansHaveVersions(t *testing.T, s stateStore) {
	ctx := t.Context()
	if got := must[[]plans.Plan](t)(s.Plans(ctx, "D1", "S1", 9)); len(got) != 0 {
		t.Fatalf("nobody has made %+v", got)
	}
	first := planOf("S1", 1)
	signed, err := first.Sign(plans.Stamp{At: morning + 5, By: "H1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*plans.Plan{first, &signed, planOf("S1", 3), planOf("S2", 1)} {
		if err := s.AddPlan(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []int{0, 1, 3, 5} {
		if err := s.AddPlan(ctx, planOf("S1", version)); !errors.Is(err, database.ErrTaken) {
			t.Errorf("version %d after 3: %v", version, err)
		}
	}
	got := must[[]plans.Plan](t)(s.Plans(ctx, "D1", "S1", 9))
	if len(got) != 3 || got[0].Version != 3 || fmt.Sprintf("%+v", got[2]) != fmt.Sprintf("%+v", *first) || *got[1].Signed != *signed.Signed {
		t.Errorf("read %+v", got)
	}
	if got := must[[]plans.Plan](t)(s.Plans(ctx, "D1", "S1", 1)); len(got) != 1 || got[0].Version != 3 {
		t.Errorf("the newest: %+v", got)
	}
	for _, who := range [][2]string{{"D2", "S1"}, {"D1", "S3"}, {"D1", "S1' OR 1=1 --"}} {
		if got := must[[]plans.Plan](t)(s.Plans(ctx, roster.DistrictID(who[0]), roster.SubjectID(who[1]), 9)); len(got) != 0 {
			t.Errorf("%v: %+v", who, got)
		}
	}
	want := "F1 plan.draft S1 version 1, 0 measures, 1 dropped, templates abc|H1 plan.sign S1 version 2, 0 measures, 1 dropped, templates abc|" +
		"F1 plan.draft S1 version 3, 0 measures, 1 dropped, templates abc|F1 plan.draft S2 version 1, 0 measures, 1 dropped, templates abc"
	if got := strings.Join(spoken(t, s, "plan."), "|"); got != want {
		t.Errorf("recorded %s", got)
	}
}

// plansAreNotChanged: of two who sign at once one does, and the database itself
// refuses to change a version.
func plansAreNotChanged(t *testing.T, s stateStore) {
	var ended [4]error
	var all sync.WaitGroup
	for i := range ended {
		all.Go(func() { ended[i] = s.AddPlan(t.Context(), planOf("S1", 1)) })
	}
	all.Wait()
	n := 0
	for _, err := range ended {
		if err == nil {
			n++
		} else if !errors.Is(err, database.ErrTaken) {
			t.Error(err)
		}
	}
	if got := must[[]plans.Plan](t)(s.Plans(t.Context(), "D1", "S1", 9)); n != 1 || len(got) != 1 {
		t.Errorf("%d have written %d versions", n, len(got))
	}
}

func planTemplatesHaveVersions(t *testing.T, s stateStore) {
	ctx := t.Context()
	if l := must[store.PlanLibrary](t)(s.PlanLibrary(ctx, "D1")); l.Version != 0 || len(l.Body) != 0 {
		t.Errorf("without any: %+v", l)
	}
	put := func(version int, body string) error {
		_, err := s.PutPlanLibrary(ctx, store.PlanLibrary{District: "D1", Version: version, Body: []byte(body), By: "V1", At: morning}, "2 templates")
		return err
	}
	for i, body := range []string{"a", "", "b"} {
		if err := put(i, body); err != nil {
			t.Fatal(err)
		}
		if err := put(i, "x"); !errors.Is(err, database.ErrTaken) {
			t.Errorf("twice on version %d: %v", i, err)
		}
		if l := must[store.PlanLibrary](t)(s.PlanLibrary(ctx, "D1")); l.Version != i+1 || string(l.Body) != body || l.By != "V1" || l.At != morning {
			t.Errorf("read %+v", l)
		}
	}
	if l := must[store.PlanLibrary](t)(s.PlanLibrary(ctx, "D2")); l.Version != 0 {
		t.Errorf("of another district: %+v", l)
	}
	if got := spoken(t, s, "plans."); len(got) != 3 || got[0] != "V1 plans.changed D1 version 1, 2 templates" {
		t.Errorf("recorded %q", got)
	}
}

// What officers wrote into plans is encrypted: what was there before the key, and
// what came after; and a version cannot be put in the place of another.
func TestPlansAreSealed(t *testing.T) {
	s, path := stateAt(t)
	write := func(p *plans.Plan) {
		t.Helper()
		if err := s.AddPlan(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	write(planOf("S1", 1))
	if len(leaks(t, path)) == 0 {
		t.Fatal("the test finds nothing where nothing is encrypted")
	}
	if err := s.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
		t.Fatal(err)
	}
	write(planOf("S1", 2))
	if in := leaks(t, path); len(in) > 0 {
		t.Error(in)
	}
	if got := must[[]plans.Plan](t)(s.Plans(t.Context(), "D1", "S1", 9)); len(got) != 2 || got[1].Assessment != planOf("S1", 1).Assessment {
		t.Errorf("read %+v", got)
	}
	must[int](t)(s.Reseal(t.Context(), keyring(t, seal.SM4GCM, "n", "k")))
	must[[]plans.Plan](t)(s.Plans(t.Context(), "D1", "S1", 9))
	other := raw(t, path)
	if _, err := other.Exec("UPDATE plans SET version = 7 WHERE version = 2"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("a version is renumbered: %v", err)
	}
	run(t, other, "UPDATE plans SET body = (SELECT body FROM plans WHERE version = 1) WHERE version = 2")
	if _, err := s.Plans(t.Context(), "D1", "S1", 9); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("an older version in the place of a newer: %v", err)
	}
}
