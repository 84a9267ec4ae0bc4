package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A test notice reaches the app of the officer through a Mosquitto, over the connection
// of the daemon that runs; without one nobody is told, and the command says why.
func TestLiveNotifyTestByMQTT(t *testing.T) {
	sub := tool(t, "mosquitto_sub")
	w := newWorld(t)
	broker := externalBroker(t, w.mqtt, "log_type all")
	name := filepath.Join(shortDir(t), "config.yaml")
	if err := os.WriteFile(name, []byte("language: en\nalerts: {channels: [{name: app, kind: mqtt}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.flags = []string{"--mqtt.url", "mqtt://" + w.mqtt, "--config", name}
	host, port, err := net.SplitHostPort(w.mqtt)
	if err != nil {
		t.Fatal(err)
	}
	app := start(t, nil, sub, "-h", host, "-p", port, "-i", "app-of-F1", "-q", "1", "-C", "1", "-F", "%q %t %p", "-t", "jz/notify/F1")
	eventually(t, 10*time.Second, "the app has subscribed", func() bool { return strings.Contains(broker.log.String(), "Sending SUBACK to app-of-F1") })
	sent := func(argv ...string) outcome {
		return w.run(append([]string{"notify", "test", "--config", name}, argv...)...)
	}

	if got := sent("app", "--to", "F1"); got.code != 1 || !strings.Contains(got.err, "only the running daemon is connected to the broker") {
		t.Errorf("without a daemon: %+v", got)
	}
	w.serve()
	eventually(t, 10*time.Second, "the daemon is connected", func() bool { return w.api.status("/readyz") == 200 })
	if got := sent("app"); got.code != 2 || !strings.Contains(got.err, "--to: whom?") {
		t.Errorf("to nobody: %+v", got)
	}
	if got := sent("app", "--to", "F2/#"); got.code != 1 || !strings.Contains(got.err, "not delivered") {
		t.Errorf("to everybody: %+v", got)
	}
	if got := sent("app", "--to", "F1"); got.code != 0 || got.out != "app: delivered: PUBACK\n" {
		t.Errorf("%+v", got)
	}
	eventually(t, 10*time.Second, "the app has the notice", func() bool { return !app.running() })
	if got := app.log.String(); !strings.HasPrefix(got, `1 jz/notify/F1 {"key":"test/`) || !strings.Contains(got, "test notice, nothing to do") {
		t.Errorf("the app has got\n%s", got)
	}
}
