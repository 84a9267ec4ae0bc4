package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/rules"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/database"
	"correctiond/store/storetest"
)

func keyring(t *testing.T, c seal.Cipher, keys ...string) *seal.Ring {
	return storetest.Keyring(t, c, keys...)
}

const secretRoster = `{"district":{"id":"D1"},"devices":[{"id":"W1"}],"subjects":[{"id":"S1","name":"欧阳秘密","contacts":[{"phone":"13912345678"}]}]}`

// personal writes one row of everything that is sealed.
func personal(t *testing.T, s *store.State, seq uint64, id string) {
	t.Helper()
	v := store.RosterVersion{District: "D1", Hash: "h" + id, JSON: []byte(secretRoster), By: "F1", At: morning}
	must[bool](t)(s.SaveRoster(t.Context(), v))
	a := raised(id, rules.P2, morning)
	a, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, By: "F1", At: morning, Text: "欧阳秘密的妻子 13912345678 说他在家"})
	if err != nil {
		t.Fatal(err)
	}
	l := letter(int(seq), event.BadJSON)
	l.Payload = []byte("欧阳秘密 13912345678")
	commit(t, s, store.Batch{Seq: seq, Alerts: []store.AlertChange{opening(a)}, DeadLetters: []store.DeadLetter{l}})
}

// readable checks that everything sealed comes back.
func readable(t *testing.T, s *store.State, ids ...string) {
	t.Helper()
	v := must[store.RosterVersion](t)(s.CurrentRoster(t.Context(), "D1"))
	if string(v.JSON) != secretRoster {
		t.Errorf("roster %q", v.JSON)
	}
	page := must[alerts.Page](t)(s.Alerts(t.Context(), alerts.Filter{}))
	feed := must[[]alerts.Feed](t)(s.Changes(t.Context(), 0, 100))
	groups := must[alerts.GroupPage](t)(s.Groups(t.Context(), alerts.Filter{}))
	if len(page.Items) != len(ids) || len(feed) != len(ids) || len(groups.Items[0].Alerts) != len(ids) {
		t.Errorf("%d alerts, %d changes, %d in the group; want %d", len(page.Items), len(feed), len(groups.Items[0].Alerts), len(ids))
	}
	for _, id := range ids {
		if a := must[alerts.Alert](t)(s.Alert(t.Context(), id)); !strings.Contains(a.Notes()[0].Text, "欧阳秘密") {
			t.Errorf("alert %+v", a)
		}
	}
	for _, l := range must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{})) {
		if !strings.Contains(string(l.Payload), "13912345678") {
			t.Errorf("payload %q", l.Payload)
		}
	}
}

// leaks looks for names and numbers in the files of the database.
func leaks(t *testing.T, path string) []string {
	t.Helper()
	return holds(t, path, "欧阳秘密", "13912345678")
}

// holds looks for texts in the files of a database.
func holds(t *testing.T, path string, texts ...string) (in []string) {
	t.Helper()
	files := must[[]string](t)(filepath.Glob(path + "*"))
	for _, name := range files {
		data := must[[]byte](t)(os.ReadFile(name))
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				in = append(in, filepath.Base(name)+" holds "+text)
			}
		}
	}
	return in
}

// Rows from before encryption are encrypted at the first unlocking, and neither
// free pages nor the write-ahead log keep what they held.
func TestFilesHoldNoNames(t *testing.T) {
	s, path := stateAt(t)
	personal(t, s, 1, "a1")
	if len(leaks(t, path)) == 0 {
		t.Fatal("the test finds nothing where nothing is encrypted")
	}
	if err := s.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
		t.Fatal(err)
	}
	personal(t, s, 2, "a2")
	readable(t, s, "a1", "a2")
	if in := leaks(t, path); len(in) > 0 {
		t.Error(in)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if in := leaks(t, path); len(in) > 0 {
		t.Errorf("after closing: %v", in)
	}
}

