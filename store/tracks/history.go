// Package tracks keeps the events of every device: History in a SQLite file, Influx
// on an InfluxDB server. Both take the events of a district's journal in order and
// remember how far they got; what they hold already changes nothing.
package tracks

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/database"
)

//go:embed history/*.sql
var historyMigrations embed.FS

// History is the track history: every accepted event of every device, in
// SQLite. Its methods are safe for concurrent use; writers queue.
type History struct{ db *database.DB }

// OpenHistory opens or creates the history at path. A schema newer than this
// program is an error.
func OpenHistory(path string) (*History, error) {
	files, err := fs.Sub(historyMigrations, "history")
	if err != nil {
		return nil, err
	}
	d, err := database.Open(path, files)
	if err != nil {
		return nil, err
	}
	return &History{db: d}, nil
}

// Close ends all connections.
func (h *History) Close() error { return h.db.Close() }

// Cursor tells how far a district's journal has been written; 0 means not at all.
func (h *History) Cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	return h.db.Cursor(ctx, district)
}

// Write stores the events of a district's journal up to entry seq and moves the
// district's cursor there, in one transaction. One call may join several
// entries, which is cheaper when there is much to catch up. What is at or behind
// the cursor, and an event whose device and id are there already, change nothing.
func (h *History) Write(ctx context.Context, district roster.DistrictID, seq uint64, events []event.Event) error {
	what := fmt.Sprintf("write history of %s through %d", district, seq)
	return h.db.Update(ctx, what, func(tx *sql.Tx) error {
		forward, err := database.Advance(tx, district, seq)
		if err != nil || !forward {
			return err
		}
		return insertEvents(tx, events)
	})
}

// Track yields the events of a subject with a time in [from, until), in order
// of that time. It stops at the first error.
func (h *History) Track(ctx context.Context, subject roster.SubjectID, from, until roster.Instant) iter.Seq2[event.Event, error] {
	query := selectEvent + " WHERE subject = ? AND time >= ? AND time < ? ORDER BY time, rowid"
	return func(yield func(event.Event, error) bool) {
		err := h.db.Each(ctx, query, []any{subject, from, until}, func(scan func(...any) error) error {
			e, err := scanEvent(scan)
			if err == nil && !yield(e, nil) {
				err = database.ErrStop
			}
			return err
		})
		if err != nil && !errors.Is(err, database.ErrStop) {
			yield(event.Event{}, fmt.Errorf("read track: %w", err))
		}
	}
}

// Seen tells whether an event of a device is stored.
func (h *History) Seen(ctx context.Context, device roster.DeviceID, id string) (bool, error) {
	var n int
	const query = "SELECT count(*) FROM events WHERE device = ? AND id = ?"
	if err := h.db.Read.QueryRowContext(ctx, query, device, id).Scan(&n); err != nil {
		return false, fmt.Errorf("look up event: %w", database.Explain(err))
	}
	return n > 0, nil
}

// Counts tells how many events of each kind are stored. It counts them, which
// takes about a second for ten million.
func (h *History) Counts(ctx context.Context) (map[event.Kind]int64, error) {
	counts := map[event.Kind]int64{}
	err := h.db.Each(ctx, "SELECT kind, count(*) FROM events GROUP BY kind", nil, func(scan func(...any) error) error {
		var (
			kind event.Kind
			n    int64
		)
		err := scan(&kind, &n)
		counts[kind] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	return counts, nil
}

// Copy writes a consistent copy of the history, as of now, to a file that must not
// exist. Others read and write meanwhile.
func (h *History) Copy(ctx context.Context, to string) error { return h.db.CopyTo(ctx, to) }
