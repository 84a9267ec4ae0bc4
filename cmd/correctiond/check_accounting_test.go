package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/store"
)

// settled is a world with accepted, refused and repeated messages, all stored.
func settled(t *testing.T) (*world, *process) {
	t.Helper()
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.mosquittoPub("W1", "location", fix("a1", -6*time.Minute, inTown), fix("a2", -4*time.Minute, inTown), fix("a1", -6*time.Minute, inTown), "{")
	w.mosquittoPub("W1", "status", status("s1", "heartbeat", at(0)))
	eventually(t, 10*time.Second, "all is stored", func() bool { return len(w.track("S0001")) == 3 && len(w.letters()) == 1 })
	return w, d
}

// execute changes a database behind the daemon's back.
func (w *world) execute(file, statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(w.data, file))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		w.t.Fatal(err)
	}
}

// The books balance by id, with the daemon and without it.
func TestAccounting(t *testing.T) {
	w, d := settled(t)
	got := w.command("check", "--accounting")
	for _, want := range []string{
		"journal   4 = 3 accepted + 1 rejected", "accepted  3 = 3 stored + 0 waiting + 0 dead-lettered by the store + 0 not",
		"rejected  1 = 1 dead letters + 0 waiting", "received  5 = 3 accepted + 1 rejected + 1 duplicate",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, got)
		}
	}
	d.stop(15 * time.Second)
	if got := w.command("check", "--accounting"); !strings.Contains(got, "3 = 3 stored") || !strings.Contains(got, "no daemon runs") {
		t.Errorf("without the daemon:\n%s", got)
	}
}

// What is missing or there twice is named, by device and id.
func TestAccountingNamesWhatIsWrong(t *testing.T) {
	w, d := settled(t)
	d.stop(15 * time.Second)
	w.execute("history.db", "DELETE FROM events WHERE id = 'a2'")
	w.execute("state.db", "DELETE FROM dead_letters")
	w.withState(func(st *store.State) {
		refused := event.Rejection{Device: "W1", Topic: "store/influxdb", Received: 1, Reason: refusedBySink, Payload: []byte(`{"id":"s1"}`)}
		if err := st.AddDeadLetter(t.Context(), store.DeadLetter{District: "D1", Seq: 99, Nth: -1, Rejection: refused}); err != nil {
			t.Fatal(err)
		}
	})
	got := w.run("check", "--accounting")
	for _, want := range []string{
		"W1/a2 is missing from the track history (journal of D1, batch ", "no dead letter of message jz/v1/W1/location (bad_json, journal of D1",
		"W1/s1 is in the track history and a dead letter of it",
	} {
		if got.code != 1 || !strings.Contains(got.err, want) {
			t.Errorf("exit %d, want %q in\n%s", got.code, want, got.err)
		}
	}
	if !strings.Contains(got.out, "3 = 2 stored + 0 waiting + 0 dead-lettered by the store + 1 not accounted for") {
		t.Errorf("books:\n%s", got.out)
	}
	w.execute("history.db", "UPDATE cursors SET seq = 0")
	if got := w.run("check", "--accounting"); !strings.Contains(got.out, "2 stored + 1 waiting") {
		t.Errorf("behind the cursor it waits:\n%s", got.out)
	}
}
