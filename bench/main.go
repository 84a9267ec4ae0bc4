// Command bench measures the whole way of an event on this machine: a real
// Mosquitto, the daemon with its journal, rules and track history, and the alert
// that an officer's page receives.
//
//	go build -o /tmp/correctiond ./cmd/correctiond
//	go run ./bench -bin /tmp/correctiond -events 200000 -devices 10000
//	go run ./bench -bin /tmp/correctiond -delay -rate 500 -seconds 30
//
// The first form stores a backlog in the broker while the daemon is stopped and
// measures how fast, and at what cost, it is drained. The second keeps a steady
// load and measures how long a strap_open takes to reach the live event stream.
// Everything it starts listens on loopback and is ended by its pid.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// options are the flags.
type options struct {
	bin     string
	events  int
	devices int
	delay   bool
	rate    int
	seconds int
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "the correctiond binary to measure")
	flag.IntVar(&o.events, "events", 200_000, "events of the backlog")
	flag.IntVar(&o.devices, "devices", 10_000, "wristbands they come from")
	flag.BoolVar(&o.delay, "delay", false, "measure the delay of alerts under a steady load instead")
	flag.IntVar(&o.rate, "rate", 500, "events a second of the steady load")
	flag.IntVar(&o.seconds, "seconds", 30, "length of the steady load")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.bin == "" {
		return fmt.Errorf("-bin: which binary?")
	}
	s, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	if o.delay {
		return s.measureDelay(ctx)
	}
	return s.measureDrain(ctx)
}
