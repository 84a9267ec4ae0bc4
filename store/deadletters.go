package store

import (
	"context"
	"database/sql"
	"fmt"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// DeadLetter is a rejected message as kept. District, Seq and Nth say where the
// journal holds it; two dead letters never share them.
type DeadLetter struct {
	ID       int64 // given by the store, rises
	District roster.DistrictID
	Seq      uint64 // of the journal entry
	Nth      int    // position in that entry
	event.Rejection
	Replayed roster.Instant // 0: not yet
}

// DeadLetterFilter selects dead letters; an empty field selects all.
type DeadLetterFilter struct {
	District roster.DistrictID
	Device   roster.DeviceID
	Reason   event.Reason
	Waiting  bool // only those that were not replayed
	// Before lists those with a smaller id: the cursor of a list, 0 for the first page.
	Before int64
	Limit  int // 1 … 500; 0 means 50
}

func (s *State) putDeadLetters(tx *sql.Tx, b *Batch) error {
	for i := range b.DeadLetters {
		l := &b.DeadLetters[i]
		// Never NULL: a message may be empty.
		payload := append([]byte{}, l.Payload...)
		at := DeadLetter{District: b.District, Seq: b.Seq, Nth: l.Nth}
		_, err := tx.Exec(`INSERT INTO dead_letters
			(district, seq, nth, device, topic, received, part, reason, detail, payload)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (district, seq, nth) DO NOTHING`,
			b.District, int64(b.Seq), l.Nth, l.Device, l.Topic, l.Received, l.Index, l.Reason, l.Detail, s.Encrypt(payload, letterPlace(&at)))
		if err != nil {
			return fmt.Errorf("write dead letter: %w", err)
		}
	}
	return nil
}

const deadLetterColumns = `SELECT id, district, seq, nth, device, topic, received, part, reason, detail, payload, replayed
	FROM dead_letters`

func (s *State) scanDeadLetter(scan func(...any) error) (DeadLetter, error) {
	var l DeadLetter
	err := scan(&l.ID, &l.District, &l.Seq, &l.Nth, &l.Device, &l.Topic, &l.Received, &l.Index,
		&l.Reason, &l.Detail, &l.Payload, &l.Replayed)
	if err == nil {
		l.Payload, err = s.Decrypt(l.Payload, letterPlace(&l))
	}
	return l, err
}

// DeadLetters lists dead letters, newest first.
func (s *State) DeadLetters(ctx context.Context, f DeadLetterFilter) ([]DeadLetter, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > 500 {
		return nil, fmt.Errorf("list dead letters: limit %d is not 1 … 500", f.Limit)
	}
	w := &database.Where{}
	database.Equal(w, "district", f.District)
	database.Equal(w, "device", f.Device)
	database.Equal(w, "reason", f.Reason)
	if f.Waiting {
		w.Add("replayed = 0")
	}
	if f.Before != 0 {
		w.Add("id < ?", f.Before)
	}
	list := []DeadLetter{}
	query := deadLetterColumns + w.SQL() + " ORDER BY id DESC LIMIT ?"
	err := s.db.Each(ctx, query, append(w.Args, limit), func(scan func(...any) error) error {
		l, err := s.scanDeadLetter(scan)
		list = append(list, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return list, nil
}

// DeadLetter reads one; ErrNotFound without it.
func (s *State) DeadLetter(ctx context.Context, id int64) (DeadLetter, error) {
	row := s.db.Read.QueryRowContext(ctx, deadLetterColumns+" WHERE id = ?", id)
	l, err := s.scanDeadLetter(row.Scan)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %d: %w", id, database.Explain(err))
	}
	return l, nil
}

// MarkReplayed records that a dead letter was fed to the daemon again, and in
// the audit chain who did it.
func (s *State) MarkReplayed(ctx context.Context, id int64, by string, at roster.Instant) error {
	what := fmt.Sprintf("mark dead letter %d", id)
	return s.db.Update(ctx, what, func(tx *sql.Tx) error {
		r := audit.Record{At: at, Actor: by, Action: "deadletter.replay", Object: fmt.Sprint(id)}
		if err := tx.QueryRow("UPDATE dead_letters SET replayed = ? WHERE id = ? RETURNING district", at, id).Scan(&r.District); err != nil {
			return database.Explain(err)
		}
		return audit.Append(tx, []audit.Record{r})
	})
}
