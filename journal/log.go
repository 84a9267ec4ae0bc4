package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"correctiond/roster"
)

// Log is the journal of one district. Its methods may be used concurrently.
type Log struct {
	s       *Server
	stream  jetstream.Stream
	name    string
	subject string
}

// Log opens the log of a district, creating it when it does not exist; the
// bounds of the configuration are applied to it either way.
func (s *Server) Log(ctx context.Context, district roster.DistrictID) (*Log, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.logs[district]; l != nil {
		return l, nil
	}
	enc := encode(string(district))
	l := &Log{s: s, name: streamPrefix + enc, subject: "jz.log." + enc}
	stream, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:     l.name,
		Subjects: []string{l.subject},
		Storage:  jetstream.FileStorage,
		Discard:  jetstream.DiscardNew,
		MaxBytes: s.cfg.MaxBytes,
		MaxAge:   s.cfg.MaxAge,
		MaxMsgs:  -1,
		Replicas: s.cfg.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("open log of district %q: %w", district, err)
	}
	l.stream = stream
	s.logs[district] = l
	return l, nil
}

const streamPrefix = "jz_log_"

// encode makes a district id fit for a subject token and a folder name:
// letters, digits and '-' stay, every other byte becomes _xx. It is injective.
func encode(id string) string {
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

func isPlain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		return true
	}
	return false
}

// append stores one batch and returns its sequence once it is on disk.
func (l *Log) append(ctx context.Context, batch []byte) (uint64, error) {
	begin := time.Now()
	seq, err := l.publish(ctx, batch)
	l.s.metrics.appended(time.Since(begin), err)
	if err != nil {
		return 0, fmt.Errorf("append to %s: %w", l.name, err)
	}
	return seq, nil
}

func (l *Log) publish(ctx context.Context, batch []byte) (uint64, error) {
	if len(batch) > MaxBatch {
		return 0, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(batch), MaxBatch)
	}
	if err := l.s.checkSpace(); err != nil {
		return 0, err
	}
	bound, cancel := l.s.keeper.bind(ctx)
	defer cancel()
	ack, err := l.s.js.Publish(bound, l.subject, batch, jetstream.WithExpectStream(l.name))
	if err == nil {
		return ack.Sequence, nil
	}
	if cause := context.Cause(bound); cause != nil {
		err = cause
	}
	return 0, full(err)
}

// JetStream's codes for "no room": for the stream, the account, the server.
const (
	codeStreamFull  = 10077
	codeAccountFull = 10002
	codeServerFull  = 10023
	codeStorageFull = 10047
)

// full turns JetStream's ways to say "no room" into ErrFull.
func full(err error) error {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch api.ErrorCode {
	case codeStreamFull, codeAccountFull, codeServerFull, codeStorageFull:
		return fmt.Errorf("%w: %s", ErrFull, api.Description)
	}
	return err
}

// Bounds returns the first and the last sequence kept. A log that holds
// nothing has first = last + 1; its next batch gets sequence last + 1.
func (l *Log) Bounds(ctx context.Context) (first, last uint64, err error) {
	state, err := l.state(ctx)
	if err != nil {
		return 0, 0, err
	}
	if state.Msgs == 0 {
		return state.LastSeq + 1, state.LastSeq, nil
	}
	return state.FirstSeq, state.LastSeq, nil
}

// Purge removes the batches up to and including sequence through, which every
// consumer must have finished with. Sequences never start anew.
func (l *Log) Purge(ctx context.Context, through uint64) error {
	err := l.stream.Purge(ctx, jetstream.WithPurgeSequence(through+1))
	if err != nil {
		return fmt.Errorf("purge %s through %d: %w", l.name, through, err)
	}
	return nil
}

func (l *Log) state(ctx context.Context) (jetstream.StreamState, error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return jetstream.StreamState{}, fmt.Errorf("state of %s: %w", l.name, err)
	}
	return info.State, nil
}
