package journal

import (
	"context"
	"errors"
	"fmt"

	"correctiond/event"
)

// Append stores entries as one batch and returns its sequence when it is synced
// to disk. ErrFull, ErrTooLarge: nothing was stored. After any other error, a
// cancelled ctx too, the batch may have been stored or not.
func (l *Log) Append(ctx context.Context, entries []event.Entry) (uint64, error) {
	if len(entries) == 0 {
		return 0, errors.New("append: no entries")
	}
	buf, _ := l.s.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer l.s.buffers.Put(buf)
	*buf = (*buf)[:0]
	for i := range entries {
		*buf = event.AppendEntry(*buf, &entries[i])
	}
	return l.append(ctx, *buf)
}

// Follow calls fn for each batch from sequence from on (0 and 1: the first), in
// order and one at a time, and waits for new ones. It ends with ctx's end or with
// fn's error. The slice is reused after fn returns; the entries may be kept.
//
// Batches purged or expired before they were read are left out: who starts from a
// cursor compares it with Bounds. Any other missing batch ends Follow with a
// DamageError; Follow from its Last+1 goes on behind the damage. While the store
// is out of order (disk full), Follow waits.
func (l *Log) Follow(ctx context.Context, from uint64, fn func(seq uint64, entries []event.Entry) error) error {
	var dec event.Decoder
	var entries []event.Entry
	return l.follow(ctx, from, func(seq uint64, batch []byte) error {
		var err error
		if entries, err = dec.Decode(batch, entries[:0]); err != nil {
			return fmt.Errorf("decode batch %d of %s: %w", seq, l.name, err)
		}
		return fn(seq, entries)
	})
}
