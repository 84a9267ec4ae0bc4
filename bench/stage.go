package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/bench/freeport"
)

// quick is how often something that is about to happen is asked for.
const quick = 20 * time.Millisecond

// stage is a directory with a broker and an InfluxDB, both on free ports.
type stage struct {
	o      options
	dir    string
	mqtt   string // host:port
	broker *program
	influx *influxd // nil: the daemon keeps its history itself
}

func newStage(ctx context.Context, o options) (*stage, error) {
	dir, err := os.MkdirTemp("", "correctiond-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{o: o, dir: dir}
	if s.mqtt, err = freeAddr(ctx); err == nil {
		err = s.startBroker(ctx)
	}
	if err == nil && o.influxd != "" {
		s.influx, err = startInfluxd(ctx, o.influxd, dir)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	s.broker.kill()
	if s.influx != nil {
		s.influx.kill()
	}
	_ = os.RemoveAll(s.dir)
}

// freeAddr finds a port that is ours until ctx ends.
func freeAddr(ctx context.Context) (string, error) {
	addr, release, err := freeport.Reserve()
	if err == nil {
		context.AfterFunc(ctx, func() { _ = release() })
	}
	return addr, err
}

// startBroker runs Mosquitto with queues that hold the whole backlog. When it is
// stopped it keeps the sessions for the next start.
func (s *stage) startBroker(ctx context.Context) error {
	_, port, err := net.SplitHostPort(s.mqtt)
	if err != nil {
		return err
	}
	conf := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location %s/\nautosave_interval 0\n"+
		"max_queued_messages 0\nmax_inflight_messages 1000\nlog_type error\n", port, s.dir)
	if os.Getuid() == 0 {
		conf += "user root\n" // it may write in our directory
	}
	name := filepath.Join(s.dir, "mosquitto.conf")
	if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
		return err
	}
	if s.broker, err = start(ctx, os.Stderr, "mosquitto", "-c", name); err != nil {
		return err
	}
	return poll(ctx, quick, func() (bool, error) {
		c, err := net.Dial("tcp", s.mqtt)
		if err == nil {
			c.Close()
		}
		return err == nil, nil
	})
}

// client connects one publisher.
func (s *stage) client(name string) (mqtt.Client, error) {
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("mqtt://" + s.mqtt).SetClientID(name).
		SetMaxReconnectInterval(time.Second))
	t := c.Connect()
	t.Wait()
	return c, t.Error()
}

// place is where a wristband is: they live 900 m apart, lest they form one
// gathering, and move by a metre from message to message.
func place(who, seq int) (lat, lng float64) {
	return 31.05 + 0.009*float64(who%100) + 0.00001*float64(seq%500), 121.05 + 0.009*float64(who/100%100)
}

// payload is a location like those of the wire format's example, 12 fields.
func payload(who int, id string, seq int, at time.Time) []byte {
	lat, lng := place(who, seq)
	return fmt.Appendf(nil, `{"id":"%s","seq":%d,"time":"%s","lat":%.5f,"lng":%.5f,"datum":"wgs84","source":"gnss",`+
		`"accuracy_m":8,"speed_mps":1.2,"satellites":9,"battery_pct":77,"motion":"moving"}`,
		id, seq, at.Format(time.RFC3339Nano), lat, lng)
}

func topic(i int, kind string) string { return "jz/v1/" + device(i) + "/" + kind }

// fill publishes the backlog with a bounded window.
func (s *stage) fill() error {
	c, err := s.client("fill")
	if err != nil {
		return err
	}
	defer c.Disconnect(250)
	const window = 500
	tokens := make([]mqtt.Token, 0, window)
	begins := time.Now().Add(-time.Hour)
	for i := range s.o.events {
		at := begins.Add(time.Duration(i) * time.Hour / time.Duration(s.o.events))
		who, seq := i%s.o.devices, i/s.o.devices
		tokens = append(tokens, c.Publish(topic(who, "location"), 1, false, payload(who, fmt.Sprintf("e%d", i), seq, at)))
		if len(tokens) < window && i < s.o.events-1 {
			continue
		}
		for _, t := range tokens {
			if t.Wait(); t.Error() != nil {
				return t.Error()
			}
		}
		tokens = tokens[:0]
	}
	return nil
}
