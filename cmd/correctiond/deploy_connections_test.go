package main

import (
	"context"
	"crypto/tls"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// counting is a sink that counts what it is given.
type counting struct{ n atomic.Int64 }

var _ ingest.Sink = (*counting)(nil)

func (s *counting) Append(_ context.Context, _ roster.DistrictID, entries []event.Entry) error {
	s.n.Add(int64(len(entries)))
	return nil
}

// On Mosquitto's second listener the daemon may have several connections, and on the
// first no device can push one of them out.
func TestMosquittoListenerForSeveralConnections(t *testing.T) {
	p := &profile{t: t, addr: freeAddr(t), free: freeAddr(t)}
	p.start("correctiond", "W1")
	var stored counting
	sub := ingest.NewSubscriber(ingest.Config{
		URL: "mqtts://" + p.free, ClientID: "daemon", Username: "correctiond", Password: "secret of correctiond",
		TLS: &tls.Config{RootCAs: p.pool, ServerName: "localhost"}, ShareGroup: "jz", Connections: 3,
		Find: func(roster.DeviceID) *roster.Directory { return nil }, IDs: ingest.NewRecentIDs(nil), Sink: &stored,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sub.Run(ctx) }()
	eventually(t, 20*time.Second, "three connections", func() bool { return sub.Ready() == nil })
	rival, err := p.login("W1", func(o *mqtt.ClientOptions) { o.SetClientID("daemon-1") })
	if err != nil {
		t.Fatal(err)
	}
	rival.publish(slices.Repeat([]string{"jz/v1/W1/status"}, 30)...)
	eventually(t, 20*time.Second, "all are taken", func() bool { return stored.n.Load() == 30 })
	if err := sub.Publish(ctx, "jz/v1/W1/notice", []byte("{}")); err != nil || sub.Ready() != nil {
		t.Errorf("publish: %v, ready: %v", err, sub.Ready())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
