package tracks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// failure is a write that did not succeed, by what to do about it.
type failure struct {
	class string
	err   error
	// person: nothing changes until a person does something.
	person bool
	// lines: the lines are at fault, or how many they are.
	lines bool
	after time.Duration // asked for by the server
}

// Classes of failures, as SinkObserver gets them.
const (
	network    = "network"     // no answer
	busy       = "busy"        // 408, 429
	server     = "server"      // 5xx
	denied     = "denied"      // 401, 403
	refusing   = "refused"     // everything is refused: wrong address, proxy, limits of the server
	unset      = "setup"       // the bucket is missing or keeps data too briefly
	tooLarge   = "too_large"   // 413
	rejected   = "rejected"    // 400, 422
	deadLetter = "dead_letter" // it cannot be kept
)

func classify(err error) failure {
	if errors.Is(err, errSetup) {
		return failure{class: unset, err: err, person: true}
	}
	var a *answer
	if !errors.As(err, &a) {
		return failure{class: network, err: err}
	}
	f := failure{err: err, after: a.after}
	switch {
	case a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests:
		f.class = busy
	case a.status >= 500:
		f.class = server
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		f.class, f.person = denied, true
	case a.status == http.StatusRequestEntityTooLarge:
		f.class, f.lines = tooLarge, true
	case a.blamesLines():
		f.class, f.lines = rejected, true
	default:
		f.class, f.person = refusing, true
	}
	return f
}

// blamesLines reports whether an answer is about the lines sent. A limit on
// series, which 1.8 reports in the same way, is the server's affair: somebody
// has to raise it, and then every line is welcome.
func (a *answer) blamesLines() bool {
	return (a.status == http.StatusBadRequest || a.status == http.StatusUnprocessableEntity) &&
		!strings.Contains(a.message, "limit exceeded")
}

// deliver writes all lines, in writes of bounded size.
func (x *Influx) deliver(ctx context.Context, l *lines) error {
	for i := 0; i < len(l.events); {
		j, limit := i+1, int(x.maxBytes.Load())
		for j < len(l.events) && j-i < x.cfg.BatchLines && l.size(i, j+1) <= limit {
			j++
		}
		if err := x.send(ctx, l, i, j); err != nil {
			return err
		}
		i = j
	}
	return nil
}

// send writes lines i to j, again and again until they are stored. Lines that
// the server rejects or finds too many are halved; a single one it rejects is
// poison.
func (x *Influx) send(ctx context.Context, l *lines, i, j int) error {
	patience := x.cfg.Timeout
	for attempt := 0; ; attempt++ {
		err := x.post(ctx, l.string(i, j), patience)
		if err == nil {
			x.cfg.Observer.Stored(j - i)
			x.recovered()
			return nil
		}
		f := classify(err)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			// A slow server may be storing it: it gets more time, or it would never be done.
			patience = min(2*patience, 10*x.cfg.Timeout)
		case f.lines && j-i > 1:
			return x.halve(ctx, l, i, j, f)
		case f.lines:
			if f = x.poison(ctx, l, i, f); f.class == "" {
				return nil
			}
		}
		if err := x.wait(ctx, f, attempt); err != nil {
			return err
		}
	}
}

func (x *Influx) halve(ctx context.Context, l *lines, i, j int, f failure) error {
	x.cfg.Observer.Retried(f.class)
	if f.class == tooLarge {
		x.maxBytes.Store(int64(max(l.size(i, j)/2, minWriteBytes)))
	}
	middle := (i + j) / 2
	if err := x.send(ctx, l, i, middle); err != nil {
		return err
	}
	return x.send(ctx, l, middle, j)
}

// poison deals with a single line that the server does not take. Only if it
// takes another line now is this one to blame and becomes a dead letter; then no
// failure is left. A proxy or a server that refuses everything must not turn the
// history into dead letters.
func (x *Influx) poison(ctx context.Context, l *lines, i int, f failure) failure {
	if err := x.post(ctx, probeLine(), x.cfg.Timeout); err != nil {
		g := classify(err)
		if g.lines {
			g.class, g.person = refusing, true
		}
		return g
	}
	refused := Refused{District: l.district, Seq: l.seq, Nth: i, Event: l.events[i], Line: l.string(i, i+1)}
	if a, ok := errors.AsType[*answer](f.err); ok {
		refused.Status, refused.Message = a.status, a.message
	}
	if err := x.cfg.Refused(ctx, refused); err != nil {
		return failure{class: deadLetter, err: fmt.Errorf("keep dead letter: %w", err)}
	}
	x.cfg.Observer.DeadLettered(1)
	x.recovered()
	// Not the message: it may repeat the line, with its coordinates.
	x.cfg.Log.Error("InfluxDB refuses an event, which is kept as a dead letter",
		"district", l.district, "seq", l.seq, "nth", i, "status", refused.Status)
	return failure{}
}

// probeLine is a point that every server takes, the same one for an hour.
func probeLine() string {
	return fmt.Sprintf("correctiond_probe ok=t %d\n", time.Now().Truncate(time.Hour).UnixNano())
}

// post writes lines once. It sets the bucket up first, if that has not been
// done, and again after the server did not find it.
func (x *Influx) post(ctx context.Context, text string, patience time.Duration) error {
	if !x.ready.Load() {
		if err := x.Check(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := x.writer.WriteRecord(ctx, text)
	var a *answer
	if errors.As(err, &a) && a.status == http.StatusNotFound {
		x.ready.Store(false)
	}
	return err
}

// wait counts and reports a failure, then waits as long as its class asks for.
func (x *Influx) wait(ctx context.Context, f failure, attempt int) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	x.cfg.Observer.Retried(f.class)
	x.report(f)
	return rest(ctx, x.pause(f, attempt))
}

// rest waits, or ends with the context.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause is how long to wait: what the server asked for and up to a tenth more, or
// a doubling time of which half is chance, so that districts do not come back as
// one.
func (x *Influx) pause(f failure, attempt int) time.Duration {
	if f.after > 0 {
		return f.after + rand.N(f.after/10+1)
	}
	d := x.cfg.Pause
	if !f.person {
		d = min(x.cfg.Backoff<<min(attempt, 20), x.cfg.MaxBackoff)
	}
	return d/2 + rand.N(d/2+1)
}
