package ingest

import (
	"context"
	"errors"
	"fmt"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// ErrNotConnected says that no connection to the broker is open.
var ErrNotConnected = errors.New("not connected to the broker")

// Publish sends a message to a device or an officer at QoS 1 and returns nil
// once the broker has acknowledged it, which does not tell that it has reached
// anyone. Without a connection it fails with ErrNotConnected. When ctx ends
// first the message may still go out: what is published has to carry an id that
// makes a second copy harmless. It is safe for concurrent use.
func (s *Subscriber) Publish(ctx context.Context, topic string, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	client := s.connected()
	if client == nil {
		return fmt.Errorf("publish: %w", ErrNotConnected)
	}
	sent := make(chan mqtt.Token, 1)
	go func() { sent <- client.Publish(topic, 1, false, payload) }() // blocks while the connection takes nothing
	select {
	case token := <-sent:
		return acknowledged(ctx, token)
	case <-ctx.Done():
		return fmt.Errorf("publish: %w", ctx.Err())
	}
}

func acknowledged(ctx context.Context, token mqtt.Token) error {
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("publish: no acknowledgement: %w", ctx.Err())
	}
}

// connected returns a client whose connection is open; nil: there is none.
func (s *Subscriber) connected() mqtt.Client {
	for _, l := range s.links {
		if l.client.IsConnectionOpen() {
			return l.client
		}
	}
	return nil
}
