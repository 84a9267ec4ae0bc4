package entries_test

import (
	"errors"
	"strings"
	"testing"

	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
	"correctiond/store/entries"
	"correctiond/store/storetest"
)

func visit(district roster.DistrictID, office roster.OfficeID, subject roster.SubjectID, at roster.Instant) registers.Entry {
	return registers.Entry{
		District: district, Office: office, Register: "visits", Subject: subject, At: at, By: "F1", Body: registers.Body{"result": "情绪稳定"},
	}
}

func TestRegistersKeepWhatWasWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		ctx := t.Context()
		for i, e := range []registers.Entry{visit("D1", "O1", "S1", 10), visit("D1", "O2", "S2", 20), visit("D2", "O1", "S3", 30), visit("D1", "O1", "S4", 40)} {
			if id, err := s.EnterRegister(ctx, e, ""); err != nil || id != int64(i+1) {
				t.Fatalf("entry %d: %v", id, err)
			}
		}
		for _, c := range []struct {
			f    entries.Filter
			want string
		}{
			{entries.Filter{District: "D1", Register: "visits", Limit: 9}, "S4 S2 S1"},
			{entries.Filter{District: "D1", Limit: 9}, "S4 S2 S1"},
			{entries.Filter{District: "D1", Register: "contacts", Limit: 9}, ""},
			{entries.Filter{District: "D1", Office: "O1", Limit: 9}, "S4 S1"},
			{entries.Filter{District: "D1", Subject: "S2", Limit: 9}, "S2"},
			{entries.Filter{District: "D1", From: 20, Until: 40, Limit: 9}, "S2"},
			{entries.Filter{District: "D1", Limit: 2}, "S4 S2"},
			{entries.Filter{District: "D1", Before: 2, Limit: 2}, "S1"},
			{entries.Filter{District: "D1", Record: 4, Limit: 2}, "S4"},
			{entries.Filter{District: "D2", Record: 4, Limit: 2}, ""},
			{entries.Filter{District: "D1' OR 1=1 --", Limit: 2}, ""},
		} {
			found, err := s.RegisterRecords(ctx, c.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range found {
				got = append(got, string(r.Subject))
				if r.Body.Text("result") != "情绪稳定" || r.By != "F1" {
					t.Errorf("read %+v", r)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v: %v, want %s", c.f, got, c.want)
			}
		}
	})
}

func TestStepsOfARecordComeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		ctx := t.Context()
		id, err := s.EnterRegister(ctx, visit("D1", "O1", "S1", 10), "")
		if err != nil {
			t.Fatal(err)
		}
		step := visit("D1", "O1", "S1", 20)
		step.Of, step.Body = id, registers.Body{"step": "seen"}
		if _, err := s.EnterRegister(ctx, step, "1/seen"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EnterRegister(ctx, step, "1/seen"); !errors.Is(err, database.ErrTaken) {
			t.Errorf("a second time: %v", err)
		}
		found, err := s.RegisterRecords(ctx, entries.Filter{District: "D1", Limit: 9})
		if err != nil || len(found) != 1 || len(found[0].Steps) != 1 || found[0].Steps[0].Body.Text("step") != "seen" {
			t.Errorf("%+v %v", found, err)
		}
		var said []string
		for r, err := range s.Audit(ctx, 0) {
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, r.Actor+" "+r.Action+" "+r.Object+" "+r.Detail)
		}
		if got := strings.Join(said, ", "); got != "F1 register.visits 1 , F1 register.visits 2 seen" {
			t.Errorf("recorded: %s", got)
		}
	})
}

// shown lists the ids of a district's records that can be seen.
func shown(t *testing.T, s *store.State, district roster.DistrictID) (ids []int64) {
	t.Helper()
	for _, r := range storetest.Must[[]registers.Record](t)(s.RegisterRecords(t.Context(), entries.Filter{District: district, Limit: 50})) {
		ids = append(ids, r.ID)
	}
	return ids
}

