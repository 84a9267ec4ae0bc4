package tracks

import (
	"context"
	"fmt"
	"time"

	"correctiond/roster"
)

// Newest tells for each device the time of the newest event stored of it. A
// device without events is absent.
func (x *Influx) Newest(ctx context.Context) (map[roster.DeviceID]roster.Instant, error) {
	newest := map[roster.DeviceID]roster.Instant{}
	// Every event has the field received, which is shorter than its id.
	flux := x.source(ever()) + anyKind + ` |> filter(fn: (r) => r._field == "received") |> last()` +
		` |> keep(columns: ["device", "_time"])`
	err := x.query(ctx, flux, func(r row) error {
		at, ok := r["_time"].(time.Time)
		if device := roster.DeviceID(r.text("device")); ok {
			newest[device] = max(newest[device], roster.Instant(at.UnixMilli()))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up newest events: %w", err)
	}
	return newest, nil
}
