package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// measureDelays measures rounds on fresh stages and prints each and the medians.
func measureDelays(ctx context.Context, o options) error {
	var p50, p99, cpu []float64
	for n := range o.rounds {
		delays, each, err := oneDelay(ctx, o)
		if err != nil {
			return err
		}
		p50, p99, cpu = append(p50, quantile(delays, 0.5)), append(p99, quantile(delays, 0.99)), append(cpu, each)
		fmt.Printf("round %d  %d events/s  %d probes  publish to stream p50 %.1f ms  p99 %.1f ms  max %.1f ms  %.1f µs CPU per event  load %s\n",
			n+1, o.rate, len(delays), p50[n], p99[n], quantile(delays, 1), each, loadAverage())
	}
	fmt.Printf("median   %d events/s  p50 %.1f ms  p99 %.1f ms  %.1f µs CPU per event\n",
		o.rate, quantile(p50, 0.5), quantile(p99, 0.5), quantile(cpu, 0.5))
	return nil
}

// oneDelay keeps a load and measures how many ms probes take to the stream, and
// what an event costs, in µs.
func oneDelay(ctx context.Context, o options) (delays []float64, cpu float64, err error) {
	s, err := newStage(ctx, o)
	if err != nil {
		return nil, 0, err
	}
	defer s.close()
	d, err := newDaemon(ctx, s)
	if err != nil {
		return nil, 0, err
	}
	defer func() { d.kill() }()
	if _, err := d.run(ctx); err != nil {
		return nil, 0, err
	}
	c, err := s.client("load")
	if err != nil {
		return nil, 0, err
	}
	defer c.Disconnect(250)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.seconds)*time.Second)
	defer cancel()
	seen := make(chan string, 1000)
	go d.listen(ctx, seen)
	before, errBefore := d.cpu()
	sent, delays := s.probe(ctx, c, seen)
	after, errAfter := d.cpu()
	if err := errors.Join(errBefore, errAfter); err != nil || len(delays) == 0 {
		return nil, 0, errors.Join(err, errors.New("no probe arrived"))
	}
	return delays, float64((after - before).Microseconds()) / float64(max(sent, 1)), nil
}

// probe publishes at the rate, and four probes a second, each from a wristband
// that has opened no strap before.
func (s *stage) probe(ctx context.Context, c mqtt.Client, seen <-chan string) (sent int, delays []float64) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	published := map[string]time.Time{}
	began, probes := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return sent, delays
		case id := <-seen:
			if at, ok := published[id]; ok {
				delays = append(delays, float64(time.Since(at).Microseconds())/1000)
				delete(published, id)
			}
			continue
		case <-t.C:
		}
		for due := int(time.Since(began).Seconds() * float64(s.o.rate)); sent < due; sent++ {
			who, seq := sent%s.o.devices, sent/s.o.devices
			c.Publish(topic(who, "location"), 1, false, payload(who, fmt.Sprintf("l%d", sent), seq, time.Now()))
		}
		if due := int(time.Since(began).Seconds() * 4); probes < due && probes < s.o.devices {
			published[device(probes)] = time.Now()
			c.Publish(topic(probes, "status"), 1, false,
				fmt.Appendf(nil, `{"id":"p%d","time":"%s","event":"strap_open"}`, probes, time.Now().Format(time.RFC3339Nano)))
			probes++
		}
	}
}

// listen reports the device of each strap alert on the live stream.
func (d *daemon) listen(ctx context.Context, seen chan<- string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.pages+"/api/v1/stream", http.NoBody)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
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
