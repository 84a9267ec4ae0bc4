package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"correctiond/alerts/notice"
)

// FinishParcel writes down how the attempt ended. A notice that another worker
// has claimed in the meantime keeps its own fate, unless it was delivered.
func (b *Box) FinishParcel(ctx context.Context, p notice.Parcel, e notice.Ending) error {
	if len(e.Fates) != len(p.Notices) {
		return fmt.Errorf("finish notices: %d fates of %d notices", len(e.Fates), len(p.Notices))
	}
	return b.db.Update(ctx, "finish notices", func(tx *sql.Tx) error {
		for i := range p.Notices {
			if err := finish(tx, &p.Notices[i], &e, e.Fates[i]); err != nil {
				return err
			}
		}
		return hold(tx, &p, &e)
	})
}

func finish(tx *sql.Tx, n *notice.Sending, e *notice.Ending, f notice.Fate) error {
	_, err := tx.Exec("UPDATE attempts SET ended = ?, result = ?, request = ?, answer = ? WHERE notice = ? AND n = ?",
		e.At, e.Result, e.Request, e.Answer, n.ID, n.Tries)
	if err != nil {
		return fmt.Errorf("end attempt of notice %d: %w", n.ID, err)
	}
	if f.State == notice.Sent {
		_, err = tx.Exec("UPDATE notices SET state = 'sent', claimed_by = '', claimed_until = 0 WHERE id = ?", n.ID)
	} else {
		_, err = tx.Exec(`UPDATE notices SET state = ?, due = CASE WHEN ? > 0 THEN ? ELSE due END, claimed_by = '', claimed_until = 0
			WHERE id = ? AND tries = ? AND state = 'pending'`, f.State, f.Due, f.Due, n.ID, n.Tries)
	}
	if err != nil {
		return fmt.Errorf("write fate of notice %d: %w", n.ID, err)
	}
	return nil
}

// hold keeps letters back, or lets them go again once a delivery has emptied
// what is due.
func hold(tx *sql.Tx, p *notice.Parcel, e *notice.Ending) error {
	var err error
	switch {
	case e.Hold > 0:
		_, err = tx.Exec(`INSERT INTO holds (channel, district, officer, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (channel, district, officer) DO UPDATE SET until = excluded.until`, p.Channel, p.District, p.Officer, e.Hold)
	case e.Result == notice.DeliveredResult:
		_, err = tx.Exec(`DELETE FROM holds WHERE channel = ? AND district = ? AND officer = ? AND NOT EXISTS
			(SELECT 1 FROM notices WHERE state = 'pending' AND channel = ? AND district = ? AND officer = ? AND due <= ?)`,
			p.Channel, p.District, p.Officer, p.Channel, p.District, p.Officer, e.At)
	}
	if err != nil {
		return fmt.Errorf("hold notices: %w", err)
	}
	return nil
}

// ReleaseParcels ends the claims of a worker that no longer runs, so that its
// successor need not wait for their end.
func (b *Box) ReleaseParcels(ctx context.Context, worker string) error {
	return b.db.Update(ctx, "release notices", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE notices SET claimed_by = '', claimed_until = 0 WHERE state = 'pending' AND claimed_by = ?", worker)
		return err
	})
}
