package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// consumer is what drains the broker: the daemon or a peer.
type consumer interface {
	run(ctx context.Context) (*program, error)
	// taken is how many events are the broker's no more, since the start.
	taken() (int, error)
	// stored is how many events are in the track history, since the first start.
	stored() (int, error)
}

var (
	_ consumer = (*daemon)(nil)
	_ consumer = (*telegraf)(nil)
)

// drain is what one round has measured.
type drain struct {
	rate  float64 // events/s, from the start of the process to the last one acknowledged to the broker
	whole float64 // events/s, to the last one stored
	cpu   float64 // µs for each event, without those of a start on an empty broker
	begun float64 // µs for each event, with the start
	peak  float64 // MiB
	sink  float64 // µs of InfluxDB for each event
}

// measureDrains measures rounds in turns and prints each and the medians.
func measureDrains(ctx context.Context, o options) error {
	var ours, theirs []drain
	for n := range o.rounds {
		d, err := oneDrain(ctx, o, func(s *stage) (consumer, error) { return newDaemon(ctx, s) })
		if err != nil {
			return err
		}
		ours = append(ours, d)
		d.print(fmt.Sprintf("round %d daemon  ", n+1))
		if o.telegraf == "" {
			continue
		}
		if d, err = oneDrain(ctx, o, func(s *stage) (consumer, error) { return newTelegraf(s) }); err != nil {
			return err
		}
		theirs = append(theirs, d)
		d.print(fmt.Sprintf("round %d telegraf", n+1))
	}
	medians(ours).print("median  daemon  ")
	if o.telegraf != "" {
		medians(theirs).print("median  telegraf")
		compare(ours, theirs)
	}
	return nil
}

// compare prints the medians of the ratios within each round: what else the
// machine does changes from round to round.
func compare(ours, theirs []drain) {
	of := func(f func(drain) float64) float64 {
		var ratios []float64
		for i := range ours {
			ratios = append(ratios, f(ours[i])/f(theirs[i]))
		}
		return quantile(ratios, 0.5)
	}
	fmt.Printf("daemon / telegraf: CPU %.2f (with start %.2f), drained %.2f, stored %.2f, peak memory %.2f, InfluxDB's CPU %.2f\n",
		of(func(d drain) float64 { return d.cpu }), of(func(d drain) float64 { return d.begun }),
		of(func(d drain) float64 { return d.rate }), of(func(d drain) float64 { return d.whole }),
		of(func(d drain) float64 { return d.peak }), of(func(d drain) float64 { return d.sink }))
}

func (d drain) print(who string) {
	fmt.Printf("%s  drained %7.0f events/s  stored %7.0f events/s  %5.1f µs CPU per event (%5.1f with the start)  peak %4.0f MiB  InfluxDB %5.1f µs  load %s\n",
		who, d.rate, d.whole, d.cpu, d.begun, d.peak, d.sink, loadAverage())
}

func medians(all []drain) drain {
	of := func(f func(drain) float64) float64 {
		var values []float64
		for _, d := range all {
			values = append(values, f(d))
		}
		return quantile(values, 0.5)
	}
	return drain{
		rate: of(func(d drain) float64 { return d.rate }), cpu: of(func(d drain) float64 { return d.cpu }),
		begun: of(func(d drain) float64 { return d.begun }), whole: of(func(d drain) float64 { return d.whole }), peak: of(func(d drain) float64 { return d.peak }),
		sink: of(func(d drain) float64 { return d.sink }),
	}
}

// oneDrain fills a broker while the consumer is away, then lets it drain.
func oneDrain(ctx context.Context, o options, make func(*stage) (consumer, error)) (drain, error) {
	s, err := newStage(ctx, o)
	if err != nil {
		return drain{}, err
	}
	defer s.close()
	c, err := make(s)
	if err != nil {
		return drain{}, err
	}
	p, err := c.run(ctx) // makes the session that the broker keeps
	defer func() { p.kill() }()
	if err != nil {
		return drain{}, err
	}
	idle, err := p.cpu()
	if err := errors.Join(err, p.stop(), s.fill()); err != nil {
		return drain{}, err
	}
	before, sink, err := s.sinkNow()
	if err != nil {
		return drain{}, err
	}
	began := time.Now()
	if p, err = c.run(ctx); err != nil {
		return drain{}, err
	}
	if err := reach(ctx, 250*time.Millisecond, o.events, c.taken); err != nil {
		return drain{}, err
	}
	taken := time.Since(began)
	if err := reach(ctx, 2*quick, before+o.events, c.stored); err != nil {
		return drain{}, err
	}
	stored := time.Since(began)
	d, err := weigh(p, o.events, idle)
	d.rate, d.whole = float64(o.events)/taken.Seconds(), float64(o.events)/stored.Seconds()
	_, after, errSink := s.sinkNow()
	d.sink = float64((after - sink).Microseconds()) / float64(o.events)
	return d, errors.Join(err, errSink, s.complete(before))
}

// sinkNow is what InfluxDB has written and used so far.
func (s *stage) sinkNow() (written int, cpu time.Duration, err error) {
	if s.influx == nil {
		return 0, 0, nil
	}
	written, errWritten := s.influx.written()
	cpu, errCPU := s.influx.cpu()
	return written, cpu, errors.Join(errWritten, errCPU)
}

// reach waits until a count has come to its goal.
func reach(ctx context.Context, every time.Duration, goal int, count func() (int, error)) error {
	return poll(ctx, every, func() (bool, error) {
		n, err := count()
		return n >= goal, err
	})
}

// weigh reads what the program has cost.
func weigh(p *program, events int, idle time.Duration) (drain, error) {
	used, errCPU := p.cpu()
	peak, errPeak := p.memory("VmHWM")
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(events) }
	return drain{cpu: each(used - idle), begun: each(used), peak: peak}, errors.Join(errCPU, errPeak)
}

// complete proves that InfluxDB has every event of the backlog.
func (s *stage) complete(before int) error {
	if s.influx == nil {
		return nil
	}
	n, err := s.influx.query(database, `SELECT count("id") FROM location`)
	if have, ok := n.(float64); err == nil && (!ok || int(have) != s.o.events+before) {
		err = fmt.Errorf("InfluxDB holds %v events, not %d", n, s.o.events+before)
	}
	return err
}
