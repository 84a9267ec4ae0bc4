package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // another program that opens the state database
)

// A state database that somebody else holds delays alerts; it loses none, and
// positions go on.
func TestFault4StateDatabaseLocked(t *testing.T) {
	tool(t, "mosquitto_pub")
	f := newFleet(4, 100)
	witness := person{subject: "S0999", device: "W999"}
	w, _ := behindBroker(t, append(f.people, witness))
	want := f.books()
	d := w.serve()
	w.alarm(witness, "before", &want)

	unlock := lockDatabase(t, filepath.Join(w.data, "state.db"))
	w.mosquittoPub(witness.device, "status", status("meanwhile", "strap_open", at(0)))
	want.accepted[witness.subject] = append(want.accepted[witness.subject], "meanwhile")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+lasts(0, time.Minute))
	defer cancel()
	f.publish(ctx, t, w, time.Second)
	d.wantLog(10*time.Second, "database in use by another process")
	wait(ctx, lasts(0, time.Minute))
	eventually(t, 5*time.Second, "positions are taken all the same", func() bool { return w.account().accepted == want.size() })
	if n := w.straps(witness); n != 1 {
		t.Errorf("%d opened straps while nothing could be stored", n)
	}
	unlock()
	eventually(t, 15*time.Second, "the alert comes afterwards", func() bool { return w.straps(witness) == 2 })
	w.settle(want, 15*time.Second)
	w.sameAlertsUndisturbed(f, witness, "before", "meanwhile")
}

// lockDatabase holds the only right to write until the returned function is called.
func lockDatabase(t *testing.T, name string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+name+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
}

// sameAlertsUndisturbed compares the alerts of the fleet with those that the same
// events raise where nothing is disturbed.
func (w *world) sameAlertsUndisturbed(f *fleet, witness person, ids ...string) {
	w.t.Helper()
	calm, _ := behindBroker(w.t, append(f.people, witness))
	calm.serve()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	f.publish(ctx, w.t, calm, 0)
	calm.stores(f.books(), 30*time.Second)
	ofFleet := func(x *world) (list []string) {
		for _, line := range x.verdict() {
			if !strings.Contains(line, witness.subject) {
				list = append(list, line)
			}
		}
		return list
	}
	want := ofFleet(calm)
	if len(want) < len(f.people) {
		w.t.Errorf("only %d alerts: the script does not provoke the rules", len(want))
	}
	differ(w.t, ofFleet(w), want)
	if n := w.straps(witness); n != len(ids) {
		w.t.Errorf("%d opened straps of the witness, want %d", n, len(ids))
	}
}

// Databases without room wait for it, and go on without a restart.
func TestFault4DatabaseDiskFull(t *testing.T) {
	tool(t, "mosquitto_pub")
	f := newFleet(4, 100)
	witness := person{subject: "S0999", device: "W999"}
	w := newWorld(t)
	smallDisk(t, w.data, "64m")
	smallDisk(t, filepath.Join(w.data, "journal"), "300m") // has room all the time
	w.joins(append(f.people, witness))
	want := f.books()
	d := w.serve()
	w.alarm(witness, "before", &want)

	free := fill(t, w.data, 0)
	w.mosquittoPub(witness.device, "status", status("meanwhile", "strap_open", at(0)))
	want.accepted[witness.subject] = append(want.accepted[witness.subject], "meanwhile")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f.publish(ctx, t, w, time.Second)
	d.wantLog(10*time.Second, "disk full: free some space")
	eventually(t, 5*time.Second, "positions are taken all the same", func() bool { return w.account().accepted == want.size() })
	free()
	eventually(t, 15*time.Second, "the alert comes afterwards", func() bool { return w.straps(witness) == 2 })
	w.settle(want, 30*time.Second)
	w.sameAlertsUndisturbed(f, witness, "before", "meanwhile")
}
