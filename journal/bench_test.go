package journal_test

import (
	"context"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

func batch(n int) []event.Entry {
	entries := make([]event.Entry, n)
	for i := range entries {
		entries[i] = event.Entry{At: roster.Instant(i), Event: &event.Event{
			Kind: event.Status, Device: "WB-0001234", Subject: "S-0001234", Office: "O-17",
			ID: "0a1b2c3d4e5f", Seq: int64(i), Time: roster.Instant(i), Received: roster.Instant(i),
			Battery: 80, Status: event.Heartbeat,
		}}
	}
	return entries
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"single", 1}, {"512", 512}} {
		b.Run(c.name, func(b *testing.B) {
			s := open(b, config(b.TempDir()))
			defer s.Close()
			l := openLog(b, s)
			entries := batch(c.n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Append(context.Background(), entries); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*c.n)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

func BenchmarkFollow(b *testing.B) {
	const messages = 20_000
	s := open(b, config(b.TempDir()))
	defer s.Close()
	l := openLog(b, s)
	entries := batch(8)
	for range messages {
		appendOne(b, l, entries)
	}
	b.ResetTimer()
	for range b.N {
		if got, err := read(b, l, 1, messages); err != nil || len(got) != messages {
			b.Fatal(len(got), err)
		}
	}
	b.ReportMetric(float64(b.N*messages)/b.Elapsed().Seconds(), "messages/s")
}

// One device keeps 256 messages under way; the daemon acknowledges at once.
func BenchmarkBroker(b *testing.B) {
	cfg := config(b.TempDir())
	cfg.MQTT = broker("127.0.0.1:0")
	cfg.MQTT.AckWait = time.Minute
	s := open(b, cfg)
	defer s.Close()
	c, got := daemon(b, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	d := device(b, s, "d1")
	defer d.Disconnect(100)
	payload := make([]byte, 256)
	window := make(chan struct{}, 256)
	b.ResetTimer()
	go func() {
		for range b.N {
			window <- struct{}{}
			d.Publish("jz/v1/d1/location", 1, false, payload)
		}
	}()
	for range b.N {
		receive(b, got).Ack()
		<-window
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
