package outbox

import (
	"context"
	"fmt"

	"correctiond/store/database"
)

// StepReached tells whether anybody got a notice of a step of an alert.
func (b *Box) StepReached(ctx context.Context, alert string, step int) (bool, error) {
	const query = "SELECT count(*) FROM notices WHERE alert = ? AND step = ? AND state = 'sent'"
	var n int
	if err := b.db.Read.QueryRowContext(ctx, query, alert, step).Scan(&n); err != nil {
		return false, fmt.Errorf("read notices of %s: %w", alert, database.Explain(err))
	}
	return n > 0, nil
}
