package store

import (
	"context"
	"database/sql"
	"errors"

	"correctiond/roster"
)

// pruneChunk is how many rows one transaction deletes, so that writing goes on.
const pruneChunk = 5000

// prune repeats a deletion of rows older than an instant, at most pruneChunk in
// each transaction.
func (d *db) prune(ctx context.Context, what, query string, before roster.Instant) (int64, error) {
	for total := int64(0); ; {
		var n int64
		err := d.update(ctx, what, func(tx *sql.Tx) error {
			done, err := tx.Exec(query, before, pruneChunk)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		total += n
		if err != nil || n < pruneChunk {
			return total, err
		}
	}
}

// one turns an update that met no row into ErrNotFound.
func one(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// flag is a truth as the databases keep it.
func flag(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// ignoreNone takes no row for an answer.
func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// errStop ends a query whose reader has enough.
var errStop = errors.New("enough")
