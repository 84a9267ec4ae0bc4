// Package audit keeps the chain of records about who did what: each record vouches,
// by its hash, for those before it. Records are appended by whoever changes
// something, in the same transaction.
package audit

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store/database"
)

// Chain is the audit chain of a database.
type Chain struct{ db *database.DB }

// New is the chain in d.
func New(d *database.DB) *Chain { return &Chain{db: d} }

// Record is one line of the audit chain: who did what to which object, and why.
type Record struct {
	N      int64          `json:"n"` // given by the store: 1, 2, 3 … without a gap
	At     roster.Instant `json:"at"`
	Actor  string         `json:"actor"`
	Action string         `json:"action"`
	Object string         `json:"object"`
	Reason string         `json:"reason"`
	Detail string         `json:"detail"`
	// District and Subject are whose matter it is, empty when it is nobody's or not
	// known. What is left empty is filled in by what Object names; see attribute.
	District roster.DistrictID `json:"district,omitempty"`
	Subject  roster.SubjectID  `json:"subject,omitempty"`
	// Purpose tells kinds of the same action apart: a PurposeX, else empty.
	Purpose string `json:"purpose,omitempty"`
	// Hash, in hex, is over the hash of the record before (32 zero bytes for the
	// first) and the JSON form of the fields above; Alg says by which algorithm.
	Hash string    `json:"-"`
	Alg  seal.Hash `json:"-"`
}

// PurposeAlert of a track.read: the page of an alert has shown the track that belongs
// to the alert, to somebody in whose scope it is. Nobody has asked for more.
const PurposeAlert = "alert"

// Checkpoint is the end of the audit chain. Deposited elsewhere, it proves later
// that nothing before it was changed or cut off.
type Checkpoint struct {
	N    int64  `json:"n"` // of the last record
	Hash string `json:"hash"`
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
func (r Record) chained(prev [seal.HashSize]byte) ([seal.HashSize]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return prev, err
	}
	return cmp.Or(r.Alg, seal.SHA256).Sum(prev[:], text)
}

// AppendAudit adds a record to the end of the chain; N and Hash are given here.
func (c *Chain) AppendAudit(ctx context.Context, r Record) error {
	return c.db.Update(ctx, "append audit record", func(tx *sql.Tx) error {
		return Append(tx, []Record{r})
	})
}

// Append adds records to the end of the chain in the transaction that did what they say.
func Append(tx *sql.Tx, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	end, prev, err := chainEnd(tx)
	if err != nil {
		return fmt.Errorf("read audit chain: %w", err)
	}
	alg, err := auditHash(tx)
	if err != nil {
		return fmt.Errorf("read audit hash: %w", err)
	}
	for _, r := range records {
		end++
		if err := attribute(tx, &r); err != nil {
			return fmt.Errorf("attribute audit record: %w", err)
		}
		r.N, r.Alg = end, alg
		r.Reason, r.Detail, r.Object, r.Actor = database.Storable(r.Reason), database.Storable(r.Detail), database.Storable(r.Object), database.Storable(r.Actor)
		r.District, r.Subject = roster.DistrictID(database.Storable(string(r.District))), roster.SubjectID(database.Storable(string(r.Subject)))
		if prev, err = r.chained(prev); err != nil {
			return fmt.Errorf("encode audit record: %w", err)
		}
		_, err = tx.Exec(`INSERT INTO audit (n, at, actor, action, object, reason, detail, district, subject, purpose, hash, alg)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.N, r.At, r.Actor, r.Action, r.Object, r.Reason, r.Detail, r.District, r.Subject, r.Purpose, prev[:], r.Alg)
		if err != nil {
			return fmt.Errorf("write audit record: %w", err)
		}
	}
	return nil
}

// chainEnd is the last record of the chain, with its hash.
func chainEnd(tx *sql.Tx) (n int64, hash [seal.HashSize]byte, err error) {
	var last []byte
	err = tx.QueryRow("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").Scan(&n, &last)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	copy(hash[:], last)
	return n, hash, err
}

// Audit yields the records after n in order, and stops at the first error.
func (c *Chain) Audit(ctx context.Context, n int64) iter.Seq2[Record, error] {
	return c.audit(ctx, " WHERE n > ? ORDER BY n", n)
}

func (c *Chain) audit(ctx context.Context, which string, args ...any) iter.Seq2[Record, error] {
	query := "SELECT n, at, actor, action, object, reason, detail, district, subject, purpose, hash, alg FROM audit" + which
	return func(yield func(Record, error) bool) {
		err := c.db.Each(ctx, query, args, func(scan func(...any) error) error {
			var (
				r    Record
				hash []byte
			)
			err := scan(&r.N, &r.At, &r.Actor, &r.Action, &r.Object, &r.Reason, &r.Detail, &r.District, &r.Subject, &r.Purpose, &hash, &r.Alg)
			if err != nil {
				return err
			}
			r.Hash = hex.EncodeToString(hash)
			if !yield(r, nil) {
				return database.ErrStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, database.ErrStop) {
			yield(Record{}, fmt.Errorf("read audit: %w", err))
		}
	}
}
