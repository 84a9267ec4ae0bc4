package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/storetest"
)

// recordsAt adds one record per instant.
func recordsAt(t *testing.T, s *store.State, at ...roster.Instant) {
	t.Helper()
	for i, when := range at {
		if err := s.AppendAudit(t.Context(), audit.Record{At: when, Actor: "F1", Action: "track.read", Object: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChainGoesOnWithAnotherHash(t *testing.T) {
	s, path := storetest.At(t)
	storetest.Records(t, s, 2)
	for _, alg := range []seal.Hash{seal.SM3, seal.SM3, seal.SHA256} {
		storetest.Must[bool](t)(s.SetAuditHash(t.Context(), alg, storetest.Morning))
		storetest.Records(t, s, 2)
	}
	end := storetest.Must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
	if end.N != 10 { // two changes of the algorithm are records, too
		t.Errorf("end %+v", end)
	}
	var algs []string
	for r := range s.Audit(t.Context(), 0) {
		algs = append(algs, string(r.Alg))
	}
	if got := strings.Join(algs, " "); got != "sha256 sha256 sm3 sm3 sm3 sm3 sm3 sha256 sha256 sha256" {
		t.Errorf("algorithms: %s", got)
	}
	run(t, path, "DROP TRIGGER audit_no_update; UPDATE audit SET alg = 'sha256' WHERE n = 4")
	_, err := s.VerifyAudit(t.Context())
	if broken, ok := errors.AsType[*audit.ChainError](err); !ok || broken.N != 4 {
		t.Errorf("another algorithm is written in: %v", err)
	}
	if _, err := s.SetAuditHash(t.Context(), "md5", storetest.Morning); err == nil {
		t.Error("an unknown hash is taken")
	}
}

func TestWhatIsLeftAfterPruningVerifies(t *testing.T) {
	s, path := storetest.At(t)
	// The third is older than the second: clocks are set. Nothing behind a young one goes.
	recordsAt(t, s, 100, 900, 150, 950)
	if n := storetest.Must[int64](t)(s.PruneAudit(t.Context(), 500, 1000)); n != 1 {
		t.Errorf("%d deleted, want 1", n)
	}
	recordsAt(t, s, 1001)
	if n := storetest.Must[int64](t)(s.PruneAudit(t.Context(), 920, 1000)); n != 2 {
		t.Errorf("%d deleted the second time, want 2", n)
	}
	start, end := storetest.Must[audit.Checkpoint](t)(s.AuditStart(t.Context())), storetest.Must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
	if start.N != 3 || end.N != 7 {
		t.Errorf("from %d to %d", start.N, end.N)
	}
	if _, err := storetest.Raw(t, path).Exec("DELETE FROM audit WHERE n = 4"); err == nil {
		t.Error("a record behind the anchor can be deleted")
	}
	for _, tamper := range []string{
		"DELETE FROM audit WHERE n = 4",
		"UPDATE audit_anchors SET hash = zeroblob(32)",
		"INSERT INTO audit_anchors SELECT 4, hash FROM audit WHERE n = 4; DELETE FROM audit WHERE n = 4",
	} {
		x, path := storetest.At(t)
		recordsAt(t, x, 100, 200, 300, 950, 960)
		storetest.Must[int64](t)(x.PruneAudit(t.Context(), 250, 1000))
		run(t, path, "DROP TRIGGER audit_no_delete; "+tamper)
		if _, err := x.VerifyAudit(t.Context()); !errors.As(err, new(*audit.ChainError)) {
			t.Errorf("%s: %v", tamper, err)
		}
	}
}

func TestPruningAnYoungOrEmptyChainDeletesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		for range 2 {
			if n := storetest.Must[int64](t)(s.PruneAudit(t.Context(), 500, 1000)); n != 0 {
				t.Errorf("%d deleted", n)
			}
			recordsAt(t, s, 600)
		}
	})
}

func TestDepositsAreCompared(t *testing.T) {
	s, path := storetest.At(t)
	recordsAt(t, s, 100, 200, 900)
	at := map[int64]audit.Checkpoint{}
	for r := range s.Audit(t.Context(), 0) {
		at[r.N] = audit.Checkpoint{N: r.N, Hash: r.Hash}
	}
	storetest.Must[int64](t)(s.PruneAudit(t.Context(), 300, 1000)) // deletes 1 and 2, adds 4
	for name, c := range map[string]struct {
		deposit audit.Checkpoint
		why     string
	}{
		"inside":       {at[3], ""},
		"at the start": {at[2], ""},
		"deleted":      {at[1], "retention has deleted"},
		"cut off":      {audit.Checkpoint{N: 9, Hash: at[3].Hash}, "was cut off before it"},
		"written anew": {audit.Checkpoint{N: 3, Hash: at[2].Hash}, "written anew"},
	} {
		err := s.CheckDeposit(t.Context(), c.deposit)
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	run(t, path, "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE n = 4")
	if err := s.CheckDeposit(t.Context(), audit.Checkpoint{N: 4, Hash: at[3].Hash}); !errors.As(err, new(*audit.ChainError)) {
		t.Errorf("a cut end: %v", err)
	}
}

// The daemon looks at what is new only; it still sees an end that was changed.
func TestChainIsVerifiedPieceByPiece(t *testing.T) {
	s, path := storetest.At(t)
	storetest.Records(t, s, 5)
	var at audit.Checkpoint
	var err error
	for _, want := range []int64{2, 4, 5, 5} {
		if at, err = s.VerifyAuditOn(t.Context(), at, 2); err != nil || at.N != want {
			t.Fatalf("at %+v, want %d: %v", at, want, err)
		}
	}
	storetest.Records(t, s, 1)
	if next := storetest.Must[audit.Checkpoint](t)(s.VerifyAuditOn(t.Context(), at, 2)); next.N != 6 {
		t.Errorf("at %+v", next)
	}
	run(t, path, "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE n > 4")
	if _, err := s.VerifyAuditOn(t.Context(), at, 2); !errors.As(err, new(*audit.ChainError)) {
		t.Errorf("a cut end: %v", err)
	}
}

func TestAuditIsSelected(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		recordsAt(t, s, 100, 200, 300)
		count := func(list func(func(audit.Record, error) bool)) (n int) {
			for _, err := range list {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		for name, c := range map[string]struct{ got, want int }{
			"between":    {count(s.AuditBetween(t.Context(), 100, 300)), 2},
			"open":       {count(s.AuditBetween(t.Context(), 200, 0)), 2},
			"of one":     {count(s.AuditOf(t.Context(), "2")), 1},
			"of nothing": {count(s.AuditOf(t.Context(), "S1")), 0},
		} {
			if c.got != c.want {
				t.Errorf("%s: %d, want %d", name, c.got, c.want)
			}
		}
	})
}
