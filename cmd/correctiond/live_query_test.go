package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whoever asks for tracks that are not theirs is asked why by the district, and does
// not decide on it.
func TestLiveAnomalousQueries(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	asks := func(subject, reason string, want int) {
		t.Helper()
		span := strings.ReplaceAll("from="+at(-time.Hour)+"&until="+at(time.Hour), "+", "%2B")
		if resp, text := w.api.do("GET", "/api/v1/subjects/"+subject+"/track?"+span+"&reason="+reason, ""); resp.StatusCode != want {
			t.Errorf("track of %s: %d, want %d: %s", subject, resp.StatusCode, want, text)
		}
	}

	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	officer := w.api.token
	asks("S0001", "live-test", http.StatusOK)
	asks("S7777", "live-test", http.StatusNotFound)

	w.signIn("--role", "district", "--district", "D1", "--name", "F1")
	a := w.api.wantAlert("query-anomaly", "", nil)
	if code, text := w.api.act(&a, "ack", `{}`); code != http.StatusConflict || !strings.Contains(text, "somebody else") {
		t.Errorf("F1 takes on an alert about F1: %d %s", code, text)
	}
	w.api.token = officer
	if mine := w.api.alerts("kind=query-anomaly"); len(mine) != 0 {
		t.Errorf("the office sees %+v", mine)
	}

	if code, _ := d.stop(15 * time.Second); code != 0 {
		t.Fatalf("serve ended with %d", code)
	}
	w.serve()
	w.signIn("--role", "district", "--district", "D1", "--name", "D1")
	if code, text := w.api.act(&a, "ack", `{}`); code != http.StatusOK {
		t.Errorf("D1 takes it on after a restart: %d %s", code, text)
	}
	if code, text := w.api.act(&a, "close", `{"outcome":"unfounded","reason":"mistyped number"}`); code != http.StatusOK {
		t.Errorf("D1 closes it: %d %s", code, text)
	}
}
