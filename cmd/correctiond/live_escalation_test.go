package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A chain goes on where it stood after a kill -9, and an alert keeps its chain
// when the file is read again.
func TestLiveChainsOutliveAKill(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	file := filepath.Join(shortDir(t), "chains.yaml")
	chain := func(after string) string {
		return "version: 1\nP1: {rungs: [{to: [officer]}, {after: " + after + ", to: [office_head]}, {after: 2h, to: [district_leader]}], repeat: 1h}\n"
	}
	writeRules(t, file, chain("3s"))
	w.flags = []string{"--alerts.chains_file", file}
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	d := w.serve()
	w.deed(http.StatusOK, "lost", "")
	lost := w.api.wantAlert("contact-lost", "S0001", nil)
	d.kill()
	writeRules(t, file, chain("1h"))
	d = w.serve()
	timeline := func() string {
		_, text := w.api.do("GET", "/api/v1/alerts/"+lost.ID, "")
		return text
	}
	eventually(t, 15*time.Second, "the second rung is taken", func() bool { return strings.Contains(timeline(), `"next_rung"`) })
	if n := strings.Count(timeline(), `"next_rung"`); n != 1 {
		t.Errorf("%d rungs are taken", n)
	}
	if n := w.metric("correctiond_escalation_overdue"); n != 0 {
		t.Errorf("%v steps are overdue", n)
	}
	writeRules(t, file, "version: 1\nP1: {}\n")
	w.hangUp(d, "nothing is reloaded")
	writeRules(t, file, chain("2s"))
	w.hangUp(d, "rule file read again")
}

// A rota is taken over when its people are in the roster, and given out again.
func TestRotaCommands(t *testing.T) {
	w := newWorld(t)
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	file := filepath.Join(t.TempDir(), "rota.yaml")
	shift := func(who string) string {
		return "version: 1\nshifts:\n  - {post: duty, office: O1, from: 2026-03-02T08:30:00+08:00, until: 2026-03-03, officers: [" + who + "]}\n"
	}
	writeRules(t, file, shift("F1"))
	if out := w.command("rota", "import", "--data", w.data, file); out != "rota of D1: version 1, 1 shifts" {
		t.Errorf("got %q", out)
	}
	out := w.command("rota", "export", "--data", w.data)
	writeRules(t, file, out+"\n")
	if again := w.command("rota", "import", "--data", w.data, file); again != "rota of D1: version 2, 1 shifts" || !strings.Contains(out, "F1") {
		t.Errorf("got %q of\n%s", again, out)
	}
	for text, want := range map[string]string{shift("X9"): `shifts[0].officers "X9" is not in the roster`, "version: 1\nturns: []\n": "unknown key"} {
		writeRules(t, file, text)
		if got := w.run("rota", "import", "--data", w.data, file); got.code != 2 || !strings.Contains(got.err, want) {
			t.Errorf("got %+v", got)
		}
	}
}
