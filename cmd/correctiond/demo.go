package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"correctiond/roster"
	"correctiond/sim"
	"correctiond/store/access"
)

// The city of the demo: the size of a real district.
const (
	demoSubjects = 267
	demoSeed     = 7
	demoPeriod   = 30 * roster.Day
	demoCatchUp  = roster.Hour // how far back a fast demo begins
)

func demoCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	speed := fs.Float64("speed", 1, "above 1: begin an hour ago and play `X` times faster until the present")
	return func(ctx context.Context, c *call) (err error) {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if cfg.DataDir == defaultConfig().DataDir {
			temporary, err := os.MkdirTemp("", "correctiond-demo-")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
			cfg.DataDir = temporary
		}
		cfg.Journal.MaxBytes = min(cfg.Journal.MaxBytes, 2<<30)
		if cfg.HTTP.PublicURL == defaultConfig().HTTP.PublicURL {
			cfg.HTTP.PublicURL = "http://" + cfg.HTTP.Listen
		}
		d := &demo{call: c, speed: max(*speed, 1)}
		return serve(ctx, c, cfg, d.run)
	}
}

// demo is a synthetic city on a daemon of its own.
type demo struct {
	call      *call
	speed     float64
	passwords map[roster.DeviceID]string
}

// run moves the city into the daemon and lets its people live.
func (m *demo) run(ctx context.Context, d *daemon) error {
	start := time.Now()
	from := roster.InstantOf(start)
	if m.speed > 1 {
		from -= demoCatchUp
	}
	file := sim.City(demoSeed, demoSubjects, from, from+demoPeriod, d.cal)
	sim.Demonstrate(file, from, d.cal)
	s, err := sim.New(sim.Config{
		Seed: demoSeed, From: from, Until: from + demoPeriod, Calendar: d.cal, Roster: file, Prefix: d.cfg.MQTT.Prefix, Demo: true,
	})
	if err != nil {
		return err
	}
	if err := m.settle(ctx, d, file); err != nil {
		return err
	}
	return m.live(ctx, d, s.Feed(), start, from)
}

// settle imports the roster and prints how to sign in.
func (m *demo) settle(ctx context.Context, d *daemon, file *roster.Roster) error {
	if err := d.saveRoster(ctx, file, "demo"); err != nil {
		return err
	}
	m.passwords = map[roster.DeviceID]string{}
	signIns := []access.Token{
		{Name: "demo-district", Role: "district", District: file.District.ID},
		{Name: "demo-officer", Role: "officer", District: file.District.ID, Office: file.Offices[0].ID},
	}
	fmt.Fprintf(m.call.out, "%s: %d people, %d offices, %d devices; open %s and sign in with a token:\n",
		file.District.Name, len(file.Subjects), len(file.Offices), len(file.Devices), d.cfg.HTTP.PublicURL)
	for _, t := range signIns {
		_, secret, err := d.state.CreateToken(ctx, t, "demo", nowInstant())
		if err != nil {
			return err
		}
		fmt.Fprintf(m.call.out, "  %-9s %s\n", t.Role, secret)
	}
	fmt.Fprintln(m.call.out, "Ctrl-C ends the demo.")
	return nil
}

// live publishes what the devices send as the clock goes on.
func (m *demo) live(ctx context.Context, d *daemon, feed *sim.Feed, start time.Time, from roster.Instant) error {
	p := newPublisher(d.journal.Login().URL, d.journal.Login().TLS, func(device string) (string, string) {
		return device, m.password(ctx, d, roster.DeviceID(device))
	})
	defer p.close()
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		played := from + roster.Instant(float64(time.Since(start).Milliseconds())*m.speed)
		for line := range feed.Until(min(played, nowInstant())) {
			if err := p.send(ctx, line); err != nil {
				return ignoreEnd(ctx, err)
			}
		}
		if err := p.flush(ctx); err != nil {
			return ignoreEnd(ctx, err)
		}
	}
}

// password issues a device its password when it first connects.
func (m *demo) password(ctx context.Context, d *daemon, id roster.DeviceID) string {
	if known, ok := m.passwords[id]; ok {
		return known
	}
	password, err := d.state.IssueDevicePassword(ctx, id, true, "demo", nowInstant())
	if err != nil {
		d.log.Error("device of the demo has no password", "err", err)
		return ""
	}
	m.passwords[id] = password
	return password
}

// ignoreEnd drops the error of a part that was told to stop.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
