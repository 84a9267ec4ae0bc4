package ingest_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"correctiond/ingest"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// A challenge reaches its device, and the daemon, whose subscription matches it
// too, makes nothing of it.
func TestPublishReachesTheDevice(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	d := start(t, b, sink)
	d.ready(t)
	phone, heard := b.device(t), make(chan string, 1)
	phone.Subscribe("jz/v1/P1/challenge", 1, func(_ mqtt.Client, m mqtt.Message) { heard <- string(m.Payload()) }).Wait()
	if err := d.Publish(t.Context(), "jz/v1/P1/challenge", []byte(`{"id":"c1"}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != `{"id":"c1"}` {
			t.Errorf("heard %s", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("the device heard nothing")
	}
	publish(t, phone, "W1/location", location())
	eventually(t, "a later message is stored", func() bool { return len(sink.list()) == 1 })
	if n := d.sum(t, "correctiond_ingest_received_total"); n != 1 {
		t.Errorf("%v events received, want that of the device only", n)
	}
}

func TestPublishWithoutConnection(t *testing.T) {
	d := start(t, &broker{url: "mqtt://" + freeAddr(t)}, &memory{})
	if err := d.Publish(t.Context(), "jz/v1/P1/notice", nil); !errors.Is(err, ingest.ErrNotConnected) {
		t.Errorf("got %v", err)
	}
}

// A broker that hangs holds nobody up for longer than asked.
func TestPublishEndsWithItsContext(t *testing.T) {
	b := startBroker(t)
	d := start(t, b, &memory{})
	d.ready(t)
	if err := b.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.cmd.Process.Signal(syscall.SIGCONT) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.Publish(ctx, "jz/v1/P1/notice", []byte("{}")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := d.Publish(ctx, "jz/v1/P1/notice", []byte("{}")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a context that has ended: %v", err)
	}
}
