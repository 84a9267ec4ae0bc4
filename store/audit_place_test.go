package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// auditStore is the part about who may read which record, and about evidence.
type auditStore interface {
	AuditPage(context.Context, audit.Filter) ([]audit.Record, string, error)
	RequestEvidence(context.Context, access.EvidenceRequest) (access.EvidenceRequest, error)
	EvidenceRequests(context.Context, string, int) ([]access.EvidenceRequest, error)
}

// page reads records as "action object district subject", the newest first.
func page(t *testing.T, s auditStore, f audit.Filter) (lines []string, next string) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	list, next, err := s.AuditPage(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Action, r.District, r.Subject)))
	}
	return lines, next
}

// A record belongs to the district that its batch, or what it names, belongs to.
func recordsHaveADistrict(t *testing.T, s stateStore) {
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(raised("a1", rules.P2, morning))}, Audit: []audit.Record{
		{At: morning, Actor: "F1", Action: "alert.ack", Object: "a1"},
		{At: morning + 1, Actor: "F1", Action: "subject.contact", Object: "S2", Subject: "S2"},
	}})
	must[bool](t)(s.SaveRoster(t.Context(), version("D1", "h1", `{"id":"W1"}`)))
	must[string](t)(s.IssueDevicePassword(t.Context(), "W1", false, "ops", morning+2))
	_, _, err := s.CreateToken(t.Context(), access.Token{Name: "F9", Role: "officer", District: "D2", Office: "O9"}, "admin", morning+3)
	if err != nil {
		t.Fatal(err)
	}
	must[access.EvidenceRequest](t)(s.RequestEvidence(t.Context(), access.EvidenceRequest{Alert: "a1", Requester: "F1", Reason: "x", At: morning + 4}))
	for _, r := range []audit.Record{
		{Action: "track.read", Object: "S3", District: "D1", Subject: "S3", Purpose: audit.PurposeAlert},
		{Action: "backup.made", Object: "/x"},
		{Action: "evidence.export", Object: "gone"},
	} {
		r.At, r.Actor = morning+5, "x"
		if err := s.AppendAudit(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := "track.read D1 S3; evidence.request D1 S0001; device.credential.create D1; subject.contact D1 S2; roster.import D1; alert.ack D1 S0001"
	if got, _ := page(t, s, audit.Filter{District: "D1"}); strings.Join(got, "; ") != want {
		t.Errorf("D1 has %q", got)
	}
	if got, _ := page(t, s, audit.Filter{District: "D2"}); strings.Join(got, "; ") != "token.create D2" {
		t.Errorf("D2 has %q", got)
	}
	if got, _ := page(t, s, audit.Filter{}); got != nil {
		t.Errorf("nowhere there is %q", got)
	}
	if got, _ := page(t, s, audit.Filter{Everywhere: true}); len(got) != 9 || !slices.Contains(got, "backup.made") || !slices.Contains(got, "evidence.export") {
		t.Errorf("everywhere there is %q", got)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != 9 {
		t.Errorf("the chain ends at %d", end.N)
	}
}

func auditTurnsPages(t *testing.T, s stateStore) {
	for i := range 7 { // clocks are set: three records share an instant, the last is older
		at := morning + []roster.Instant{0, 1, 2, 2, 2, 3, 1}[i]
		err := s.AppendAudit(t.Context(), audit.Record{
			At: at, Actor: []string{"F1", "F2"}[i%2], Action: []string{"track.read", "trackless", "track.refuse"}[i%3], Object: fmt.Sprintf("S%d", i), District: "D1",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []int64
	f := audit.Filter{District: "D1", Limit: 2}
	for {
		list, next, err := s.AuditPage(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			got = append(got, r.N)
		}
		if f.Cursor = next; next == "" {
			break
		}
	}
	if fmt.Sprint(got) != "[6 5 4 3 7 2 1]" {
		t.Errorf("pages: %v", got)
	}
	for name, c := range map[string]struct {
		f audit.Filter
		n int
	}{
		"actor":  {audit.Filter{Actor: "F2"}, 3},
		"action": {audit.Filter{Action: "track.read"}, 3},
		"family": {audit.Filter{Action: "track."}, 5},
		"object": {audit.Filter{About: "S3"}, 1},
		"from":   {audit.Filter{From: morning + 2}, 4},
		"until":  {audit.Filter{Until: morning + 1}, 1},
		"all":    {audit.Filter{Actor: "F1", Action: "track.", From: morning + 1, Until: morning + 3}, 2},
	} {
		c.f.District = "D1"
		if got, _ := page(t, s, c.f); len(got) != c.n {
			t.Errorf("%s: %q, want %d", name, got, c.n)
		}
	}
	for _, bad := range []string{"x", "1", "1.x", "x.1"} {
		if _, _, err := s.AuditPage(t.Context(), audit.Filter{District: "D1", Limit: 1, Cursor: bad}); !errors.Is(err, database.ErrCursor) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

func requestsOfAnAlert(t *testing.T, s stateStore) {
	for i, alert := range []string{"a1", "a2", "a1", "a1"} {
		must[access.EvidenceRequest](t)(s.RequestEvidence(t.Context(), access.EvidenceRequest{Alert: alert, Requester: "F1", At: morning + roster.Instant(i)}))
	}
	list := must[[]access.EvidenceRequest](t)(s.EvidenceRequests(t.Context(), "a1", 2))
	if len(list) != 2 || list[0].ID != 4 || list[1].ID != 3 {
		t.Errorf("requests: %+v", list)
	}
}

// A chain from before records had a district verifies as it is, and goes on. What is
// written into an old record afterwards breaks it.
func TestAChainFromBeforeDistrictsVerifies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	older(t, path)
	s := must[*store.State](t)(store.OpenState(path))
	defer s.Close()
	if err := s.AppendAudit(t.Context(), audit.Record{At: morning, Actor: "F1", Action: "track.read", Object: "S1", District: "D1"}); err != nil {
		t.Fatal(err)
	}
	if end, err := s.VerifyAudit(t.Context()); err != nil || end.N != 3 {
		t.Errorf("ends at %d: %v", end.N, err)
	}
	if got, _ := page(t, s, audit.Filter{District: "D1"}); len(got) != 1 {
		t.Errorf("D1 has %q", got)
	}
	run(t, raw(t, path), "DROP TRIGGER audit_no_update; UPDATE audit SET district = 'D1' WHERE n = 2")
	_, err := s.VerifyAudit(t.Context())
	if broken, ok := errors.AsType[*audit.ChainError](err); !ok || broken.N != 2 {
		t.Errorf("an old record was put into a district: %v", err)
	}
}

// older makes a database as it was before migration 12, with two records.
func older(t *testing.T, path string) {
	t.Helper()
	db := raw(t, path)
	n := 0
	for _, name := range must[[]string](t)(filepath.Glob("state/*.sql")) {
		if filepath.Base(name) >= "0012" {
			break
		}
		n++
		run(t, db, string(must[[]byte](t)(os.ReadFile(name))))
	}
	var prev [32]byte
	for i := range 2 {
		text := fmt.Sprintf(`{"n":%d,"at":7,"actor":"F1","action":"alert.ack","object":"a1","reason":"","detail":""}`, i+1)
		prev = sha256.Sum256(append(prev[:], text...))
		if _, err := db.Exec("INSERT INTO audit (n, at, actor, action, object, reason, detail, hash) VALUES (?, 7, 'F1', 'alert.ack', 'a1', '', '', ?)", i+1, prev[:]); err != nil {
			t.Fatal(err)
		}
	}
	run(t, db, fmt.Sprintf("PRAGMA user_version = %d", n))
}
