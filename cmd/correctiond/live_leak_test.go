package main

import (
	"net/http"
	"testing"
	"time"
)

// People come and go all day: sessions and streams that are over leave nothing open.
func TestLiveStreamsLeaveNothingOpen(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	visit := func() {
		w.session(t)
		events, stop := w.api.stream("")
		wantEvent(t, events, 5*time.Second, "overview", "{")
		stop()
	}
	for range 20 {
		visit()
	}
	w.api.http.CloseIdleConnections()
	before, goroutines := d.openFiles(), w.metric("go_goroutines")
	for range 200 {
		visit()
	}
	if code := w.api.status("/healthz"); code != http.StatusOK {
		t.Errorf("/healthz answers %d", code)
	}
	w.api.http.CloseIdleConnections()
	const slack = 10
	eventually(t, 15*time.Second, "file handles are closed again", func() bool { return d.openFiles() <= before+slack })
	eventually(t, 15*time.Second, "goroutines have ended", func() bool {
		w.api.http.CloseIdleConnections()
		return w.metric("go_goroutines") <= goroutines+slack
	})
	t.Logf("%d file handles before 200 visits, %d after; goroutines %v, %v", before, d.openFiles(), goroutines, w.metric("go_goroutines"))
}
