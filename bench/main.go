// Command bench measures the whole way of an event on this machine: a real
// Mosquitto, the daemon with its journal and rules, a real InfluxDB 1.8 with the
// track history, and the alert that an officer's page receives.
//
//	go build -o /tmp/correctiond ./cmd/correctiond
//	go run ./bench -bin /tmp/correctiond -rounds 5
//	go run ./bench -bin /tmp/correctiond -rounds 5 -telegraf /tmp/telegraf
//	go run ./bench -bin /tmp/correctiond -delay -rate 500 -rounds 5
//	go run ./bench -bin /tmp/correctiond -soak 30m -rate 300
//	go run ./bench -bin /tmp/correctiond -pages -seconds 5
//	go run ./bench -bin /tmp/correctiond -pages -seconds 2 -pause 1s
//	go run ./bench -bin /tmp/correctiond -restart -events 1000000
//	go run ./bench -fences -tile38 /tmp/tile38-server -rounds 5
//
// The first form stores a backlog in the broker while the daemon is stopped and
// measures how fast, and at what cost, it is drained. The second lets Telegraf
// drain the same backlog into the same InfluxDB, in turns. The third keeps a
// steady load and measures how long a strap_open takes to reach the live event
// stream. The fourth keeps a mixed load with disturbances and tells whether memory,
// goroutines and open files grow. The fifth fills a district with people and alerts
// and measures how long every list takes when 20 users ask without a pause; the sixth
// when they pause. The seventh measures how long a start takes. The last asks the geofence, Tile38 and PostGIS which of
// the same polygons hold a position. Everything it starts listens on loopback and is
// ended by its pid.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options are the flags.
type options struct {
	bin      string
	influxd  string
	telegraf string
	events   int
	devices  int
	rounds   int
	delay    bool
	soak     time.Duration
	pages    bool
	pause    time.Duration
	restart  bool
	subjects int
	alerts   int
	only     string
	data     string
	fences   bool
	tile38   string
	rate     int
	seconds  int
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "the correctiond binary to measure")
	flag.StringVar(&o.influxd, "influxd", "influxd", "an InfluxDB 1.8 binary for the track history; empty: SQLite")
	flag.StringVar(&o.telegraf, "telegraf", "", "a Telegraf binary to measure in turns with the daemon")
	flag.IntVar(&o.events, "events", 200_000, "events of the backlog")
	flag.IntVar(&o.devices, "devices", 10_000, "wristbands they come from")
	flag.IntVar(&o.rounds, "rounds", 1, "how often to measure; medians are printed")
	flag.BoolVar(&o.delay, "delay", false, "measure the delay of alerts under a steady load instead")
	flag.DurationVar(&o.soak, "soak", 0, "keep a mixed load for so long instead, and look for growth")
	flag.BoolVar(&o.pages, "pages", false, "measure pages and lists instead")
	flag.DurationVar(&o.pause, "pause", 0, "let the users of pages pause for about so long between answers; 0: they never do")
	flag.BoolVar(&o.restart, "restart", false, "measure how long a start takes instead, without and with -events behind the snapshot")
	flag.IntVar(&o.subjects, "subjects", 50_000, "people of the district whose pages, or starts, are measured")
	flag.IntVar(&o.alerts, "alerts", 100_000, "alerts of that district")
	flag.StringVar(&o.only, "only", "", "measure only what has this in its path")
	flag.StringVar(&o.data, "data", "", "data directory to fill, or to use as it was filled before; empty: a temporary one")
	flag.BoolVar(&o.fences, "fences", false, "compare the geofence with Tile38 and PostGIS instead")
	flag.StringVar(&o.tile38, "tile38", "", "a tile38-server binary for that")
	flag.IntVar(&o.rate, "rate", 500, "events a second of the steady or the mixed load")
	flag.IntVar(&o.seconds, "seconds", 30, "length of the steady load, and of each list")
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
	switch {
	case o.fences:
		return measureFences(ctx, o)
	case o.bin == "":
		return errors.New("-bin: which binary?")
	case o.soak > 0:
		return measureSoak(ctx, o)
	case o.pages:
		return measurePages(ctx, o)
	case o.restart:
		return measureRestart(ctx, o)
	case o.delay:
		return measureDelays(ctx, o)
	}
	return measureDrains(ctx, o)
}
