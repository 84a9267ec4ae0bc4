package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/journal"
	"correctiond/roster"
)

// discard is a sink that takes everything.
type discard struct{}

var _ ingest.Sink = discard{}

func (discard) Append(context.Context, roster.DistrictID, []event.Entry) error { return nil }

// The broker of a NATS server grants shared subscriptions and delivers nothing to
// them. No address tells; a message to ourselves does.
func TestABrokerThatDoesNotShareIsNoticed(t *testing.T) {
	s, err := journal.Open(t.Context(), journal.Config{
		Dir: t.TempDir(), Key: make([]byte, 32), MinFree: 1,
		MQTT: &journal.MQTT{Listen: "127.0.0.1:0", Authenticate: func(string, string) bool { return false }},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	login := s.Login()
	sub := ingest.NewSubscriber(ingest.Config{
		URL: login.URL, ClientID: login.ClientID, Username: login.User, Password: login.Password,
		ShareGroup: "jz", Find: func(roster.DeviceID) *roster.Directory { return nil }, IDs: ingest.NewRecentIDs(nil),
		Sink: discard{}, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sub.Run(ctx) }()
	eventually(t, 30*time.Second, "it is told", func() bool { return errors.Is(sub.Ready(), ingest.ErrNotShared) })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
