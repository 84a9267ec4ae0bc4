package journal

import (
	"context"
	"fmt"
)

// DamageError says which batches are missing; it is an ErrDamaged.
type DamageError struct {
	Log         string // name of the stream
	First, Last uint64 // sequences missing, both included
}

// Error names the log and the sequences.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: %s lacks sequences %d to %d", ErrDamaged, e.Log, e.First, e.Last)
}

// Unwrap makes errors.Is(err, ErrDamaged) true.
func (e *DamageError) Unwrap() error { return ErrDamaged }

// checkStart refuses a position behind the end: a cursor can only be there
// when the end of the log was lost, and new batches would reuse its sequences.
func (l *Log) checkStart(ctx context.Context, next uint64) error {
	_, last, err := l.Bounds(ctx)
	if err != nil {
		return err
	}
	if next > last+1 {
		return stopError{&DamageError{Log: l.name, First: last + 1, Last: next - 1}}
	}
	return nil
}

// checkHole tells a purge, below the first message kept, from damage.
func (l *Log) checkHole(ctx context.Context, next, got uint64) error {
	first, _, err := l.Bounds(ctx)
	if err != nil {
		return err
	}
	if first >= got {
		return nil
	}
	return stopError{&DamageError{Log: l.name, First: max(next, first), Last: got - 1}}
}

// Advance appends empty batches until the log ends at sequence to or beyond.
// It repairs a log whose end was lost: a cursor at to is then inside the log
// again, and no sequence that a consumer has seen is used twice.
func (l *Log) Advance(ctx context.Context, to uint64) error {
	_, last, err := l.Bounds(ctx)
	for err == nil && last < to {
		last, err = l.append(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("advance %s to %d: %w", l.name, to, err)
	}
	return nil
}
