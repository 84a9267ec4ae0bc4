package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/store"
)

// The key is changed while the daemon works, the daemon is killed in the middle, and
// the next change ends what was begun: nothing is lost, and the old key opens nothing.
func TestLiveKeyRotationSurvivesKills(t *testing.T) {
	w := newWorld(t)
	w.importRoster(secretRoster)
	var letters []store.DeadLetter
	for i := range 3000 {
		letters = append(letters, store.DeadLetter{Nth: i, Rejection: rejected("W1", event.BadJSON, time.Hour, secretName)})
	}
	w.withState(func(st *store.State) {
		if err := st.Commit(t.Context(), store.Batch{District: "D1", Seq: 1, DeadLetters: letters}); err != nil {
			t.Fatal(err)
		}
	})
	old := vaultOf(t, w.data, securityConfig{Cipher: "aes-gcm"}).ring.Load()
	for _, lives := range []time.Duration{0, 30 * time.Millisecond, 120 * time.Millisecond} {
		d := w.serve()
		rotation := start(t, []string{"CORRECTIOND_DATA=" + w.data}, w.bin, "key", "rotate")
		wait(t.Context(), lives)
		d.kill()
		rotation.ended(20 * time.Second)
	}
	d := w.serve()
	w.command("key", "rotate")
	if !strings.Contains(w.command("roster", "export"), secretName) {
		t.Error("the roster cannot be read any more")
	}
	if code, _ := d.stop(15 * time.Second); code != 0 {
		t.Errorf("exit %d", code)
	}
	if in := leaks(t, w.data); len(in) > 0 {
		t.Error(in)
	}
	w.withState(func(st *store.State) {
		list, err := st.DeadLetters(t.Context(), store.DeadLetterFilter{Limit: 500})
		if err != nil || len(list) != 500 || string(list[0].Payload) != secretName {
			t.Errorf("%d letters, %v", len(list), err)
		}
	})
	st, err := store.OpenState(filepath.Join(w.data, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Unlock(t.Context(), old); err == nil {
		t.Error("the first key still opens the database")
	}
	if got := w.run("audit", "verify"); got.code != 0 {
		t.Errorf("%+v", got)
	}
}
