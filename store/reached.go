package store

import (
	"context"
	"fmt"
)

// StepReached tells whether anybody got a notice of a step of an alert.
func (b *Box) StepReached(ctx context.Context, alert string, step int) (bool, error) {
	const query = "SELECT count(*) FROM notices WHERE alert = ? AND step = ? AND state = 'sent'"
	var n int
	if err := b.db.read.QueryRowContext(ctx, query, alert, step).Scan(&n); err != nil {
		return false, fmt.Errorf("read notices of %s: %w", alert, explain(err))
	}
	return n > 0, nil
}
