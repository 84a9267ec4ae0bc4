package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A foreign client sends positions; people see the alert, deal with it, and
// nothing of that is lost when the daemon restarts.
func TestLiveFromForeignClientToClosedAlert(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	d := w.serve()
	if got := w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"})); !strings.Contains(got, "S0001") {
		t.Errorf("import does not say what it adds: %q", got)
	}
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")

	events, _ := w.api.stream("")
	w.mosquittoPub("W1", "location", fix("a1", -6*time.Minute, inTown), fix("a2", -4*time.Minute, outside), fix("a3", -2*time.Minute, outside))
	sent := time.Now()
	w.mosquittoPub("W1", "location", fix("a4", 0, outside))
	seen := wantEvent(t, events, 5*time.Second, "alert", "area-exit")
	t.Logf("the alert was live %v after its last fix was sent", seen.got.Sub(sent))
	a := w.api.wantAlert("area-exit", "S0001", nil)
	if a.Severity != "P2" || a.State != "open" || a.Condition != "active" || a.Ended != nil {
		t.Errorf("alert %+v", a)
	}

	w.acknowledges(a)
	events, stop := w.api.stream(seen.id)
	wantEvent(t, events, 2*time.Second, "alert", `"state":"acknowledged"`)
	if code, took := d.stop(15 * time.Second); code != 0 {
		t.Errorf("serve with an open stream ended with %d after %v", code, took)
	}
	stop()

	w.serve()
	events, _ = w.api.stream(seen.id)
	wantEvent(t, events, 2*time.Second, "alert", `"state":"acknowledged"`)
	a = w.api.wantAlert("area-exit", "S0001", func(a *alertDoc) bool { return a.State == "acknowledged" && a.Ended == nil })
	w.mosquittoPub("W1", "location", fix("b1", time.Second, inTown), fix("b2", 2*time.Second, inTown), fix("b3", 3*time.Second, inTown))
	a = w.api.wantAlert("area-exit", "S0001", func(a *alertDoc) bool { return a.Ended != nil })
	if a.State != "acknowledged" {
		t.Errorf("the end of the outing made it %s", a.State)
	}
	w.closes(a)
	if got := strings.Join(w.track("S0001"), " "); got != "a1 a2 a3 a4 b1 b2 b3" {
		t.Errorf("track %s", got)
	}
}

// acknowledges takes the alert over; an old version is told so.
func (w *world) acknowledges(a alertDoc) {
	w.t.Helper()
	before := a
	if code, text := w.api.act(&a, "ack", ""); code != http.StatusOK || a.State != "acknowledged" {
		w.t.Fatalf("ack: %d %s", code, text)
	}
	if code, text := w.api.act(&before, "note", `{"text":"已电话联系"}`); code != http.StatusPreconditionFailed {
		w.t.Errorf("note on a stale version: %d %s", code, text)
	}
}

// closes closes the alert, which has to say why.
func (w *world) closes(a alertDoc) {
	w.t.Helper()
	if code, text := w.api.act(&a, "close", `{"outcome":"excused"}`); code != http.StatusUnprocessableEntity || !strings.Contains(text, "reason") {
		w.t.Errorf("close without a reason: %d %s", code, text)
	}
	if code, text := w.api.act(&a, "close", `{"outcome":"excused","reason":"就医，病历已核实"}`); code != http.StatusOK || a.State != "closed" {
		w.t.Errorf("close: %d %s", code, text)
	}
}

func TestLiveHealthAndMetricsNameNobody(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.mosquittoPub("W1", "status", status("s1", "strap_open", at(0)))
	w.mosquittoPub("W1", "location", fix("l1", 0, inTown))
	w.signIn("--role", "district", "--name", "L1")
	w.api.wantAlert("strap-tamper", "S0001", nil)
	if code := w.api.status("/healthz"); code != http.StatusOK {
		t.Errorf("/healthz answers %d", code)
	}
	text := w.metrics()
	for _, want := range []string{
		"correctiond_ingest_accepted_total 2", `correctiond_episodes_opened_total{kind="strap-tamper",severity="P1"} 1`, "correctiond_build_info",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for line := range strings.Lines(text) {
		for _, id := range []string{"S0001", "W1", "F1", "示例"} {
			if strings.Contains(line, `"`+id) {
				t.Errorf("/metrics names %s: %s", id, line)
			}
		}
	}
}

func TestLiveSecondDaemonIsRefused(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	second := w.launch()
	second.ended(15 * time.Second)
	if code := second.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(second.log.String(), fmt.Sprintf("process %d", d.cmd.Process.Pid)) {
		t.Errorf("second serve: exit %d\n%s", code, second.log)
	}
	if w.api.status("/readyz") != http.StatusOK {
		t.Error("the first daemon suffered")
	}
	if code, took := d.stop(15 * time.Second); code != 0 {
		t.Errorf("SIGTERM: exit %d after %v", code, took)
	}
}
