package store_test

import (
	"errors"
	"strings"
	"testing"

	"correctiond/registers"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/database"
)

func visit(district roster.DistrictID, office roster.OfficeID, subject roster.SubjectID, at roster.Instant) registers.Entry {
	return registers.Entry{
		District: district, Office: office, Register: "visits", Subject: subject, At: at, By: "F1", Body: registers.Body{"result": "情绪稳定"},
	}
}

func TestRegistersKeepWhatWasWritten(t *testing.T) {
	s := openState(t)
	ctx := t.Context()
	for i, e := range []registers.Entry{visit("D1", "O1", "S1", 10), visit("D1", "O2", "S2", 20), visit("D2", "O1", "S3", 30), visit("D1", "O1", "S4", 40)} {
		if id, err := s.EnterRegister(ctx, e, ""); err != nil || id != int64(i+1) {
			t.Fatalf("entry %d: %v", id, err)
		}
	}
	for _, c := range []struct {
		f    store.RegisterFilter
		want string
	}{
		{store.RegisterFilter{District: "D1", Register: "visits", Limit: 9}, "S4 S2 S1"},
		{store.RegisterFilter{District: "D1", Limit: 9}, "S4 S2 S1"},
		{store.RegisterFilter{District: "D1", Register: "contacts", Limit: 9}, ""},
		{store.RegisterFilter{District: "D1", Office: "O1", Limit: 9}, "S4 S1"},
		{store.RegisterFilter{District: "D1", Subject: "S2", Limit: 9}, "S2"},
		{store.RegisterFilter{District: "D1", From: 20, Until: 40, Limit: 9}, "S2"},
		{store.RegisterFilter{District: "D1", Limit: 2}, "S4 S2"},
		{store.RegisterFilter{District: "D1", Before: 2, Limit: 2}, "S1"},
		{store.RegisterFilter{District: "D1", Record: 4, Limit: 2}, "S4"},
		{store.RegisterFilter{District: "D2", Record: 4, Limit: 2}, ""},
		{store.RegisterFilter{District: "D1' OR 1=1 --", Limit: 2}, ""},
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
}

func TestStepsOfARecordComeOnce(t *testing.T) {
	s := openState(t)
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
	found, err := s.RegisterRecords(ctx, store.RegisterFilter{District: "D1", Limit: 9})
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
}
