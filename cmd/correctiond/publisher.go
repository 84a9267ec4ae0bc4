package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/sim"
)

// Bounds of the publisher of simulated messages.
const (
	publishWindow  = 1000 // messages not yet acknowledged
	publishTimeout = 30 * time.Second
)

// publisher sends simulated messages to a broker at QoS 1: every device through a
// connection of its own, or all through one.
type publisher struct {
	url     string
	tls     *tls.Config
	login   func(device string) (user, password string)
	shared  bool
	clients map[string]mqtt.Client
	waiting []mqtt.Token
}

func newPublisher(url string, settings *tls.Config, login func(device string) (user, password string)) *publisher {
	return &publisher{url: url, tls: settings, login: login, clients: map[string]mqtt.Client{}}
}

// send publishes a line; it waits when too many are unacknowledged.
func (p *publisher) send(ctx context.Context, l sim.Line) error {
	client, err := p.client(ctx, l.Topic)
	if err != nil {
		return err
	}
	p.waiting = append(p.waiting, client.Publish(l.Topic, 1, false, l.Payload))
	if len(p.waiting) < publishWindow {
		return nil
	}
	return p.flush(ctx)
}

// flush waits until the broker has acknowledged everything.
func (p *publisher) flush(ctx context.Context) error {
	for _, token := range p.waiting {
		if err := awaitToken(ctx, token); err != nil {
			return fmt.Errorf("publish to %s: %w", p.url, err)
		}
	}
	p.waiting = p.waiting[:0]
	return nil
}

func (p *publisher) client(ctx context.Context, topic string) (mqtt.Client, error) {
	device := ""
	if parts := strings.Split(topic, "/"); !p.shared && len(parts) > 2 {
		device = parts[2]
	}
	if c := p.clients[device]; c != nil {
		return c, nil
	}
	user, password := p.login(device)
	options := mqtt.NewClientOptions().AddBroker(p.url).SetUsername(user).SetPassword(password).SetTLSConfig(p.tls).
		SetClientID(fmt.Sprintf("sim-%s-%d", device, time.Now().UnixNano())).SetConnectTimeout(publishTimeout).
		SetAutoReconnect(true).SetMaxReconnectInterval(5 * time.Second)
	c := mqtt.NewClient(options)
	if err := awaitToken(ctx, c.Connect()); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", p.url, err)
	}
	p.clients[device] = c
	return c, nil
}

func awaitToken(ctx context.Context, token mqtt.Token) error {
	timeout := time.NewTimer(publishTimeout)
	defer timeout.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-timeout.C:
		return fmt.Errorf("no acknowledgement in %v", publishTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *publisher) close() {
	for _, c := range p.clients {
		c.Disconnect(250)
	}
}
