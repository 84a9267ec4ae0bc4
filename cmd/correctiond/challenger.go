package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/rules"
)

// Bounds of the challenger: how often it looks, how late a draw may be issued
// after an outage, and how long the broker may take for a message.
const (
	challengeLook    = time.Second
	challengeLate    = 10 * roster.Minute
	challengePublish = 10 * time.Second
)

// messenger sends messages to devices.
type messenger interface {
	Publish(ctx context.Context, topic string, payload []byte) error
}

var _ messenger = (*ingest.Subscriber)(nil)

// challenger challenges the people of a district at random (抽查): it journals what
// the lottery draws, and sends to the phones what the journal holds, whoever asked
// for it. Draws have fixed ids, and the engine knows those that stand in the
// journal: none is issued twice.
type challenger struct {
	district *district
	lottery  func() rules.Lottery
	send     func() messenger // nil: there is none yet
	prefix   string           // of topics
	language string
	logger   *slog.Logger

	day     roster.Instant            // that the plan is of
	plan    []rules.Drawn             // of today, by time; what is past is gone
	waiting []addressed               // to be sent
	sent    map[string]roster.Instant // and until when it matters
}

// addressed is a challenge with whom it is about.
type addressed struct {
	rules.Challenge
	subject roster.SubjectID
}

// asked hands challenges that the journal holds from the engine's goroutine over
// to the challenger's.
type asked struct {
	mu   sync.Mutex
	list []addressed
}

func (a *asked) add(calls []rules.Calls) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range calls {
		for _, ch := range c.Challenges {
			a.list = append(a.list, addressed{ch, c.Subject})
		}
	}
}

func (a *asked) take() []addressed {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := a.list
	a.list = nil
	return list
}

func (d *daemon) newChallenger(x *district) (*challenger, error) {
	secret, err := d.dir.key(challengeKey)
	if err != nil {
		return nil, err
	}
	return &challenger{
		district: x, prefix: d.cfg.MQTT.Prefix, language: d.cfg.Language, logger: x.logger, sent: map[string]roster.Instant{},
		lottery: func() rules.Lottery {
			return rules.Lottery{Secret: secret, Calendar: d.cal, Config: d.rules.Load().Challenge}
		},
		send: func() messenger {
			if sub := d.subscribe.Load(); sub != nil {
				return sub
			}
			return nil
		},
	}, nil
}

// run challenges until ctx ends.
func (c *challenger) run(ctx context.Context) error {
	return repeat(ctx, challengeLook, func() {
		if !c.district.behind(ctx) { // else the engine does not know all that was issued
			c.step(ctx, nowInstant())
		}
	})
}

// step issues what is due and sends what has been issued.
func (c *challenger) step(ctx context.Context, now roster.Instant) {
	if entries := c.due(now); len(entries) > 0 {
		err := c.district.append(ctx, entries)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, journal.ErrFull):
			c.logger.Error("challenges are not issued: the journal is full", "count", len(entries))
		default:
			c.logger.Error("challenges are not issued", "count", len(entries), "err", err)
		}
	}
	c.publish(ctx, now)
}

// draw makes the plan of a day. Only the list of people keeps the engine waiting,
// not the lottery.
func (c *challenger) draw(l *rules.Lottery, day roster.Instant) {
	var lots []rules.Lot
	known := false
	c.district.ask(func(e *rules.Engine) {
		if known = e.Directory() != nil; known {
			lots = e.Lots(day)
		}
	})
	if known {
		c.day, c.plan = day, l.Draws(lots, day)
	}
}

// due takes from the plan what is to be issued now.
func (c *challenger) due(now roster.Instant) []event.Entry {
	var entries []event.Entry
	l := c.lottery()
	if day := l.Calendar.DayStart(now); day != c.day {
		c.draw(&l, day)
	}
	c.district.ask(func(e *rules.Engine) {
		if e.Directory() == nil {
			return
		}
		for ; len(c.plan) > 0 && c.plan[0].At <= now; c.plan = c.plan[1:] {
			drawn := c.plan[0]
			if device, ok := e.Challengeable(drawn, now); ok && drawn.At > now-challengeLate {
				entries = append(entries, issue(drawn, device, now, roster.Length(time.Duration(l.Config.Expires))))
			}
		}
	})
	return entries
}

func issue(d rules.Drawn, device roster.DeviceID, now, length roster.Instant) event.Entry {
	return event.Entry{At: now, Act: &event.Act{
		Type: event.ActChallenge, By: "system", Device: device, ID: d.ID,
		Issued: &roster.Date{At: now}, Expires: &roster.Date{At: now + length},
	}}
}

// publish sends the challenges that still wait for an answer. After a restart
// that may be a second time: the phone knows them by their id.
func (c *challenger) publish(ctx context.Context, now roster.Instant) {
	c.waiting = append(c.waiting, c.district.asked.take()...)
	var again []addressed
	for _, a := range c.waiting {
		if c.sent[a.ID] != 0 || !c.waits(a, now) {
			continue
		}
		if err := c.deliver(ctx, a); err != nil {
			again = append(again, a)
			c.logger.Warn("challenge is not sent yet", "challenge", a.ID, "err", err)
			continue
		}
		c.sent[a.ID] = a.Expires
	}
	c.waiting = again
	maps.DeleteFunc(c.sent, func(_ string, expires roster.Instant) bool { return expires <= now })
}

func (c *challenger) waits(a addressed, now roster.Instant) (waits bool) {
	c.district.ask(func(e *rules.Engine) { waits = e.Waits(a.subject, a.ID, now) })
	return waits
}

// challengeDoc is the message that a phone gets.
type challengeDoc struct {
	ID      string `json:"id"`
	Issued  string `json:"issued"`
	Expires string `json:"expires"`
	Text    string `json:"text"`
}

func (c *challenger) deliver(ctx context.Context, a addressed) error {
	to := c.send()
	if to == nil {
		return errors.New("the broker is not connected yet")
	}
	loc := c.lottery().Calendar.Location()
	until := a.Expires.Time(loc)
	text := rules.Text{ZH: "请在 " + until.Format("15:04") + " 前完成一次签到", EN: "Please check in before " + until.Format("15:04")}
	payload, err := json.Marshal(challengeDoc{
		ID: a.ID, Issued: a.Issued.Time(loc).Format(rfc3339Milli), Expires: until.Format(rfc3339Milli), Text: text.In(c.language),
	})
	if err != nil {
		return fmt.Errorf("write challenge: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, challengePublish)
	defer cancel()
	return to.Publish(ctx, c.prefix+"/v1/"+string(a.Device)+"/challenge", payload)
}
