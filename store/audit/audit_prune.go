package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store/database"
)

// auditPrune is the action of the record that says which others were deleted.
const auditPrune = "audit.prune"

// AuditStart is the last record that retention has deleted: the chain begins after
// it. Nothing deleted is the zero Checkpoint. An anchor that no record of the chain
// speaks of is a *ChainError: then somebody else has cut the beginning off.
func (c *Chain) AuditStart(ctx context.Context) (Checkpoint, error) {
	var hash []byte
	var at Checkpoint
	err := c.db.Read.QueryRowContext(ctx, "SELECT n, hash FROM audit_anchors ORDER BY n DESC LIMIT 1").Scan(&at.N, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return at, fmt.Errorf("read audit: %w", database.Explain(err))
	}
	at.Hash = hex.EncodeToString(hash)
	for r, err := range c.audit(ctx, " WHERE object = ? AND action = ?", fmt.Sprint(at.N), auditPrune) {
		if err != nil || r.Detail == at.text() {
			return at, err
		}
	}
	return Checkpoint{}, &ChainError{N: 1, Why: fmt.Sprintf("it and those up to %d are gone, and no record says that they were pruned", at.N)}
}

// text is a checkpoint as a record holds it.
func (c Checkpoint) text() string {
	text, _ := json.Marshal(c) // never fails
	return string(text)
}

// PruneAudit deletes the records from before an instant, as far as no younger one
// stands among them, and returns how many there were. What remains can be verified:
// a record of the chain and an anchor hold the hash that it begins with.
func (c *Chain) PruneAudit(ctx context.Context, before, now roster.Instant) (deleted int64, err error) {
	err = c.db.Update(ctx, "prune audit", func(tx *sql.Tx) error {
		last, err := lastBefore(tx, before)
		if err != nil || last.N == 0 {
			return err
		}
		hash, err := hex.DecodeString(last.Hash)
		if err != nil {
			return err
		}
		err = Append(tx, []Record{{At: now, Actor: "daemon", Action: auditPrune, Object: fmt.Sprint(last.N), Detail: last.text()}})
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO audit_anchors (n, hash) VALUES (?, ?)", last.N, hash); err != nil {
			return err
		}
		done, err := tx.Exec("DELETE FROM audit WHERE n <= ?", last.N)
		if err == nil {
			deleted, err = done.RowsAffected()
		}
		return err
	})
	return deleted, err
}

// lastBefore is the last record before the first one that is not older than an
// instant; the zero Checkpoint without one. The newest record is never it.
func lastBefore(tx *sql.Tx, before roster.Instant) (last Checkpoint, err error) {
	const query = `SELECT n, hash FROM audit
		WHERE n < coalesce((SELECT min(n) FROM audit WHERE at >= ?), (SELECT max(n) FROM audit)) ORDER BY n DESC LIMIT 1`
	var hash []byte
	err = tx.QueryRow(query, before).Scan(&last.N, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	last.Hash = hex.EncodeToString(hash)
	return last, err
}

// SetAuditHash makes new records of the chain use an algorithm; those before keep
// theirs. It reports whether that is a change, which is a record itself.
func (c *Chain) SetAuditHash(ctx context.Context, alg seal.Hash, now roster.Instant) (changed bool, err error) {
	if _, err := alg.New(); err != nil {
		return false, err
	}
	err = c.db.Update(ctx, "set audit hash", func(tx *sql.Tx) error {
		before, err := auditHash(tx)
		if changed = err == nil && before != alg; !changed {
			return err
		}
		_, err = tx.Exec("INSERT INTO audit_hash (id, alg) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET alg = excluded.alg", alg)
		if err != nil {
			return err
		}
		return Append(tx, []Record{{At: now, Actor: "daemon", Action: "audit.hash", Object: string(alg), Detail: "before: " + string(before)}})
	})
	return changed && err == nil, err
}

// auditHash is the algorithm of new records.
func auditHash(tx *sql.Tx) (alg seal.Hash, err error) {
	err = tx.QueryRow("SELECT alg FROM audit_hash WHERE id = 1").Scan(&alg)
	if errors.Is(err, sql.ErrNoRows) {
		return seal.SHA256, nil
	}
	return alg, err
}

// AuditBetween yields the records with a time in [from, until) in their order; an
// until of 0 is open.
func (c *Chain) AuditBetween(ctx context.Context, from, until roster.Instant) func(func(Record, error) bool) {
	return c.audit(ctx, " WHERE at >= ? AND (? = 0 OR at < ?) ORDER BY n", from, until, until)
}

// AuditOf yields the records about an object, oldest first.
func (c *Chain) AuditOf(ctx context.Context, object string) func(func(Record, error) bool) {
	return c.audit(ctx, " WHERE object = ? ORDER BY n", object)
}
