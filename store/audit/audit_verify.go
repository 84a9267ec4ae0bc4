package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"correctiond/seal"
	"correctiond/store/database"
)

// verifyChunk is how many records are read at once: a long read would keep the
// write-ahead log from being copied back.
const verifyChunk = 10_000

// VerifyAudit recomputes the whole chain and gives its end. A broken chain is a
// *ChainError with the first broken record. Records cut off at the end leave a
// whole chain: only an older Checkpoint shows them, by CheckDeposit.
func (c *Chain) VerifyAudit(ctx context.Context) (Checkpoint, error) {
	end, err := c.AuditStart(ctx)
	for err == nil {
		before := end.N
		end, err = c.VerifyAuditOn(ctx, end, verifyChunk)
		if end.N == before {
			break
		}
	}
	return end, err
}

// VerifyAuditOn recomputes at most limit records that follow one whose chain was
// found whole before, and gives the last of them. That record is looked at again,
// too: an end that was cut off and written anew is a *ChainError.
func (c *Chain) VerifyAuditOn(ctx context.Context, from Checkpoint, limit int) (Checkpoint, error) {
	end := from
	prev, err := fromHex(from.Hash)
	if err != nil {
		return end, fmt.Errorf("verify audit: %w", err)
	}
	if err := c.CheckDeposit(ctx, from); err != nil {
		return end, err
	}
	for r, err := range c.audit(ctx, " WHERE n > ? ORDER BY n LIMIT ?", from.N, limit) {
		if err != nil {
			return end, err
		}
		if r.N != end.N+1 {
			return end, &ChainError{N: end.N + 1, Why: "the record is missing"}
		}
		if prev, err = r.chained(prev); err != nil {
			return end, &ChainError{N: r.N, Why: err.Error()}
		}
		if hash := hex.EncodeToString(prev[:]); hash != r.Hash {
			return end, &ChainError{N: r.N, Why: "its content does not match its hash"}
		}
		end = Checkpoint{N: r.N, Hash: r.Hash}
	}
	return end, nil
}

func fromHex(text string) (hash [seal.HashSize]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err == nil && len(raw) != len(hash) && len(raw) != 0 {
		err = fmt.Errorf("a hash has %d bytes", len(hash))
	}
	copy(hash[:], raw)
	return hash, err
}

// CheckDeposit compares a checkpoint that was deposited elsewhere with the chain.
// A record that is gone or has another hash is a *ChainError; one that retention
// has deleted cannot be compared any more, which is an error of its own.
func (c *Chain) CheckDeposit(ctx context.Context, deposit Checkpoint) error {
	start, err := c.AuditStart(ctx)
	switch {
	case err != nil:
		return err
	case deposit.N == start.N && deposit.Hash == start.Hash:
		return nil
	case deposit.N <= start.N:
		return fmt.Errorf("record %d cannot be checked: retention has deleted the records up to %d; use a later checkpoint", deposit.N, start.N)
	}
	var hash []byte
	err = c.db.Read.QueryRowContext(ctx, "SELECT hash FROM audit WHERE n = ?", deposit.N).Scan(&hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &ChainError{N: deposit.N, Why: "the checkpoint has it, but the chain was cut off before it"}
	case err != nil:
		return fmt.Errorf("read audit: %w", database.Explain(err))
	case hex.EncodeToString(hash) != deposit.Hash:
		return &ChainError{N: deposit.N, Why: "its hash is not that of the checkpoint: the chain was written anew"}
	}
	return nil
}
