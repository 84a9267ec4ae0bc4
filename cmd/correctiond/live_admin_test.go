package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"correctiond/event"
)

// Administration through the API: lists of the roster, dead letters, registers
// and reports, on a running daemon.
func TestLiveAdministration(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	w.keepLetters(rejected("W1", event.DatumReason, time.Minute, fix("lost", 0, inTown)))
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}, person{subject: "S0002", device: "W2"}))

	w.signIn("--role", "district", "--district", "D1", "--name", "F9")
	w.editsRoster()
	w.answers("POST", "sweeps", `{"title":"排查","check":"当面核实","until":"`+day(7)+`"}`, http.StatusCreated, `"due":2,"done":0`)

	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	w.answers("POST", "contacts", `{"subject":"S0001","way":"call","result":"reached"}`, http.StatusCreated, `"office":"O1"`)
	w.answers("POST", "visits", `{"subject":"S0001","place":"家中","result":"情绪稳定","date":"`+day(0)+`"}`, http.StatusCreated)
	w.answers("POST", "track-reviews", `{"subject":"S0001","from":"`+day(-1)+`","until":"`+day(0)+`","finding":"normal"}`, http.StatusCreated, `"due":"`)
	w.answers("POST", "sweeps", `{"of":1,"step":"checked","subject":"S0001","finding":"normal"}`, http.StatusCreated, `"due":2,"done":1`, `"left":["S0002"]`)
	w.answers("GET", "overview", "", http.StatusOK, `"title":"排查"`)
	w.answers("GET", "subjects/S0001/timeline", "", http.StatusOK, `"what":"contacts"`, `"what":"visit"`, `"what":"track-reviews"`)
	w.reportsIncident()
	w.answers("GET", "reports/daily", "", http.StatusOK, `"probation":2`, `"kind":"contact-lost"`, `"unregistered":{`)

	w.signIn("--role", "ops", "--name", "watch")
	w.answers("GET", "deadletters", "", http.StatusOK, `"reason":"datum"`, `"kind":"location"`)
	w.answers("POST", "deadletters/1/replay", "", http.StatusOK, "accepted")
	w.answers("POST", "deadletters/1/replay", "", http.StatusConflict)
	w.answers("POST", "deadletters/9/replay", "", http.StatusNotFound)
}

// answers sends a request and expects a status and parts of the answer.
func (w *world) answers(method, path, body string, status int, parts ...string) string {
	w.t.Helper()
	resp, text := w.api.do(method, "/api/v1/"+path, body, "If-Match", "*")
	if resp.StatusCode != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, resp.StatusCode, status, text)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.t.Errorf("%s %s lacks %q: %s", method, path, part, text)
		}
	}
	return text
}

// editsRoster adds an office by its list, and undoes that with an import.
func (w *world) editsRoster() {
	w.t.Helper()
	whole := w.answers("GET", "roster/export", "", http.StatusOK, `"S0001"`)
	w.answers("GET", "offices", "", http.StatusOK, `"version":1`, `"O2"`)
	w.answers("PUT", "offices", `{"items":[{"id":"O1"},{"id":"O2"},{"id":"O3","name":"新所"}]}`, http.StatusOK, `"version":2`, `"added":["O3"]`)
	w.answers("PUT", "offices", `{"items":[{"id":"O3"}]}`, http.StatusUnprocessableEntity, `"where":"officers[F1].office"`)
	w.answers("POST", "roster/import?dry_run=true", whole, http.StatusOK, `"ended":["O3"]`, `"version":2`)
	w.answers("POST", "roster/import", whole, http.StatusOK, `"version":3`)
	resp, _ := w.api.do("PUT", "/api/v1/offices", `{"items":[]}`, "If-Match", `"2"`)
	if resp.StatusCode != http.StatusPreconditionFailed {
		w.t.Errorf("an edit of an old version: %d", resp.StatusCode)
	}
}

// reportsIncident closes a P1 as confirmed: a draft is there, due within a day.
func (w *world) reportsIncident() {
	w.t.Helper()
	w.deed(http.StatusOK, "lost", "")
	lost := w.api.wantAlert("contact-lost", "S0001", nil)
	w.answers("POST", "alerts/"+lost.ID+"/note", `{"text":"家属称已两日未归","about":"contact"}`, http.StatusOK)
	w.answers("POST", "alerts/"+lost.ID+"/close", `{"outcome":"confirmed","reason":"多方查找未果"}`, http.StatusOK)
	w.answers("GET", "incidents", "", http.StatusOK, `"alert":"`+lost.ID+`"`, `"confirmed":"`, `"state":"open"`, `"overdue":false`)
	w.answers("POST", "incidents", `{"alert":"`+lost.ID+`","title":"失联"}`, http.StatusConflict)
}
