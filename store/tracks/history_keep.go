package tracks

import (
	"context"
	"database/sql"
	"strings"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/database"
)

// Kept is a span of a person's track that a legal hold keeps from deletion.
type Kept struct {
	Subject     roster.SubjectID
	From, Until roster.Instant // [From, Until)
}

// PruneKeeping deletes the events of a kind with a time before an instant, without
// what legal holds keep, and returns how many there were: retention is per kind
// (个人信息保护法 Article 19: no longer than needed). It works in small transactions,
// so that writing goes on.
func (h *History) PruneKeeping(ctx context.Context, kind event.Kind, before roster.Instant, kept []Kept) (int64, error) {
	query, args := "", []any{}
	for _, k := range kept {
		query += ", (?, ?, ?)"
		args = append(args, k.Subject, k.From, k.Until)
	}
	spared := ""
	if len(kept) > 0 {
		query = "WITH kept (subject, first, last) AS (VALUES " + strings.TrimPrefix(query, ", ") + ") "
		spared = " AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.subject = events.subject AND time >= first AND time < last)"
	}
	query += "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE kind = ? AND time < ?" + spared + " LIMIT ?)"
	for total := int64(0); ; {
		var n int64
		err := h.db.Update(ctx, "prune history", func(tx *sql.Tx) error {
			done, err := tx.Exec(query, append(append([]any{}, args...), kind, before, database.PruneChunk)...)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		total += n
		if err != nil || n < database.PruneChunk {
			return total, err
		}
	}
}
