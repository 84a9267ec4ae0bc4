package ingest

import (
	"context"
	"errors"
	"fmt"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// errOffline says that a message cannot be sent now.
var errOffline = errors.New("broker is not connected")

func (s *Subscriber) setClient(c mqtt.Client) {
	s.mu.Lock()
	s.client = c
	s.mu.Unlock()
}

// Publish sends a message to a device at QoS 1 and returns when the broker has
// taken it over, or why it has not. It never waits for a connection.
func (s *Subscriber) Publish(ctx context.Context, topic string, payload []byte) error {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client == nil || !client.IsConnectionOpen() {
		return fmt.Errorf("publish to %s: %w", topic, errOffline)
	}
	token := client.Publish(topic, 1, false, payload)
	select {
	case <-token.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := token.Error(); err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	return nil
}
