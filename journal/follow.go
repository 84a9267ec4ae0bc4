package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// readAhead and readAheadBytes bound what a follower holds in memory.
	readAhead      = 2048
	readAheadBytes = 8 << 20
	retryPause     = 500 * time.Millisecond
)

// stopError carries an error that must end Follow: of fn, or damage.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }

// follow calls fn for every message from sequence from on, until ctx ends or fn
// fails. Interruptions of the server (a restart of JetStream) are waited out.
func (l *Log) follow(ctx context.Context, from uint64, fn func(seq uint64, batch []byte) error) error {
	next := max(from, 1)
	for {
		err := l.followOnce(ctx, &next, fn)
		var stop stopError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &stop):
			return stop.error
		case l.s.conn.IsClosed():
			return fmt.Errorf("follow %s: %w", l.name, err)
		}
		l.s.cfg.Logger.Warn("journal reader interrupted", "log", l.name, "next", next, "error", err)
		if !pause(ctx, retryPause) {
			return ctx.Err()
		}
	}
}

func (l *Log) followOnce(ctx context.Context, next *uint64, fn func(uint64, []byte) error) error {
	ctx, cancel := l.s.keeper.bind(ctx)
	defer cancel()
	if err := l.checkStart(ctx, *next); err != nil {
		return err
	}
	consumer, err := l.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   *next,
	})
	if err != nil {
		return fmt.Errorf("read %s from %d: %w", l.name, *next, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(readAhead, readAheadBytes))
	if err != nil {
		return fmt.Errorf("read %s from %d: %w", l.name, *next, err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read %s at %d: %w", l.name, *next, err)
		}
		if err := l.deliver(ctx, msg, next, fn); err != nil {
			return err
		}
	}
}

func (l *Log) deliver(ctx context.Context, msg jetstream.Msg, next *uint64, fn func(uint64, []byte) error) error {
	meta, err := msg.Metadata()
	if err != nil {
		return fmt.Errorf("read %s at %d: %w", l.name, *next, err)
	}
	seq := meta.Sequence.Stream
	if seq < *next { // again after an interruption
		return nil
	}
	if seq > *next {
		if err := l.checkHole(ctx, *next, seq); err != nil {
			return err
		}
	}
	if err := fn(seq, msg.Data()); err != nil {
		return stopError{err}
	}
	*next = seq + 1
	return nil
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
