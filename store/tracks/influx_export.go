package tracks

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"iter"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/database"
)

// An accepted event is received at most this long after its time, and at most
// that long before: the bounds of the wire format, with a day and some minutes
// for clocks that were set.
const (
	latest   = 31 * roster.Day
	earliest = 10 * roster.Minute
)

// Export yields all events received in [from, until), in the order in which they
// were received. It reads the history once in order of time and holds back only
// what came late, so its memory depends on how much came late and not on the
// length of the history. It stops at the first error.
func (x *Influx) Export(ctx context.Context, from, until roster.Instant) iter.Seq2[event.Event, error] {
	where := anyKind
	return func(yield func(event.Event, error) bool) {
		held := &arrivals{}
		// release yields what nothing still unread can precede.
		release := func(before roster.Instant) error {
			for held.Len() > 0 && (*held)[0].Received < before {
				if !yield(heap.Pop(held).(event.Event), nil) {
					return database.ErrStop
				}
			}
			return nil
		}
		err := x.pages(ctx, span{from - latest, until + earliest}, where, func(s span) error {
			if err := release(s.from - earliest); err != nil {
				return err
			}
			events, err := x.events(ctx, s, where)
			for i := range events {
				if events[i].Received >= from && events[i].Received < until {
					heap.Push(held, events[i])
				}
			}
			return err
		})
		if err == nil {
			err = release(until)
		}
		if err != nil && !errors.Is(err, database.ErrStop) {
			yield(event.Event{}, fmt.Errorf("export history: %w", err))
		}
	}
}

// arrivals is a heap of events, the first received on top.
type arrivals []event.Event

var _ heap.Interface = (*arrivals)(nil)

// Len is the number of events.
func (a arrivals) Len() int { return len(a) }

// Less orders by receipt.
func (a arrivals) Less(i, j int) bool { return byReceived(a[i], a[j]) < 0 }

// Swap exchanges two.
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push adds an event.
func (a *arrivals) Push(e any) { *a = append(*a, e.(event.Event)) }

// Pop removes the last.
func (a *arrivals) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	*a = (*a)[:last]
	return e
}
