package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// payload is a location like those of the wire format's example, 12 fields.
func payload(id string, seq int, at time.Time) []byte {
	return fmt.Appendf(nil, `{"id":"%s","seq":%d,"time":"%s","lat":31.5%04d,"lng":121.5,"datum":"wgs84","source":"gnss",`+
		`"accuracy_m":8,"speed_mps":1.2,"satellites":9,"battery_pct":77,"motion":"moving"}`,
		id, seq, at.Format(time.RFC3339Nano), seq%10000)
}

// client connects one publisher.
func (s *stage) client(name string) (mqtt.Client, error) {
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("mqtt://" + s.mqtt).SetClientID(name))
	t := c.Connect()
	t.Wait()
	return c, t.Error()
}

// measureDrain fills the broker while the daemon is away, then lets it drain.
func (s *stage) measureDrain(ctx context.Context) error {
	if err := s.startDaemon(ctx); err != nil { // makes the persistent session
		return err
	}
	if err := s.stopDaemon(); err != nil {
		return err
	}
	if err := s.fill(); err != nil {
		return err
	}
	began := time.Now()
	if err := s.startDaemon(ctx); err != nil {
		return err
	}
	err := poll(ctx, func() (bool, error) {
		n, err := s.counter("correctiond_store_written_total")
		return int(n) >= s.o.events, err
	})
	if err != nil {
		return err
	}
	took := time.Since(began)
	cpu, errCPU := s.cpu()
	peak, errPeak := s.peakMiB()
	accepted, errAccepted := s.counter("correctiond_ingest_accepted_total")
	fmt.Printf("drained %d events of %d devices in %.1f s (start included): %.0f events/s, %.1f µs CPU per event, peak %d MiB, accepted %.0f\n",
		s.o.events, s.o.devices, took.Seconds(), float64(s.o.events)/took.Seconds(),
		float64(cpu.Microseconds())/float64(s.o.events), peak, accepted)
	return errors.Join(errCPU, errPeak, errAccepted)
}

// fill publishes the backlog with a bounded window.
func (s *stage) fill() error {
	c, err := s.client("fill")
	if err != nil {
		return err
	}
	defer c.Disconnect(250)
	const window = 500
	tokens := make([]mqtt.Token, 0, window)
	flush := func() error {
		for _, t := range tokens {
			t.Wait()
			if t.Error() != nil {
				return t.Error()
			}
		}
		tokens = tokens[:0]
		return nil
	}
	start := time.Now().Add(-time.Hour)
	for i := range s.o.events {
		at := start.Add(time.Duration(i) * time.Hour / time.Duration(s.o.events))
		id := fmt.Sprintf("e%d", i)
		tokens = append(tokens, c.Publish("jz/v1/"+device(i%s.o.devices)+"/location", 1, false, payload(id, i/s.o.devices, at)))
		if len(tokens) == window {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// measureDelay keeps a load and measures how long probes take to the stream.
func (s *stage) measureDelay(ctx context.Context) error {
	if err := s.startDaemon(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.o.seconds)*time.Second)
	defer cancel()
	seen := make(chan string, 1000)
	go s.listen(ctx, seen)
	c, err := s.client("load")
	if err != nil {
		return err
	}
	defer c.Disconnect(250)
	cpuBefore, err := s.cpu()
	if err != nil {
		return err
	}
	sent, delays := s.load(ctx, c, seen)
	cpuAfter, err := s.cpu()
	if err != nil || len(delays) == 0 {
		return errors.Join(err, errors.New("no probe arrived"))
	}
	slices.Sort(delays)
	at := func(p float64) time.Duration {
		return delays[int(p*float64(len(delays)-1))].Round(100 * time.Microsecond)
	}
	fmt.Printf("%d events in %d s (%d/s), %d probes: publish to stream p50 %v, p99 %v, max %v; %.1f µs CPU per event\n",
		sent, s.o.seconds, sent/s.o.seconds, len(delays), at(0.5), at(0.99), at(1),
		float64((cpuAfter-cpuBefore).Microseconds())/float64(max(sent, 1)))
	return nil
}

// load publishes at the rate, and four probes a second, each from a wristband
// that has opened no strap before.
func (s *stage) load(ctx context.Context, c mqtt.Client, seen <-chan string) (sent int, delays []time.Duration) {
	const slice = 10 * time.Millisecond
	t := time.NewTicker(slice)
	defer t.Stop()
	published := map[string]time.Time{}
	began, probes := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return sent, delays
		case id := <-seen:
			if at, ok := published[id]; ok {
				delays = append(delays, time.Since(at))
				delete(published, id)
			}
			continue
		case <-t.C:
		}
		for due := int(time.Since(began).Seconds() * float64(s.o.rate)); sent < due; sent++ {
			c.Publish("jz/v1/"+device(sent%s.o.devices)+"/location", 1, false, payload(fmt.Sprintf("l%d", sent), sent/s.o.devices, time.Now()))
		}
		if due := int(time.Since(began).Seconds() * 4); probes < due && probes < s.o.devices {
			id := device(probes)
			published[id] = time.Now()
			c.Publish("jz/v1/"+id+"/status", 1, false,
				fmt.Appendf(nil, `{"id":"p%d","time":"%s","event":"strap_open"}`, probes, time.Now().Format(time.RFC3339Nano)))
			probes++
		}
	}
}

// listen reports the device of each strap alert on the live stream.
func (s *stage) listen(ctx context.Context, seen chan<- string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.pages+"/api/v1/stream", http.NoBody)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	sc := bufio.NewScanner(resp.Body)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		_, rest, ok := strings.Cut(sc.Text(), `"device":"`)
		if !ok || !strings.Contains(sc.Text(), "strap-tamper") {
			continue
		}
		id, _, _ := strings.Cut(rest, `"`)
		select {
		case seen <- id:
		case <-ctx.Done():
			return
		}
	}
}
