package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// noticePublisher sends a message to a device through the broker, and returns
// when the broker has it.
type noticePublisher interface {
	Publish(ctx context.Context, topic string, payload []byte) error
}

// Bounds of notices: what is older is of no use to the wearer any more, and what
// is more than the board holds is dropped. The way of an event never waits for one.
const (
	noticeAge     = 3 * time.Minute
	noticesMax    = 1024
	noticeTimeout = 10 * time.Second
)

// noticeBoard passes the engines' notices on to the devices.
type noticeBoard struct {
	prefix, language string
	loc              *time.Location
	queue            chan rules.Notice
	now              func() time.Time
	log              *slog.Logger
}

func newNoticeBoard(cfg *config, log *slog.Logger) *noticeBoard {
	loc, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		loc = time.UTC // the configuration has been checked
	}
	return &noticeBoard{
		prefix: cmp.Or(cfg.MQTT.Prefix, "jz"), language: cfg.Language, loc: loc,
		queue: make(chan rules.Notice, noticesMax), now: time.Now, log: log.With("component", "notices"),
	}
}

// offer takes notices without waiting. Those of old instants, as recovery gives
// them, were sent at their time.
func (b *noticeBoard) offer(notices []rules.Notice) {
	if b == nil {
		return
	}
	for _, n := range notices {
		if b.old(n) {
			continue
		}
		select {
		case b.queue <- n:
		default:
			b.log.Warn("notice is dropped: too many are waiting", "device", n.Device)
		}
	}
}

func (b *noticeBoard) old(n rules.Notice) bool {
	return roster.InstantOf(b.now())-n.At > roster.Length(noticeAge)
}

// run publishes notices until ctx ends. One that cannot be sent is logged: the
// next loss of position brings another.
func (b *noticeBoard) run(ctx context.Context, p noticePublisher) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-b.queue:
			if b.old(n) {
				continue
			}
			if err := b.publish(ctx, p, n); err != nil && ctx.Err() == nil {
				b.log.Warn("notice is not sent", "device", n.Device, "err", err)
			}
		}
	}
}

func (b *noticeBoard) publish(ctx context.Context, p noticePublisher, n rules.Notice) error {
	payload, err := json.Marshal(map[string]string{
		"id": n.ID, "time": n.At.Time(b.loc).Format(rfc3339Milli), "text": n.Text.In(b.language),
	})
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	return p.Publish(ctx, b.prefix+"/v1/"+string(n.Device)+"/notice", payload)
}
