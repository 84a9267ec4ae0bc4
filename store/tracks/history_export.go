package tracks

import (
	"context"
	"fmt"
	"iter"
	"math"

	"correctiond/event"
	"correctiond/roster"
)

// exportPage is how many events Export reads at once. Each page is a short
// transaction of its own, so that a slow reader does not keep the write-ahead log
// from being copied back.
const exportPage = 5000

// Export yields all events received in [from, until), in the order in which they
// were received; those of one millisecond in the order in which they were written.
// It holds one page in memory. Events written meanwhile may be missing or there.
// It stops at the first error.
func (h *History) Export(ctx context.Context, from, until roster.Instant) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		at := place{from, math.MinInt64}
		for {
			page, next, err := h.receivedPage(ctx, at, until)
			if err != nil {
				yield(event.Event{}, fmt.Errorf("export history: %w", err))
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if len(page) < exportPage {
				return
			}
			at = next
		}
	}
}

// place is where a page ended: its last event's receipt and row.
type place struct {
	received roster.Instant
	row      int64
}

func (h *History) receivedPage(ctx context.Context, after place, until roster.Instant) (page []event.Event, last place, err error) {
	const query = "SELECT rowid, " + eventColumns + " FROM events WHERE received >= ? AND received < ?" +
		" AND (received, rowid) > (?, ?) ORDER BY received, rowid LIMIT ?"
	page = make([]event.Event, 0, exportPage)
	args := []any{after.received, until, after.received, after.row, exportPage}
	err = h.db.Each(ctx, query, args, func(scan func(...any) error) error {
		e, err := scanEvent(func(columns ...any) error { return scan(append([]any{&last.row}, columns...)...) })
		last.received = e.Received
		page = append(page, e)
		return err
	})
	return page, last, err
}
