package database

import (
	"context"
	"fmt"
)

// scrub writes the database anew, without what it still holds of deleted and
// replaced rows.
func (d *DB) scrub(ctx context.Context, columns []Column) error {
	steps := []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}
	if d.postgres {
		steps = pgVacuum(columns)
	}
	for _, step := range steps {
		if _, err := d.Write.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("scrub database: %w", Explain(err))
		}
	}
	return nil
}
