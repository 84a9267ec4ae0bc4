package store

import (
	"context"
	"database/sql"
	"fmt"

	"correctiond/roster"
	"correctiond/store/database"
	"correctiond/store/tracks"
)

var _ tracks.Cursors = (*State)(nil)

// SinkCursor tells how far a district's journal has been written to a sink; 0
// means not at all.
func (s *State) SinkCursor(ctx context.Context, sink string, district roster.DistrictID) (uint64, error) {
	const query = "SELECT seq FROM sink_cursors WHERE sink = ? AND district = ?"
	seq, err := database.SeqOf(s.db.Read.QueryRowContext(ctx, query, sink, district))
	if err != nil {
		return 0, fmt.Errorf("read cursor of sink: %w", database.Explain(err))
	}
	return seq, nil
}

// SaveSinkCursor moves the cursor of a sink; it never moves back.
func (s *State) SaveSinkCursor(ctx context.Context, sink string, district roster.DistrictID, seq uint64) error {
	return s.db.Update(ctx, "save cursor of sink", func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO sink_cursors (sink, district, seq) VALUES (?, ?, ?)
			ON CONFLICT (sink, district) DO UPDATE SET seq = max(seq, excluded.seq)`, sink, district, int64(seq))
		return err
	})
}

// AddDeadLetter keeps a dead letter that did not come from the rules' reading of
// the journal: an event that a sink refused. One with the same District, Seq and
// Nth is kept once; sinks count Nth below zero to stay clear of the journal's.
func (s *State) AddDeadLetter(ctx context.Context, l DeadLetter) error {
	return s.db.Update(ctx, "add dead letter", func(tx *sql.Tx) error {
		return s.putDeadLetters(tx, &Batch{District: l.District, Seq: l.Seq, DeadLetters: []DeadLetter{l}})
	})
}
