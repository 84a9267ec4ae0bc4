package main

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// rankedPeople are four people of two offices, in order.
func rankedPeople() *ranked {
	r := &ranked{colours: map[roster.OfficeID][4]int{"O1": {2, 0, 0, 1}, "O2": {1, 0, 0, 0}}}
	for _, s := range []rules.Standing{
		{Subject: "S4", Office: "O1", Score: 90, Colour: rules.Red},
		{Subject: "S1", Office: "O2", Score: 9},
		{Subject: "S2", Office: "O1", Score: 9},
		{Subject: "S3", Office: "O1", Score: 2},
	} {
		r.list = append(r.list, seat{Standing: s})
	}
	return r
}

// What is kept for one reader is never shown to one who sees other people.
func TestPlanListsOfDifferentReadersAreKeptApart(t *testing.T) {
	r := rankedPeople()
	stands := &planStands{of: map[roster.SubjectID]plans.Stand{"S1": plans.NoPlan, "S2": plans.NoPlan, "S3": plans.InForce, "S4": plans.Waits}}
	for range 2 { // the second time from what is kept
		for _, c := range []struct {
			name string
			f    web.PlanFilter
			want []roster.SubjectID
			none int // without a plan, of all that the reader sees
			more bool
		}{
			{"district", web.PlanFilter{Scope: web.Scope{District: "D1"}, Limit: 9}, []roster.SubjectID{"S4", "S1", "S2", "S3"}, 2, false},
			{"office", web.PlanFilter{Scope: web.Scope{District: "D1", Office: "O1"}, Limit: 9}, []roster.SubjectID{"S4", "S2", "S3"}, 1, false},
			{"sealed file", web.PlanFilter{Scope: web.Scope{District: "D1", Hidden: web.NewSubjectSet([]roster.SubjectID{"S1"})}, Limit: 9}, []roster.SubjectID{"S4", "S2", "S3"}, 1, false},
			{"social worker", web.PlanFilter{Scope: web.Scope{District: "D1", Limited: true, Only: web.NewSubjectSet([]roster.SubjectID{"S2"})}, Limit: 9}, []roster.SubjectID{"S2"}, 1, false},
			{"nobody assigned", web.PlanFilter{Scope: web.Scope{District: "D1", Limited: true}, Limit: 9}, nil, 0, false},
			{"one stand", web.PlanFilter{Scope: web.Scope{District: "D1"}, Stand: plans.NoPlan, Limit: 1}, []roster.SubjectID{"S1"}, 2, true},
			{"behind a cursor", web.PlanFilter{Scope: web.Scope{District: "D1"}, After: placeAt(&r.list[1]), Limit: 9}, []roster.SubjectID{"S2", "S3"}, 2, false},
		} {
			var page web.PlanPage
			if got := r.plansOf(&c.f, stands, &page); !slices.Equal(got, c.want) || page.Counts[plans.NoPlan] != c.none || page.More != c.more {
				t.Errorf("%s: got %v, %v, more %v", c.name, got, page.Counts, page.More)
			}
			page.Counts[plans.NoPlan] = 77 // what a reader does to an answer stays there
		}
	}
}

// An overview is counted anew when any part of what it is counted from is new.
func TestAnOverviewIsKeptWhileNothingChanges(t *testing.T) {
	var kept overviewKept
	from := countedFrom{&alerts.Summary{}, rankedPeople(), &rolled{}}
	scope := web.Scope{District: "D1"}
	first := kept.of(scope, from)
	if first.Subjects != 4 || first.Colours != [4]int{3, 0, 0, 1} {
		t.Errorf("%+v", first)
	}
	if again := kept.of(scope, from); !reflect.DeepEqual(again, first) {
		t.Errorf("%+v", again)
	}
	from.alerts = &alerts.Summary{}
	from.alerts.Total.Of(rules.P1).Open = 3
	if next := kept.of(scope, from); next.Alerts.Of(rules.P1).Open != 3 {
		t.Error("an alert that is new is not counted")
	}
	from.people = &ranked{colours: map[roster.OfficeID][4]int{"O1": {5}}}
	if next := kept.of(scope, from); next.Subjects != 5 {
		t.Errorf("%d people", next.Subjects)
	}
	from.today = &rolled{counts: []rules.Attendance{{Office: "O1", Due: 7, Missed: 2}}}
	if next := kept.of(scope, from); len(next.RollCall) != 1 || next.RollCall[0].Missed != 2 {
		t.Errorf("%+v", next.RollCall)
	}
}

// While a value may still be shown, nobody waits for the next one, and one of them
// computes it.
func TestNobodyWaitsForWhatIsComputedAgain(t *testing.T) {
	var s shared[int]
	var background sync.WaitGroup
	s.kept.Store(&computed[int]{value: 1, at: time.Now().Add(-3 * time.Hour)})
	done := make(chan struct{})
	var times atomic.Int32
	compute := func() (int, error) {
		<-done
		return 1 + int(times.Add(1)), nil
	}
	for range 3 {
		if got, err := s.get(&background, 2*time.Hour, compute); got != 1 || err != nil {
			t.Errorf("got %d, %v while the next one is computed", got, err)
		}
	}
	close(done)
	background.Wait()
	if got, _ := s.get(&background, 2*time.Hour, compute); got != 2 {
		t.Errorf("then %d", got)
	}
	s.kept.Store(&computed[int]{value: 9, at: time.Now().Add(-5 * time.Hour)})
	if got, _ := s.get(&background, 2*time.Hour, compute); got != 3 {
		t.Errorf("%d is too old", got)
	}
}

func TestTurnsOfAnOffice(t *testing.T) {
	r := &rolled{turns: []rules.Turn{{Subject: "S1", Office: "O1"}, {Subject: "S2", Office: "O2"}, {Subject: "S3", Office: "O1"}}}
	r.index()
	for office, want := range map[roster.OfficeID][]roster.SubjectID{"": {"S1", "S2", "S3"}, "O1": {"S1", "S3"}, "O2": {"S2"}, "O3": nil} {
		var got []roster.SubjectID
		for _, turn := range r.of(office) {
			got = append(got, turn.Subject)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v", office, got)
		}
	}
}

// After a start nobody waits until everybody's plan is compared with the templates.
func TestPlansAreComparedBeforeAnybodyAsks(t *testing.T) {
	st := unlocked(t, t.TempDir())
	defer st.Close()
	d := keeper(t, st)
	templates, err := d.cfg.readTemplates()
	if err != nil {
		t.Fatal(err)
	}
	d.templates.Store(templates)
	dir := phoneDirectory(t)
	d.cal = dir.Calendar()
	x := &district{id: "D1", desk: newDesk(rules.New(rules.DefaultConfig(), dir.Calendar(), dir), nil)}
	if _, err := x.desk.engine.Apply(&event.Entry{At: morning}); err != nil {
		t.Fatal(err)
	}
	d.districts = map[roster.DistrictID]*lane{"D1": {district: x}}
	ctx, cancel := context.WithCancel(t.Context())
	parts := newGroup(ctx)
	parts.add("plans", d.matchPlans)
	kept := x.census.plans.of(templates)
	eventually(t, 10*time.Second, "the plans are compared", func() bool { return kept.kept.Load() != nil })
	cancel()
	if err := parts.wait(); err != nil || len(kept.kept.Load().value.of) != len(dir.Subjects()) || len(kept.kept.Load().value.digests) == 0 {
		t.Errorf("%+v, %v", kept.kept.Load(), err)
	}
	x.census.renewing.Wait()
}
