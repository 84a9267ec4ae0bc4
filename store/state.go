package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"correctiond/roster"
	"correctiond/seal"
)

// State is the state database of a daemon. Its methods are safe for concurrent
// use; writers queue.
type State struct {
	db      *db
	ring    atomic.Pointer[seal.Ring] // nil before Unlock
	hashing chan struct{}             // room for passwords being hashed
}

// OpenState opens or creates the state database at path. A schema newer than
// this program is an error.
func OpenState(path string) (*State, error) {
	d, err := openDB(path, "state")
	if err != nil {
		return nil, err
	}
	return newState(d), nil
}

func newState(d *db) *State { return &State{db: d, hashing: make(chan struct{}, argonAtOnce)} }

// Close ends all connections.
func (s *State) Close() error { return s.db.close() }

// Cursor tells how far a district's journal has been applied to the state;
// 0 means not at all.
func (s *State) Cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	return s.db.cursor(ctx, district)
}

func (d *db) cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	seq, err := cursor(d.read.QueryRowContext(ctx, cursorQuery, district))
	if err != nil {
		return 0, fmt.Errorf("read cursor: %w", explain(err))
	}
	return seq, nil
}

const cursorQuery = "SELECT seq FROM cursors WHERE district = ?"

func cursor(row *sql.Row) (uint64, error) {
	var seq int64
	if err := row.Scan(&seq); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	return uint64(seq), nil
}

// advance moves the cursor to seq and reports whether that is forward: a batch
// at or behind the cursor has been applied before.
func advance(tx *sql.Tx, district roster.DistrictID, seq uint64) (bool, error) {
	if seq == 0 || seq > 1<<63-1 {
		return false, fmt.Errorf("%d is not a journal sequence", seq)
	}
	have, err := cursor(tx.QueryRow(cursorQuery, district))
	if err != nil || seq <= have {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO cursors (district, seq) VALUES (?, ?)
		ON CONFLICT (district) DO UPDATE SET seq = excluded.seq`, district, int64(seq))
	return true, err
}
