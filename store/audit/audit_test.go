package audit_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/storetest"
)

func TestAuditRefusesChanges(t *testing.T) {
	s, path := storetest.At(t)
	storetest.Records(t, s, 1)
	for _, query := range []string{"UPDATE audit SET actor = 'x'", "DELETE FROM audit"} {
		_, err := storetest.Raw(t, path).Exec(query)
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// run changes the database file behind the store's back.
func run(t *testing.T, path, query string) {
	t.Helper()
	storetest.Must[sql.Result](t)(storetest.Raw(t, path).Exec(query))
}

// Whoever can write the file can drop its triggers; the chain tells even then.
func TestVerifyNamesTheFirstBrokenRecord(t *testing.T) {
	for name, c := range map[string]struct {
		tamper string
		n      int64 // 0: the chain is whole
	}{
		"whole":               {"", 0},
		"actor changed":       {"UPDATE audit SET actor = 'F2' WHERE n = 3", 3},
		"time changed":        {"UPDATE audit SET at = at + 1 WHERE n IN (4, 5)", 4},
		"field moved":         {"UPDATE audit SET action = action || object, object = '' WHERE n = 2", 2},
		"hash changed":        {"UPDATE audit SET hash = zeroblob(32) WHERE n = 1", 1},
		"record cut out":      {"DELETE FROM audit WHERE n = 4", 4},
		"first ones cut":      {"DELETE FROM audit WHERE n < 3", 1},
		"renumbered to fit":   {"DELETE FROM audit WHERE n = 2; UPDATE audit SET n = n - 1 WHERE n > 2", 2},
		"put into a district": {"UPDATE audit SET district = 'D2' WHERE n = 5", 5},
		"taken from a person": {"UPDATE audit SET subject = '' WHERE n = 3", 3},
		"purpose written in":  {"UPDATE audit SET purpose = 'alert' WHERE n = 2", 2},
		"record put in":       {"INSERT INTO audit (n, at, actor, action, object, reason, detail, hash, alg) SELECT 7, at, actor, action, object, reason, detail, hash, alg FROM audit WHERE n = 6", 7},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := storetest.At(t)
			storetest.Records(t, s, 6)
			run(t, path, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; "+c.tamper)
			end, err := s.VerifyAudit(t.Context())
			var broken *audit.ChainError
			switch {
			case c.n == 0 && (err != nil || end.N != 6):
				t.Errorf("end %+v: %v", end, err)
			case c.n != 0 && (!errors.As(err, &broken) || broken.N != c.n):
				t.Errorf("got %v, want record %d", err, c.n)
			}
		})
	}
}

func TestCheckpointShowsACutEnd(t *testing.T) {
	s, path := storetest.At(t)
	storetest.Records(t, s, 3)
	deposited := storetest.Must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
	run(t, path, "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE n = 3")
	if now := storetest.Must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); now == deposited || now.N != 2 {
		t.Errorf("end %+v", now)
	}
}

func TestAuditIsReadFromAnywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		storetest.Records(t, s, 4)
		var got []int64
		for r, err := range s.Audit(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, r.N); r.N == 3 {
				break
			}
		}
		if fmt.Sprint(got) != "[2 3]" {
			t.Errorf("got %v", got)
		}
	})
}
