package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store/database"
)

// NoticesOf lists the notices of an alert with all their attempts, in the order
// they were written, without their messages. An unknown alert has none.
func (b *Box) NoticesOf(ctx context.Context, alert string) ([]notice.Sending, error) {
	const query = `SELECT id, alert, district, step, why, channel, officer, grouped, created, due, state, tries
		FROM notices WHERE alert = ? ORDER BY id`
	var list []notice.Sending
	err := b.db.Each(ctx, query, []any{alert}, func(scan func(...any) error) error {
		var n notice.Sending
		err := scan(&n.ID, &n.Alert, &n.District, &n.Step, &n.Why, &n.Channel, &n.Officer, &n.Grouped, &n.Created, &n.Due, &n.State, &n.Tries)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	return list, b.attempts(ctx, alert, list)
}

// attempts adds to the notices of an alert what was tried.
func (b *Box) attempts(ctx context.Context, alert string, list []notice.Sending) error {
	const query = `SELECT t.notice, t.n, t.at, t.ended, t.result, t.request, t.answer
		FROM attempts t JOIN notices n ON n.id = t.notice WHERE n.alert = ? ORDER BY t.notice, t.n`
	at := make(map[int64]*notice.Sending, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	err := b.db.Each(ctx, query, []any{alert}, func(scan func(...any) error) error {
		var (
			id int64
			t  notice.Attempt
		)
		if err := scan(&id, &t.N, &t.At, &t.Ended, &t.Result, &t.Request, &t.Answer); err != nil {
			return err
		}
		if n := at[id]; n != nil { // else it was written after the list was read
			n.Attempts = append(n.Attempts, t)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read attempts: %w", err)
	}
	return nil
}

// NoticesWaiting counts the notices that are due, or were tried in vain, and
// tells since when the oldest waits; 0: none does.
func (b *Box) NoticesWaiting(ctx context.Context, at roster.Instant) (n int, oldest roster.Instant, err error) {
	const query = `SELECT count(*), coalesce(min(CASE WHEN tries > 0 THEN
			(SELECT min(t.at) FROM attempts t WHERE t.notice = notices.id) ELSE due END), 0)
		FROM notices WHERE state = 'pending' AND (due <= ? OR tries > 0)`
	if err := b.db.Read.QueryRowContext(ctx, query, at).Scan(&n, &oldest); err != nil {
		return 0, 0, fmt.Errorf("count waiting notices: %w", database.Explain(err))
	}
	return n, oldest, nil
}

// Tell adds a notice that no step of the alert asked for. One with the same key
// is kept, and this is no error.
func (b *Box) Tell(ctx context.Context, n notice.Notice, at roster.Instant) error {
	return b.db.Update(ctx, "tell", func(tx *sql.Tx) error { return putNotice(tx, &n, at) })
}

// PruneAttempts deletes attempts begun before an instant, of notices that wait no
// longer, in small transactions, and returns how many there were.
func (b *Box) PruneAttempts(ctx context.Context, before roster.Instant) (int64, error) {
	const query = `DELETE FROM attempts WHERE (notice, n) IN (SELECT t.notice, t.n FROM attempts t
		JOIN notices s ON s.id = t.notice WHERE t.at < ? AND s.state <> 'pending' LIMIT ?)`
	return b.db.Prune(ctx, "prune attempts", query, before)
}
