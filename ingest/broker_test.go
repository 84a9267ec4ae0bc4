package ingest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/bench/freeport"
)

// broker is a Mosquitto on a loopback port of its own.
type broker struct {
	url string
	cmd *exec.Cmd
	// addr and file are those of every start; log is what it says.
	addr, file, log string
}

// startBroker runs Mosquitto with further lines of configuration.
func startBroker(t *testing.T, config ...string) *broker {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("mosquitto is not installed")
		}
		t.Fatal("mosquitto is not installed")
	}
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("user root\nlistener %s 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 0\n", port)
	for _, line := range config {
		text += line + "\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	b := &broker{url: "mqtt://" + addr, addr: addr, file: file, log: file + ".log"}
	b.run(t, path)
	return b
}

// run starts the program with the configuration it has.
func (b *broker) run(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command(path, "-c", b.file)
	b.cmd = cmd
	said, err := os.OpenFile(b.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("mosquitto: %s", b.said(t))
		}
	})
	eventually(t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", b.addr)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

// said is what the broker has logged.
func (b *broker) said(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(b.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sees waits until the broker has taken leave of the subscriber's connections that
// end disconnects, and with that read what these acknowledged: a successor that
// comes before is given it again.
func (b *broker) sees(t *testing.T, connections int, end func() error) {
	t.Helper()
	left := func() int {
		n := 0
		for line := range strings.Lines(b.said(t)) {
			if strings.Contains(line, ": Client correctiond-test") && strings.HasSuffix(line, " disconnected.\n") {
				n++
			}
		}
		return n
	}
	before := left()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker has seen the end", func() bool { return left() >= before+connections })
}

// restart stops the broker, lets meanwhile happen and starts it again.
func (b *broker) restart(t *testing.T, meanwhile func()) {
	t.Helper()
	path := b.cmd.Path
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	meanwhile()
	b.run(t, path)
}

// freeAddr finds a port that is the test's until its end.
func freeAddr(t *testing.T) string {
	t.Helper()
	addr, release, err := freeport.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	return addr
}

// eventually polls a condition for half a minute.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	within(t, 30, what, ok)
}

// within polls a condition for so many seconds.
func within(t *testing.T, seconds int, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Duration(seconds) * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// device is a client that publishes.
func (b *broker) device(t *testing.T) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(b.url).SetClientID("device"))
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(100) })
	return c
}

// publish sends at QoS 1 and waits for the broker's answer.
func publish(t *testing.T, c mqtt.Client, topic, payload string) {
	t.Helper()
	if token := c.Publish("jz/v1/"+topic, 1, false, payload); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("publish: %v", token.Error())
	}
}

// steal takes the session of a client over for a moment, which ends the
// client's connection.
func (b *broker) steal(t *testing.T, clientID string) {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(b.url).SetClientID(clientID).
		SetCleanSession(false).SetAutoAckDisabled(true).SetAutoReconnect(false))
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	c.Disconnect(0)
}
