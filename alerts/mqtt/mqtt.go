// Package mqtt publishes notices for the officers' app, through the broker that
// the devices use.
package mqtt

import (
	"context"
	"errors"
	"strings"

	"correctiond/alerts/notice"
)

// A Publisher publishes at QoS 1 and returns nil once the broker has
// acknowledged, which does not tell that the app has it.
type Publisher interface {
	Publish(ctx context.Context, topic string, payload []byte) error
}

// Config is what the channel needs: nothing of its own.
type Config struct{}

// Check finds nothing wrong.
func (*Config) Check() error { return nil }

// Complete finds nothing missing.
func (*Config) Complete() error { return nil }

// Channel publishes to PREFIX/notify/OFFICER.
type Channel struct {
	prefix string
	to     Publisher
}

// New makes the channel; without a publisher nothing can be sent.
func New(prefix string, to Publisher) *Channel { return &Channel{prefix, to} }

// Send publishes the letter for its officer. The broker's acknowledgement is the
// success; the payload is that of alerts.Letter.JSON.
func (c *Channel) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	officer := string(l.Officer)
	if officer == "" || strings.ContainsAny(officer, "+#/\x00") {
		return notice.Receipt{}, notice.Undeliverable("no recipient", "the notice is for no officer whose id can stand in a topic")
	}
	if c.to == nil {
		return notice.Receipt{}, notice.Unreached(errNoBroker)
	}
	payload, err := l.JSON()
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	if err := c.to.Publish(ctx, c.prefix+"/notify/"+officer, payload); err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	return notice.Receipt{Answer: "PUBACK"}, nil
}

var errNoBroker = errors.New("only the running daemon is connected to the broker")

// Try tells where notices go; the broker itself is tried with mqtt.url.
func (c *Channel) Try(context.Context) (string, error) {
	return "publishes to " + c.prefix + "/notify/OFFICER", nil
}
