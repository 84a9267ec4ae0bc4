package database

import (
	"context"
	"database/sql"
	"errors"

	"correctiond/roster"
)

// PruneChunk is how many rows one transaction deletes, so that writing goes on.
const PruneChunk = 5000

// Prune repeats a deletion of rows older than an instant, at most PruneChunk in
// each transaction.
func (d *DB) Prune(ctx context.Context, what, query string, before roster.Instant) (int64, error) {
	for total := int64(0); ; {
		var n int64
		err := d.Update(ctx, what, func(tx *sql.Tx) error {
			done, err := tx.Exec(query, before, PruneChunk)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		total += n
		if err != nil || n < PruneChunk {
			return total, err
		}
	}
}

// One turns an update that met no row into ErrNotFound.
func One(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Flag is a truth as the databases keep it.
func Flag(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// ErrStop ends a query whose reader has enough.
var ErrStop = errors.New("enough")
