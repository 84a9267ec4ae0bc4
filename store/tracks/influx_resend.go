package tracks

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrStillRefused: the server refuses a line again.
var ErrStillRefused = errors.New("refused again")

// Resend writes one line that was given to Refused, once. ErrStillRefused: the
// server answered and does not take it; any other error may pass.
func (x *Influx) Resend(ctx context.Context, line string) error {
	if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
		return fmt.Errorf("write to InfluxDB: %q is not one line", line[:min(len(line), 20)])
	}
	err := x.post(ctx, line, x.cfg.Timeout)
	var a *answer
	switch {
	case err == nil:
		x.cfg.Observer.Stored(1)
		return nil
	case errors.As(err, &a) && a.blamesLines():
		// Not the message: it may repeat the line, with its coordinates.
		return fmt.Errorf("%w: InfluxDB answered %d", ErrStillRefused, a.status)
	}
	return fmt.Errorf("write to InfluxDB: %w", err)
}