func entered(t *testing.T, s *store.State) (n int) {
	t.Helper()
	for r, err := range s.Audit(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(r.Action, "register.") {
			n++
		}
	}
	return n
}

// An entry that goes with an act is seen from the transaction on in which the rules
// have taken the act, once, and never without it.
func TestEntriesGoWithTheirActs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		prepare := func(act string, at roster.Instant) int64 {
			return storetest.Must[int64](t)(s.PrepareEntry(t.Context(), entries.Entering{Entry: visit("D1", "O1", "S1", at), Act: act}))
		}
		first, _, _ := prepare("t1", 10), prepare("t2", 20), prepare("t3", 30)
		if ids := shown(t, s, "D1"); len(ids) != 0 || entered(t, s) != 0 {
			t.Fatalf("seen before the act: %v", ids)
		}
		for range 2 { // the second time it is behind the cursor
			storetest.Commit(t, s, store.Batch{Seq: 1, Taken: []string{"t1", "nobody's"}})
		}
		if ids := shown(t, s, "D1"); len(ids) != 1 || ids[0] != first || entered(t, s) != 1 {
			t.Fatalf("seen after the act: %v, %d records", ids, entered(t, s))
		}
		if err := s.DropEntry(t.Context(), "t2"); err != nil {
			t.Fatal(err)
		}
		for _, before := range []roster.Instant{30, 31} {
			if err := errors.Join(s.DropHidden(t.Context(), "D1", before), s.DropHidden(t.Context(), "D2", 99), s.DropEntry(t.Context(), "t1")); err != nil {
				t.Fatal(err)
			}
			storetest.Commit(t, s, store.Batch{Seq: uint64(before), Taken: []string{"t2"}})
		}
		storetest.Commit(t, s, store.Batch{Seq: 40, Taken: []string{"t3"}})
		if ids := shown(t, s, "D1"); len(ids) != 1 || entered(t, s) != 1 {
			t.Errorf("what was taken back is seen: %v", ids)
		}
	})
}

// A draft comes with the batch that asks for it, once, and waits for its act.
func TestDraftsComeWithTheirBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		draft := entries.Entering{Entry: visit("D1", "O1", "S1", 10), Once: "alert/a1", Act: "t1"}
		bad := store.Batch{Seq: 1, Drafts: []entries.Entering{draft}, Alerts: []store.AlertChange{storetest.Opening(storetest.Raised("a1", rules.P1, storetest.Morning)), storetest.Opening(storetest.Raised("a1", rules.P1, storetest.Morning))}}
		bad.District = "D1"
		if err := s.Commit(t.Context(), bad); err == nil || len(shown(t, s, "D1")) != 0 {
			t.Fatalf("a batch that is refused leaves a draft: %v", err)
		}
		again := draft
		again.Act = "t2"
		storetest.Commit(t, s, store.Batch{Seq: 2, Drafts: []entries.Entering{draft, again}})
		untold := storetest.Must[[]entries.Entering](t)(s.Untold(t.Context(), "D1"))
		if ids := shown(t, s, "D1"); len(ids) != 1 || len(untold) != 1 || untold[0].Act != "t1" || untold[0].Body.Text("result") == "" || entered(t, s) != 1 {
			t.Fatalf("drafts %v, untold %+v", ids, untold)
		}
		if err := s.DropHidden(t.Context(), "D1", 99); err != nil {
			t.Fatal(err)
		}
		storetest.Commit(t, s, store.Batch{Seq: 3, Taken: []string{"t1"}})
		if untold := storetest.Must[[]entries.Entering](t)(s.Untold(t.Context(), "D1")); len(untold) != 0 || len(shown(t, s, "D1")) != 1 || entered(t, s) != 1 {
			t.Errorf("told, yet %+v, %d records", untold, entered(t, s))
		}
		if _, err := s.PrepareEntry(t.Context(), again); !errors.Is(err, database.ErrTaken) {
			t.Errorf("by hand as well: %v", err)
		}
	})
}
