package ingest

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Probe connects to the broker as a Subscriber would and asks for the same
// subscriptions, then leaves. It has a client id and, for a shared subscription, a
// group of its own, so that it takes neither the session nor a message of a running
// daemon. ErrRefused: the broker does not grant a subscription.
func Probe(ctx context.Context, cfg Config) error {
	name := "jzd-check-" + rand.Text()[:12]
	cfg.ClientID, cfg.MaxInflight = name, 1
	if cfg.ShareGroup != "" {
		cfg.ShareGroup = name
	}
	s := NewSubscriber(cfg)
	client := mqtt.NewClient(mqtt.NewClientOptions().
		AddBroker(cfg.URL).SetUsername(cfg.Username).SetPassword(cfg.Password).SetTLSConfig(cfg.TLS).
		SetClientID(name).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectTimeout(probeTimeout).SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {}))
	defer client.Disconnect(0)
	if err := answered(ctx, client.Connect()); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	token := client.SubscribeMultiple(s.filters, nil)
	if err := answered(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return granted(token, s.filters)
}

const probeTimeout = 5 * time.Second

// answered waits for the answer of the broker.
func answered(ctx context.Context, token mqtt.Token) error {
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
}
