package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The report of a grave incident that is drafted when a P1 turned out to be true, and
// not submitted in time, is a backlog of the office until it is.
func TestLiveOverdueIncident(t *testing.T) {
	w := newWorld(t)
	thresholds := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(thresholds, []byte("alert_backlog: {incident: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.flags = []string{"--rules.file", thresholds}
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	w.reportsIncident()
	eventually(t, 15*time.Second, "a backlog of the office", func() bool {
		w.deed(http.StatusOK, "contact", `{"result":"unreached"}`) // the journal's time goes on
		return len(w.api.alerts("kind=alert-backlog")) == 1
	})
	var list struct{ Items []struct{ ID int64 } }
	if err := json.Unmarshal([]byte(w.answers("GET", "incidents", "", http.StatusOK)), &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d incidents, %v", len(list.Items), err)
	}
	step, err := json.Marshal(map[string]any{"of": list.Items[0].ID, "step": "submitted", "what": "失联两日", "measures": "已报公安协查"})
	if err != nil {
		t.Fatal(err)
	}
	w.answers("POST", "incidents", string(step), http.StatusCreated)
	w.api.wantAlert("alert-backlog", "", func(a *alertDoc) bool { return a.Ended != nil })
}
