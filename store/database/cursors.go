package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"correctiond/roster"
)

// Cursor tells how far a district's journal has been applied; 0 means not at all.
func (d *DB) Cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	seq, err := SeqOf(d.Read.QueryRowContext(ctx, cursorQuery, district))
	if err != nil {
		return 0, fmt.Errorf("read cursor: %w", Explain(err))
	}
	return seq, nil
}

const cursorQuery = "SELECT seq FROM cursors WHERE district = ?"

// SeqOf reads a cursor; without a row it is 0.
func SeqOf(row *sql.Row) (uint64, error) {
	var seq int64
	if err := row.Scan(&seq); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	return uint64(seq), nil
}

// Advance moves the cursor to seq and reports whether that is forward: a batch
// at or behind the cursor has been applied before.
func Advance(tx *sql.Tx, district roster.DistrictID, seq uint64) (bool, error) {
	if seq == 0 || seq > 1<<63-1 {
		return false, fmt.Errorf("%d is not a journal sequence", seq)
	}
	have, err := SeqOf(tx.QueryRow(cursorQuery, district))
	if err != nil || seq <= have {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO cursors (district, seq) VALUES (?, ?)
		ON CONFLICT (district) DO UPDATE SET seq = excluded.seq`, district, int64(seq))
	return true, err
}
