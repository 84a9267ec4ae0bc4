package tracks

import (
	"context"

	"correctiond/event"
	"correctiond/roster"
)

// InfluxLine is how an event goes to InfluxDB.
func InfluxLine(e *event.Event) string { return string(appendLine(make([]byte, 0, typicalLine), e)) }

// InfluxText undoes how texts are stored.
func InfluxText(stored string) string { return unarmour(stored) }

// InfluxPause is the wait after an error of a write.
func (x *Influx) InfluxPause(err error, attempt int) (class string, seconds float64) {
	f := classify(err)
	return f.class, x.pause(f, attempt).Seconds()
}

// Prune is PruneKeeping where nothing is held.
func (h *History) Prune(ctx context.Context, kind event.Kind, before roster.Instant) (int64, error) {
	return h.PruneKeeping(ctx, kind, before, nil)
}

// Prune is PruneKeeping where nothing is held.
func (x *Influx) Prune(ctx context.Context, kind event.Kind, before roster.Instant) (int64, error) {
	return x.PruneKeeping(ctx, kind, before, nil)
}
