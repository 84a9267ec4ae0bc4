package store_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/database"
)

func TestEvidenceNeedsASecondPerson(t *testing.T) {
	s := openState(t)
	ask := func(at roster.Instant) access.EvidenceRequest {
		return must[access.EvidenceRequest](t)(s.RequestEvidence(t.Context(), access.EvidenceRequest{Alert: "a1", Requester: "F1", Reason: "检察院调取", At: at}))
	}
	r := ask(morning)
	for _, c := range []struct {
		by   string
		now  roster.Instant
		want error
	}{
		{"F1", morning, access.ErrSamePerson},
		{"", morning, access.ErrSamePerson},
		{"H1", morning + 7*roster.Day, access.ErrExpired},
		{"H1", morning + roster.Day, nil},
		{"H2", morning + roster.Day, database.ErrTaken},
	} {
		if _, err := s.ApproveEvidence(t.Context(), r.ID, c.by, c.now); !errors.Is(err, c.want) {
			t.Errorf("by %q: %v, want %v", c.by, err, c.want)
		}
	}
	if _, err := s.ApproveEvidence(t.Context(), 99, "H1", morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("no such request: %v", err)
	}
	got := must[access.EvidenceRequest](t)(s.EvidenceOf(t.Context(), "a1", "F1"))
	if got.Approver != "H1" || !got.Usable(morning+8*roster.Day-1) || got.Usable(morning+8*roster.Day) {
		t.Errorf("%+v", got)
	}
	for _, who := range []string{"H1", "F2"} {
		if _, err := s.EvidenceOf(t.Context(), "a1", who); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("%s may use it: %v", who, err)
		}
	}
	open := ask(morning)
	if still := must[access.EvidenceRequest](t)(s.EvidenceRequest(t.Context(), open.ID)); still.Usable(morning) {
		t.Error("what nobody approved is usable")
	}
}

func TestWhatEvidenceRestsOn(t *testing.T) {
	s := openState(t)
	for i, at := range []roster.Instant{100, 200} {
		v := store.RosterVersion{District: "D1", Hash: string(rune('a' + i)), JSON: []byte(`{}`), By: "F1", At: at}
		must[bool](t)(s.SaveRoster(t.Context(), v))
	}
	for at, want := range map[roster.Instant]int{100: 1, 199: 1, 200: 2, 900: 2} {
		if v := must[store.RosterVersion](t)(s.RosterAt(t.Context(), "D1", at)); v.Version != want {
			t.Errorf("at %d: version %d, want %d", at, v.Version, want)
		}
	}
	if _, err := s.RosterAt(t.Context(), "D1", 99); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("before the first: %v", err)
	}
	for range 2 {
		if err := s.KeepRules(t.Context(), "v1", 1, []byte("x: 1")); err != nil {
			t.Fatal(err)
		}
	}
	if text := must[[]byte](t)(s.Rules(t.Context(), "v1")); string(text) != "x: 1" {
		t.Errorf("rules %q", text)
	}
	if _, err := s.Rules(t.Context(), "v2"); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("unknown rules: %v", err)
	}
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(raised("a1", rules.P1, morning))}, Notices: []notice.Notice{
		{Alert: "a1", District: "D1", Why: notice.ToOpen, Channel: "sms", Officer: "F1", Message: notice.Message{Name: "李*"}},
	}})
	told := must[[]json.RawMessage](t)(s.Told(t.Context(), "a1"))
	if len(told) != 1 || !strings.Contains(string(told[0]), `"channel":"sms"`) || !strings.Contains(string(told[0]), "李*") {
		t.Errorf("told %s", told)
	}
}
