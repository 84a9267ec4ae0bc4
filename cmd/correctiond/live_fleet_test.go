package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// message is one event a device sends.
type message struct{ id, topic, payload string }

// fleet is the devices of a test with everything they send, each in the order of
// time.
type fleet struct {
	people []person
	sends  [][]message
}

// Each device of a fleet leaves the city and comes back every so many fixes, and
// reports an opened strap now and then. All of it happens within the reorder window,
// so that no order of arrival may change what the rules say.
const (
	fleetStep  = 700 * time.Millisecond
	cycle      = 250
	strapEvery = 90
	metre      = 1 / 95_300.0 // degrees of longitude at 31.5 north
)

func newFleet(devices, each int) *fleet {
	f := &fleet{}
	began := time.Now().Add(-fleetStep*time.Duration(each) - time.Minute)
	for d := range devices {
		p := person{subject: fmt.Sprintf("S%04d", d+1), device: fmt.Sprintf("W%d", d+1)}
		f.people = append(f.people, p)
		var sends []message
		for i := range each {
			sends = append(sends, p.message(i, 37*d, stamp(began.Add(time.Duration(i)*fleetStep))))
		}
		f.sends = append(f.sends, sends)
	}
	return f
}

func (p person) message(i, shift int, when string) message {
	id := fmt.Sprintf("%s-%d", p.device, i)
	if i%strapEvery == strapEvery-1 {
		return message{id, "jz/v1/" + p.device + "/status", status(id, "strap_open", when)}
	}
	return message{id, "jz/v1/" + p.device + "/location", fixAt(id, when, 31.5, 122-inside((i+shift)%cycle)*metre)}
}

// inside is how many metres within the city a device is at a point of its cycle.
func inside(c int) float64 {
	const (
		town, away = 600, -400
		leaves     = 180
		arrives    = leaves + (town-away)/100
		returns    = cycle - (town-away)/100
	)
	switch {
	case c < leaves:
		return town
	case c < arrives:
		return town - 100*float64(c-leaves)
	case c < returns:
		return away
	}
	return away + 100*float64(c-returns)
}

func (f *fleet) size() (n int) {
	for _, s := range f.sends {
		n += len(s)
	}
	return n
}

// publish sends everything over the given time, at QoS 1 and again after every
// reconnect until the broker has acknowledged it; then it returns.
func (f *fleet) publish(ctx context.Context, t *testing.T, w *world, over time.Duration) {
	t.Helper()
	began := time.Now()
	var all sync.WaitGroup
	for i, p := range f.people {
		s := &sender{addr: w.mqtt, device: p.device, password: w.passwords[p.device], left: f.sends[i], began: began}
		s.every = over / time.Duration(len(s.left))
		all.Go(func() { s.run(ctx) })
	}
	all.Wait()
	if ctx.Err() != nil {
		t.Fatal("the broker has not acknowledged everything in time")
	}
}

// sender is one device with a connection of its own.
type sender struct {
	addr, device, password string

	left    []message // not acknowledged yet
	waiting []mqtt.Token
	sent    int // of all
	began   time.Time
	every   time.Duration
}

const senderWindow = 20

func (s *sender) run(ctx context.Context) {
	for len(s.left) > 0 && ctx.Err() == nil {
		o := mqtt.NewClientOptions().AddBroker("tcp://" + s.addr).SetUsername(s.device).SetPassword(s.password).
			SetClientID("band-" + s.device).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second)
		if s.password == "" {
			o.SetUsername("")
		}
		c := mqtt.NewClient(o)
		if acknowledged(ctx, c.Connect()) {
			s.pump(ctx, c)
			c.Disconnect(50)
		}
		wait(ctx, 100*time.Millisecond)
	}
}

// pump sends what is due until everything is acknowledged or the connection fails.
func (s *sender) pump(ctx context.Context, c mqtt.Client) {
	s.sent, s.waiting = s.sent-len(s.waiting), nil
	for len(s.left) > 0 {
		due := s.began.Add(time.Duration(s.sent) * s.every)
		room := len(s.waiting) < min(senderWindow, len(s.left))
		switch {
		case room && time.Now().After(due):
			m := s.left[len(s.waiting)]
			s.waiting = append(s.waiting, c.Publish(m.topic, 1, false, m.payload))
			s.sent++
		case len(s.waiting) == 0:
			wait(ctx, time.Until(due))
			if ctx.Err() != nil {
				return
			}
		case !acknowledged(ctx, s.waiting[0]):
			return
		default:
			s.left, s.waiting = s.left[1:], s.waiting[1:]
		}
	}
}

// acknowledged waits for the broker's answer.
func acknowledged(ctx context.Context, token mqtt.Token) bool {
	patience := time.NewTimer(10 * time.Second)
	defer patience.Stop()
	select {
	case <-token.Done():
		return token.Error() == nil
	case <-patience.C:
	case <-ctx.Done():
	}
	return false
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
