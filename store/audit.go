package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"correctiond/roster"
)

// Record is one line of the audit chain: who did what to which object, and why.
type Record struct {
	N      int64          `json:"n"` // given by the store: 1, 2, 3 … without a gap
	At     roster.Instant `json:"at"`
	Actor  string         `json:"actor"`
	Action string         `json:"action"`
	Object string         `json:"object"`
	Reason string         `json:"reason"`
	Detail string         `json:"detail"`
	// Hash is SHA-256, in hex, over the hash of the record before (32 zero bytes
	// for the first) and the JSON form of the fields above.
	Hash string `json:"-"`
}

// Checkpoint is the end of the audit chain. Deposited elsewhere, it proves later
// that nothing before it was changed or cut off.
type Checkpoint struct {
	N    int64 // number of records
	Hash string
}

// ChainError names the first record at which the audit chain is broken.
type ChainError struct {
	N   int64
	Why string
}

// Error says where the chain breaks and how.
func (e *ChainError) Error() string {
	return fmt.Sprintf("audit chain is broken at record %d: %s", e.N, e.Why)
}

// chained gives the hash of a record that follows prev.
func (r Record) chained(prev [sha256.Size]byte) ([sha256.Size]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return prev, err
	}
	return sha256.Sum256(append(prev[:], text...)), nil
}

// AppendAudit adds a record to the end of the chain; N and Hash are given here.
func (s *State) AppendAudit(ctx context.Context, r Record) error {
	return s.db.update(ctx, "append audit record", func(tx *sql.Tx) error {
		return appendAudit(tx, []Record{r})
	})
}

func appendAudit(tx *sql.Tx, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	var (
		n    int64
		last []byte
		prev [sha256.Size]byte
	)
	err := tx.QueryRow("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").Scan(&n, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read audit chain: %w", err)
	}
	copy(prev[:], last)
	for _, r := range records {
		n++
		r.N = n
		if prev, err = r.chained(prev); err != nil {
			return fmt.Errorf("encode audit record: %w", err)
		}
		_, err = tx.Exec(`INSERT INTO audit (n, at, actor, action, object, reason, detail, hash)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, n, r.At, r.Actor, r.Action, r.Object, r.Reason, r.Detail, prev[:])
		if err != nil {
			return fmt.Errorf("write audit record: %w", err)
		}
	}
	return nil
}

// Audit yields the records after n in order, and stops at the first error.
func (s *State) Audit(ctx context.Context, n int64) iter.Seq2[Record, error] {
	const query = "SELECT n, at, actor, action, object, reason, detail, hash FROM audit WHERE n > ? ORDER BY n"
	return func(yield func(Record, error) bool) {
		err := s.db.each(ctx, query, []any{n}, func(scan func(...any) error) error {
			var (
				r    Record
				hash []byte
			)
			if err := scan(&r.N, &r.At, &r.Actor, &r.Action, &r.Object, &r.Reason, &r.Detail, &hash); err != nil {
				return err
			}
			r.Hash = hex.EncodeToString(hash)
			if !yield(r, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Record{}, fmt.Errorf("read audit: %w", err))
		}
	}
}

// errStop ends a query whose reader has enough.
var errStop = errors.New("enough")

// VerifyAudit recomputes the whole chain and gives its end. A broken chain is a
// *ChainError with the first broken record. Records cut off at the end leave a
// whole chain: only an older Checkpoint shows them.
func (s *State) VerifyAudit(ctx context.Context) (Checkpoint, error) {
	var (
		end  Checkpoint
		prev [sha256.Size]byte
	)
	for r, err := range s.Audit(ctx, 0) {
		if err != nil {
			return end, err
		}
		if r.N != end.N+1 {
			return end, &ChainError{N: end.N + 1, Why: "the record is missing"}
		}
		if prev, err = r.chained(prev); err != nil {
			return end, fmt.Errorf("encode audit record: %w", err)
		}
		if hash := hex.EncodeToString(prev[:]); hash != r.Hash {
			return end, &ChainError{N: r.N, Why: "its content does not match its hash"}
		}
		end = Checkpoint{N: r.N, Hash: r.Hash}
	}
	return end, nil
}
