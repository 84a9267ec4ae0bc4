package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts/delivery"
	"correctiond/roster"
)

// attemptsKept is how long it stays on record who was tried to be told, and how.
const attemptsKept = 3 * 365 * roster.Day

// newDelivery builds what sends notices. Its name is the daemon's own over
// restarts, so that it takes up at once what it had begun.
func (d *daemon) newDelivery() (*delivery.Worker, error) {
	name, err := d.dir.clientID()
	if err != nil {
		return nil, err
	}
	d.prom.MustRegister(newWaitingCollector(d))
	channels, operators, err := d.channels()
	if err != nil {
		return nil, err
	}
	return delivery.New(delivery.Config{
		Name: name, Queue: d.state, Channels: channels, Addresses: addresses{d.registry}, Alarms: d.state, Steps: d.newUnreached(),
		Operators: operators, Lang: d.cfg.Language, Zone: d.cal.Location(),
		Metrics: delivery.NewMetrics(d.prom), Log: d.log.With("component", "delivery"),
	}), nil
}

// channels are the ways to reach people, by their configured names, and who of
// them is told when one of them does not deliver: every group.
func (d *daemon) channels() (map[string]delivery.Notifier, []delivery.Recipient, error) {
	opened, err := d.cfg.openChannels(throughBroker{d})
	if err != nil {
		return nil, nil, fmt.Errorf("alerts.channels: %w", err)
	}
	byName := map[string]delivery.Notifier{}
	var operators []delivery.Recipient
	for _, c := range opened {
		byName[c.name] = c
		if c.group {
			operators = append(operators, delivery.Recipient{Channel: c.name})
		}
	}
	return byName, operators, nil
}

// throughBroker sends to the broker that the daemon is connected to.
type throughBroker struct{ d *daemon }

// Publish fails until the daemon has subscribed; it is tried again.
func (p throughBroker) Publish(ctx context.Context, topic string, payload []byte) error {
	sub := p.d.subscribe.Load()
	if sub == nil {
		return errors.New("not connected to the broker yet")
	}
	return sub.Publish(ctx, topic, payload)
}

// wake tells whoever waits for changes of alerts that there are some.
func (d *daemon) wake() {
	d.web.Wake()
	d.delivery.Wake()
}

// addresses are those of the roster.
type addresses struct{ registry *registry }

var _ delivery.Addresses = addresses{}

// Address is what the roster names for the channel.
func (a addresses) Address(_ context.Context, id roster.DistrictID, officer roster.OfficerID, channel string) (string, error) {
	dir := a.registry.district(id)
	if dir == nil {
		return "", nil
	}
	if o := dir.Officer(officer); o != nil {
		return addressIn(o, channel), nil
	}
	return "", nil
}

func addressIn(o *roster.Officer, channel string) string {
	for _, n := range o.Notify {
		if n.Channel == channel {
			return n.To
		}
	}
	return ""
}

func (d *daemon) pruneAttempts(ctx context.Context) {
	n, err := d.state.PruneAttempts(ctx, nowInstant()-attemptsKept)
	if err != nil && ctx.Err() == nil {
		d.log.Error("old attempts to notify are not deleted", "err", err)
	} else if n > 0 {
		d.log.Info("old attempts to notify deleted", "attempts", n)
	}
}

// waitingCollector tells at each scrape what waits to be sent.
type waitingCollector struct {
	d               *daemon
	pending, oldest *prometheus.Desc
}

var _ prometheus.Collector = waitingCollector{}

func newWaitingCollector(d *daemon) waitingCollector {
	return waitingCollector{
		d:       d,
		pending: prometheus.NewDesc("correctiond_notify_pending", "Notices that are due, or were tried in vain.", nil, nil),
		oldest:  prometheus.NewDesc("correctiond_notify_oldest_pending_seconds", "How long the oldest of them waits.", nil, nil),
	}
}

// Describe lists what Collect gives.
func (c waitingCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.pending
	out <- c.oldest
}

// Collect asks the state; without an answer in time there are no values.
func (c waitingCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now := nowInstant()
	n, oldest, err := c.d.state.NoticesWaiting(ctx, now)
	if err != nil {
		return
	}
	var age float64
	if n > 0 {
		age = max(0, (now - oldest).Duration().Seconds())
	}
	out <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, float64(n))
	out <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, age)
}
