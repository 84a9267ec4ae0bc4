package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"time"

	"correctiond/roster"
	"correctiond/sim"
)

// simulateFlags are the flags of simulate.
type simulateFlags struct {
	roster, rosterOut, truth, out, broker, username, zone string
	subjects                                              int
	seed                                                  uint64
	from, until                                           string
	speed, rate                                           float64
}

func simulateCommand(fs *flag.FlagSet) action {
	var f simulateFlags
	fs.StringVar(&f.roster, "roster", "", "roster `FILE` with the people to move")
	fs.IntVar(&f.subjects, "subjects", 267, "invent a city with `N` people instead")
	fs.Uint64Var(&f.seed, "seed", 1, "`SEED` of everything random")
	fs.StringVar(&f.from, "from", "", "first `TIME`, required")
	fs.StringVar(&f.until, "until", "", "last `TIME`, required")
	fs.StringVar(&f.out, "out", "", "write a replay `FILE`")
	fs.StringVar(&f.broker, "broker", "", "publish to the broker at `URL` (mqtt://host:1883) instead")
	fs.StringVar(&f.username, "username", "", "`NAME` to log in with; its password comes from CORRECTIOND_PASSWORD")
	fs.Float64Var(&f.speed, "speed", 1, "play `X` times faster than real time; broker only")
	fs.Float64Var(&f.rate, "rate", 0, "publish at most `N` messages a second; with it, --speed does not count")
	fs.StringVar(&f.rosterOut, "roster-out", "", "write the roster of the people to `FILE`")
	fs.StringVar(&f.truth, "truth", "", "write the episodes that must follow to `FILE`")
	fs.StringVar(&f.zone, "zone", "Asia/Shanghai", "`ZONE` of the city")
	return f.run
}

func (f *simulateFlags) run(ctx context.Context, c *call) error {
	if (f.out == "") == (f.broker == "") {
		return usagef("simulate: needs either --out or --broker")
	}
	if err := f.checkRanges(); err != nil {
		return err
	}
	s, cfg, err := f.prepare(c)
	if err != nil {
		return err
	}
	if err := f.writeSide(s, cfg); err != nil {
		return err
	}
	bar := newProgress(c.err, cfg.From, cfg.Until)
	defer bar.end()
	if f.broker != "" {
		return f.publish(ctx, c, s, bar)
	}
	return writeFile(f.out, c.out, func(w *bufio.Writer) error {
		loc := cfg.Calendar.Location()
		var buf []byte
		for l := range s.Lines() {
			bar.at(l.Received)
			buf = append(l.AppendJSON(buf[:0], loc), '\n')
			if _, err := w.Write(buf); err != nil || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
		}
		return nil
	})
}

func (f *simulateFlags) checkRanges() error {
	switch {
	case f.subjects < 1:
		return usagef("--subjects: at least 1")
	case !(f.speed > 0):
		return usagef("--speed: greater than 0")
	case !(f.rate >= 0):
		return usagef("--rate: 0 or greater")
	}
	return nil
}

func (f *simulateFlags) prepare(c *call) (*sim.Sim, sim.Config, error) {
	cfg := sim.Config{Seed: f.seed, Acts: f.broker == ""} // no broker carries what officers do
	loc, err := time.LoadLocation(f.zone)
	if err != nil {
		return nil, cfg, usagef("--zone: %w", err)
	}
	cfg.Calendar = roster.NewCalendar(loc)
	if cfg.From, err = instantFlag("--from", f.from); err != nil {
		return nil, cfg, err
	}
	if cfg.Until, err = instantFlag("--until", f.until); err != nil {
		return nil, cfg, err
	}
	if cfg.Until <= cfg.From {
		return nil, cfg, usagef("--until must be after --from")
	}
	if f.roster == "" {
		cfg.Roster = sim.City(f.seed, f.subjects, cfg.From, cfg.Until, cfg.Calendar)
	} else if cfg.Roster, err = readRoster(c, f.roster); err != nil {
		return nil, cfg, err
	}
	s, err := sim.New(cfg)
	return s, cfg, invalid(err)
}

func instantFlag(name, value string) (roster.Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return 0, usagef("%s: %q is no time with offset, such as 2026-03-02T08:00:00+08:00", name, value)
	}
	return roster.InstantOf(t), nil
}

// writeSide writes the roster and the truth, where asked for.
func (f *simulateFlags) writeSide(s *sim.Sim, cfg sim.Config) error {
	if f.rosterOut != "" {
		format := "yaml"
		if len(f.rosterOut) > 5 && f.rosterOut[len(f.rosterOut)-5:] == ".json" {
			format = "json"
		}
		err := writeFile(f.rosterOut, nil, func(w *bufio.Writer) error { return roster.Write(w, cfg.Roster, format) })
		if err != nil {
			return err
		}
	}
	if f.truth == "" {
		return nil
	}
	return writeFile(f.truth, nil, func(w *bufio.Writer) error {
		var buf bytes.Buffer
		for _, t := range s.Truth() {
			buf.Write(append(t.AppendJSON(nil, cfg.Calendar.Location()), '\n'))
		}
		_, err := buf.WriteTo(w)
		return err
	})
}

// writeFile fills a file, or out for "-".
func writeFile(name string, out io.Writer, fill func(*bufio.Writer) error) error {
	if name == "-" && out != nil {
		w := bufio.NewWriterSize(out, 1<<16)
		return errors.Join(fill(w), w.Flush())
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	return errors.Join(fill(w), w.Flush(), file.Close())
}

// publish sends the lines to a broker, at their own pace or at a given rate.
func (f *simulateFlags) publish(ctx context.Context, c *call, s *sim.Sim, bar *progress) error {
	p := newPublisher(f.broker, nil, func(string) (user, password string) { return f.username, c.env("CORRECTIOND_PASSWORD") })
	p.shared = true
	defer p.close()
	pace := newPace(f.speed, f.rate)
	for l := range s.Lines() {
		bar.at(l.Received)
		if err := pace.wait(ctx, l.Received); err != nil {
			return err
		}
		if err := p.send(ctx, l); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// pace holds lines back until their time has come.
type pace struct {
	speed   float64
	between time.Duration // with a rate: fixed distance
	start   time.Time
	first   roster.Instant
	sent    int
}

func newPace(speed, rate float64) *pace {
	p := &pace{speed: max(speed, 1e-6), start: time.Now()}
	if rate > 0 {
		p.between = time.Duration(float64(time.Second) / rate)
	}
	return p
}

func (p *pace) wait(ctx context.Context, at roster.Instant) error {
	if p.first == 0 {
		p.first = at
	}
	due := p.start.Add(time.Duration(float64((at - p.first).Duration()) / p.speed))
	if p.between > 0 {
		due = p.start.Add(time.Duration(p.sent) * p.between)
	}
	p.sent++
	left := time.Until(due)
	if left < time.Millisecond {
		return ctx.Err()
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
