package main

import (
	"context"
	"log/slog"
	"time"

	"correctiond/roster"
)

// newestPatience is how long a start waits for a history on another server to
// tell the newest event of each device.
const newestPatience = 30 * time.Second

// newAccepted prepares the answers of a daemon that starts now. A history on
// another server is asked once for the newest event of each device: an event that
// is newer, as all are that have waited in the broker, needs no question then. An
// answer that does not come leaves the bound of accepted.
func newAccepted(ctx context.Context, waiting *unwritten, history trackHistory, log *slog.Logger) accepted {
	a := accepted{unwritten: waiting, history: history, started: nowInstant(), log: log}
	remote, ok := history.(interface {
		Newest(ctx context.Context) (map[roster.DeviceID]roster.Instant, error)
	})
	if !ok || a.away() {
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, newestPatience)
	defer cancel()
	newest, err := remote.Newest(ctx)
	if err != nil {
		log.Warn("the track history does not tell the newest event of each device; events of before the start are looked up one by one", "err", err)
		return a
	}
	a.newest = newest
	return a
}
