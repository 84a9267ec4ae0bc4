package main

import (
	"context"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// message is one of the mixed load.
type message struct {
	topic   string
	payload string
}

// mixed is the nth message of the mixed load of a number of wristbands: of 1 000,
// 20 are check-ins, 10 heartbeats, 10 lack a datum, 10 come from an unknown
// device, 20 repeat an earlier one, 2 open and close a strap, the rest are
// locations, a few of them outside the permitted area.
func mixed(n, devices int, begins time.Time, every time.Duration) message {
	at := begins.Add(time.Duration(n) * every)
	who, when := n%devices, at.Format(time.RFC3339Nano)
	lat, lng := place(who, n/devices)
	switch k := n % 1000; {
	case k < 20:
		return message{topic(who, "checkin"), fmt.Sprintf(`{"id":"m%d","time":"%s","method":"app","verify":{"kind":"face","passed":true,"score":0.97,"liveness":true},`+
			`"lat":%.5f,"lng":%.5f,"datum":"wgs84","source":"gnss","accuracy_m":8}`, n, when, lat, lng)}
	case k < 30:
		return message{topic(who, "status"), fmt.Sprintf(`{"id":"m%d","time":"%s","event":"heartbeat"}`, n, when)}
	case k < 40:
		return message{topic(who, "location"), fmt.Sprintf(`{"id":"m%d","time":"%s","lat":31.5,"lng":121.5,"source":"gnss","accuracy_m":8}`, n, when)}
	case k < 50:
		return message{"jz/v1/stranger/location", string(payload(who, fmt.Sprintf("m%d", n), n, at))}
	case k < 70 && n >= 1000:
		return mixed(n-500, devices, begins, every)
	case k == 70:
		return message{topic(who, "status"), fmt.Sprintf(`{"id":"m%d","time":"%s","event":"strap_open"}`, n, when)}
	case k == 71:
		return message{topic(who-1, "status"), fmt.Sprintf(`{"id":"m%d","time":"%s","event":"strap_closed"}`, n, when)}
	}
	if who%100 == 7 && (n/devices)%20 < 5 { // one in a hundred goes out of the area now and then
		lng = 120.9
	}
	return message{topic(who, "location"), fmt.Sprintf(`{"id":"m%d","time":"%s","lat":%.5f,"lng":%.5f,"datum":"wgs84","source":"gnss","accuracy_m":8,`+
		`"speed_mps":1.2,"satellites":9,"battery_pct":77,"motion":"moving"}`, n, when, lat, lng)}
}

// press publishes the mixed load until ctx ends, and returns how many messages
// that were. A message is repeated as it was, so its time is computed, not read.
func (s *soak) press(ctx context.Context, c mqtt.Client) {
	every := time.Second / time.Duration(s.stage.o.rate)
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	begins := time.Now()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for due := int(time.Since(begins) / every); n < due; n++ {
			m := mixed(n, s.stage.o.devices, begins, every)
			c.Publish(m.topic, 1, false, m.payload)
			s.sent.Add(1)
		}
	}
}

// pages are those that are read during a soak and answer.
func (s *soak) pages() []string {
	var answering []string
	for _, path := range []string{
		"/", "/overview", "/risk", "/rollcall", "/counters", "/subjects/S00007", "/api/v1/alerts", "/api/v1/overview",
		"/api/v1/subjects", "/api/v1/subjects/S00007/risk",
	} {
		if _, err := get(s.daemon.pages+path, s.daemon.token); err != nil {
			fmt.Printf("-- not read: %s: %v\n", path, err)
		} else {
			answering = append(answering, path)
		}
	}
	return answering
}

// read asks for pages and lists, five a second, until ctx ends.
func (s *soak) read(ctx context.Context, paths []string) {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for n := 0; len(paths) > 0; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		_, err := get(s.daemon.pages+paths[n%len(paths)], s.daemon.token)
		s.reads.Add(1)
		if err != nil && ctx.Err() == nil {
			s.failed.Add(1)
			s.lastFailure.Store(&err)
		}
	}
}
