package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mosquittoPub publishes one message per line with a client that others wrote,
// each at QoS 1, logged in as the device.
func (w *world) mosquittoPub(device, topic string, payloads ...string) {
	w.t.Helper()
	if got := w.tryPub(device, w.passwords[device], topic, payloads...); got.code != 0 {
		w.t.Fatalf("mosquitto_pub as %s to %s: exit %d: %s", device, topic, got.code, got.err)
	}
}

// tryPub publishes and tells how it went. A topic without a slash is one of the
// device's own.
func (w *world) tryPub(device, password, topic string, payloads ...string) outcome {
	w.t.Helper()
	if !strings.Contains(topic, "/") {
		topic = "jz/v1/" + device + "/" + topic
	}
	host, port, err := net.SplitHostPort(w.mqtt)
	if err != nil {
		w.t.Fatal(err)
	}
	argv := []string{"-h", host, "-p", port, "-i", "client-of-" + device, "-q", "1", "-t", topic, "-l"}
	if password != "" {
		argv = append(argv, "-u", device, "-P", password)
	}
	var errOut bytes.Buffer
	c := exec.Command(tool(w.t, "mosquitto_pub"), argv...)
	c.Stdin, c.Stderr = strings.NewReader(strings.Join(payloads, "\n")+"\n"), &errOut
	if err := c.Run(); err != nil && c.ProcessState == nil {
		w.t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), "", errOut.String()}
}

// externalBroker starts a Mosquitto on the address. It keeps its sessions in
// memory: they live as long as it does.
func externalBroker(t *testing.T, addr string, extra ...string) *process {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{
		"listener " + port + " 127.0.0.1", "allow_anonymous true", "persistence false",
		"max_queued_messages 0", "max_inflight_messages 1000",
	}, extra...)
	name := filepath.Join(shortDir(t), "mosquitto.conf")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, tool(t, "mosquitto"), "-c", name)
	eventually(t, 10*time.Second, fmt.Sprintf("mosquitto listens on %s", addr), func() bool {
		if !p.running() {
			t.Fatalf("mosquitto ended:\n%s", p.log)
		}
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return p
}
