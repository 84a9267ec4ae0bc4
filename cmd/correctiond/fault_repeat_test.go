package main

import (
	"path/filepath"
	"testing"
	"time"
)

// While the history is away, a device that sends its whole week again and again
// makes no second entry of any fix in the journal; nor does it after a restart,
// when only the journal tells what was accepted.
func TestFault8RepeatsWhileTheHistoryIsAway(t *testing.T) {
	influx := newInfluxServer(t)
	influx.start()
	p := person{subject: "S0001", device: "W1"}
	w, _ := behindBroker(t, []person{p})
	d := w.serve()
	influx.running.kill()
	ids, fixes := p.week(time.Now().Add(-weekFixes * weekStep))
	week := arrays(fixes)
	const topic = "jz/v1/W1/location"
	w.floods(topic, week...)
	w.floods(topic, week...)
	got := w.receives(2 * weekFixes)
	if got.accepted != weekFixes || got.duplicate != weekFixes {
		t.Errorf("before the restart: %+v, want %d accepted once", got, weekFixes)
	}
	d.kill()
	w.serve()
	w.floods(topic, week...)
	if got := w.receives(weekFixes); got.accepted != 0 || got.duplicate != weekFixes {
		t.Errorf("after the restart: %+v, want duplicates only", got)
	}
	influx.start()
	w.stores(books{accepted: map[string][]string{p.subject: ids}}, 90*time.Second)
	w.floods(topic, arrays(fixes[:50])...) // now the history itself tells
	if got := w.receives(weekFixes + 50); got.accepted != 0 {
		t.Errorf("after the outage: %+v, want duplicates only", got)
	}
}

// A start does not wait for the track history: what it lacks after a kill -9 is known
// from the journal, is not taken twice, and is stored when it can be.
func TestFault8RepeatsBeforeTheHistoryHasCaughtUp(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	unlock := lockDatabase(t, filepath.Join(w.data, "history.db"))
	send := func() { w.mosquittoPub("W1", "location", fix("one", 0, inTown), fix("two", time.Second, inTown)) }
	send()
	w.receives(2)
	d.kill()
	w.serve()
	send()
	if got := w.receives(2); got.accepted != 0 || got.duplicate != 2 {
		t.Errorf("after the restart: %+v, want duplicates only", got)
	}
	unlock()
	w.stores(books{accepted: map[string][]string{"S0001": {"one", "two"}}}, 30*time.Second)
}

// receives waits until the running daemon has received so many events.
func (w *world) receives(n int) account {
	w.t.Helper()
	eventually(w.t, 60*time.Second, "all messages are judged", func() bool { return w.account().received >= n })
	return w.account()
}