func TestTheKeyIsCheckedAtTheStart(t *testing.T) {
	s, path := stateAt(t)
	if err := s.Unlock(t.Context(), keyring(t, seal.SM4GCM, "k")); err != nil {
		t.Fatal(err)
	}
	personal(t, s, 1, "a1")
	again := must[*store.State](t)(store.OpenState(path))
	defer again.Close()
	if _, err := again.Alert(t.Context(), "a1"); err == nil || !strings.Contains(err.Error(), "without its key") {
		t.Errorf("without a key: %v", err)
	}
	err := again.Unlock(t.Context(), keyring(t, seal.AESGCM, "x"))
	if wrong, ok := errors.AsType[*database.KeyError](err); !ok || wrong.Have != keyring(t, seal.AESGCM, "x").KeyID() {
		t.Errorf("wrong key: %v", err)
	}
	if err := again.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
		t.Errorf("the key with another cipher: %v", err)
	}
	readable(t, again, "a1")
}

func TestReplacedRowsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		tamper string
		want   error
	}{
		"plain instead":    {"UPDATE alerts SET body = CAST('{\"episode\":{\"id\":\"a1\"}}' AS BLOB) WHERE id = 'a1'", database.ErrPlain},
		"row of another":   {"UPDATE alerts SET body = (SELECT body FROM alerts WHERE id = 'a2') WHERE id = 'a1'", seal.ErrBroken},
		"column of others": {"UPDATE alerts SET body = (SELECT payload FROM dead_letters LIMIT 1) WHERE id = 'a1'", seal.ErrBroken},
	} {
		s, path := stateAt(t)
		if err := s.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
			t.Fatal(err)
		}
		personal(t, s, 1, "a1")
		personal(t, s, 2, "a2")
		run(t, raw(t, path), c.tamper)
		if _, err := s.Alert(t.Context(), "a1"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A change of the key is broken off at every row, and goes on when called again.
func TestResealGoesOnWhereItWas(t *testing.T) {
	s, path := stateAt(t)
	old := keyring(t, seal.AESGCM, "a")
	if err := s.Unlock(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	const n = 250
	for i := range n {
		personal(t, s, uint64(i+1), "a"+strings.Repeat("x", i))
	}
	both, next := keyring(t, seal.SM4GCM, "b", "a"), keyring(t, seal.SM4GCM, "b")
	ctx := &fuse{Context: t.Context()}
	ctx.left.Store(12)
	rows, err := s.Reseal(ctx, both)
	if err == nil || rows == 0 || rows >= 3*n {
		t.Fatalf("broken off after %d rows: %v", rows, err)
	}
	if _, current, err := s.SealKey(t.Context(), both); err != nil || current {
		t.Errorf("a change that is not over counts as done: %v", err)
	}
	again := must[*store.State](t)(store.OpenState(path))
	defer again.Close()
	if err := again.Unlock(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	more := must[int](t)(again.Reseal(t.Context(), both))
	if rows+more < 3*n || rows+more > 3*n+2*100 {
		t.Errorf("%d rows, then %d: want %d together, a batch may count twice", rows, more, 3*n)
	}
	last := must[*store.State](t)(store.OpenState(path))
	defer last.Close()
	if err := last.Unlock(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	must[alerts.Alert](t)(last.Alert(t.Context(), "a"))
	if left := must[int](t)(last.Reseal(t.Context(), next)); left != 0 {
		t.Errorf("%d rows had the old key", left)
	}
}

// fuse is a context that ends after it was asked so often.
type fuse struct {
	context.Context
	left atomic.Int64
}

func (f *fuse) Err() error {
	if f.left.Add(-1) < 0 {
		return context.Canceled
	}
	return f.Context.Err()
}

func (f *fuse) Done() <-chan struct{} {
	done := make(chan struct{})
	if f.Err() != nil {
		close(done)
	}
	return done
}

// Encryption changes nothing for those who use the database.
func TestStateSQLiteSealed(t *testing.T) {
	stateSuite(t, func(t *testing.T) stateStore {
		s := openState(t)
		if err := s.Unlock(t.Context(), keyring(t, seal.SM4GCM, "k")); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
