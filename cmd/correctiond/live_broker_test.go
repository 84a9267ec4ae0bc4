package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With a Mosquitto between, messages sent while the daemon is down arrive later,
// and a restarted broker is found again under the same client id.
func TestLiveWithExternalBroker(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	broker := externalBroker(t, w.mqtt)
	w.flags = []string{"--mqtt.url", "mqtt://" + w.mqtt}
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	d := w.serve()
	w.mosquittoPub("W1", "location", fix("a1", -6*time.Minute, inTown), fix("a2", -4*time.Minute, outside))
	d.stop(15 * time.Second)
	w.mosquittoPub("W1", "location", fix("a3", -2*time.Minute, outside), fix("a4", -time.Minute, outside))
	w.serve()
	w.api.wantAlert("area-exit", "S0001", func(a *alertDoc) bool { return a.Ended == nil })

	broker.stop(10 * time.Second)
	eventually(t, 10*time.Second, "/readyz answers 503 without a broker", func() bool { return w.api.status("/readyz") == 503 })
	again := externalBroker(t, w.mqtt)
	eventually(t, 40*time.Second, "the daemon has found the broker again", func() bool { return w.api.status("/readyz") == 200 })
	w.mosquittoPub("W1", "location", fix("a5", 0, inTown), fix("a6", time.Second, inTown), fix("a7", 2*time.Second, inTown))
	w.api.wantAlert("area-exit", "S0001", func(a *alertDoc) bool { return a.Ended != nil })
	if got := strings.Join(w.track("S0001"), " "); got != "a1 a2 a3 a4 a5 a6 a7" {
		t.Errorf("track %s", got)
	}

	id, err := os.ReadFile(filepath.Join(w.data, "mqtt-client-id"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*process{broker, again} {
		if got := b.log.String(); !strings.Contains(got, " as "+string(id)+" (p2, c0, ") || strings.Count(got, " as jzd-") != strings.Count(got, string(id)+" (p2") {
			t.Errorf("the broker saw other sessions than %s:\n%s", id, got)
		}
	}
}
