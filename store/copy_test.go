package store_test

import (
	"errors"
	"fmt"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/storetest"
)

// filled is a SQLite state with something in most of its tables, encrypted.
func filled(t *testing.T) *store.State {
	t.Helper()
	s := openState(t)
	if err := s.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		personal(t, s, uint64(n+1), fmt.Sprintf("a%03d", n))
	}
	storetest.Tell(t, s, 301, storetest.Asked("a000", "c", morning), storetest.Asked("a001", "c", morning))
	storetest.Ends(t, s, storetest.Take(t, s, "w1", "c", morning), storetest.Delivered(morning))
	must[string](t)(s.IssueDevicePassword(t.Context(), "W1", false, "F1", morning))
	if _, _, err := s.CreateToken(t.Context(), access.Token{Name: "n", Role: "ops"}, "F1", morning); err != nil {
		t.Fatal(err)
	}
	must[string](t)(s.AddAccount(t.Context(), access.Account{Name: "zhang", Role: "officer", Minors: true}, "admin", morning))
	l := letter(1, "bad_json")
	l.Payload = nil
	commit(t, s, store.Batch{Seq: 302, DeadLetters: []store.DeadLetter{l}})
	storetest.Records(t, s, 3)
	return s
}

// A state moves to PostgreSQL with all it holds, and goes on there where it was.
func TestStateMovesToPostgres(t *testing.T) {
	from := filled(t)
	to := openPG(t, pgDatabase(t, "model"))
	last := store.Copied{}
	all := must[[]store.Copied](t)(from.MoveTo(t.Context(), to, func(c store.Copied) { last = c }))
	var rows int64
	for _, c := range all {
		rows += c.Rows
	}
	if all[0].Table != "alerts" || all[0].Rows != 300 || last.Table != all[len(all)-1].Table || rows < 1000 {
		t.Errorf("copied %+v", all)
	}
	if err := to.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
		t.Fatal(err)
	}
	want := must[audit.Checkpoint](t)(from.VerifyAudit(t.Context()))
	if got := must[audit.Checkpoint](t)(to.VerifyAudit(t.Context())); got != want {
		t.Errorf("chain ends at %+v, want %+v", got, want)
	}
	page, copied := must[alerts.Page](t)(from.Alerts(t.Context(), alerts.Filter{})), must[alerts.Page](t)(to.Alerts(t.Context(), alerts.Filter{}))
	if fmt.Sprint(page) != fmt.Sprint(copied) {
		t.Errorf("alerts %v, want %v", copied, page)
	}
	if got := must[[]notice.Sending](t)(to.NoticesOf(t.Context(), "a000")); len(got) != 1 || len(got[0].Attempts) != 1 {
		t.Errorf("notices %+v", got)
	}
	before := must[int64](t)(from.LastChange(t.Context()))
	commit(t, to, oneAlert(303, "next"))
	if now := must[int64](t)(to.LastChange(t.Context())); now != before+1 {
		t.Errorf("the feed goes on at %d after %d", now, before)
	}
}

func TestStateMovesIntoNothingElse(t *testing.T) {
	from, to := filled(t), openPG(t, pgDatabase(t, "model"))
	storetest.Records(t, to, 1)
	if _, err := from.MoveTo(t.Context(), to, nil); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	if last := must[int64](t)(to.LastChange(t.Context())); last != 0 {
		t.Errorf("%d changes were copied", last)
	}
}

// A chain that is broken does not move, and nothing of it does.
func TestABrokenStateDoesNotMove(t *testing.T) {
	s, path := stateAt(t)
	storetest.Records(t, s, 4)
	run(t, raw(t, path), "DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'x' WHERE n = 2")
	_, err := s.MoveTo(t.Context(), openPG(t, pgDatabase(t, "model")), nil)
	if broken, is := errors.AsType[*audit.ChainError](err); !is || broken.N != 2 {
		t.Errorf("got %v", err)
	}
}
