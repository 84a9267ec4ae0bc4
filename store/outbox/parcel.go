package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"correctiond/alerts/notice"
)

// recipientsTried bounds how many recipients one call looks at: what waits for
// one may be taken by others, or be pointless, when it is looked at.
const recipientsTried = 20

// most is how much of what waits for one recipient is considered for one letter.
const most = 200

// TakeParcel claims the most urgent letter that is due and that nobody else is
// sending, and writes down that an attempt begins. Nobody else gets its notices
// before the claim ends. Requests to act on an alert that somebody has taken on
// are cancelled instead. A recipient gets one letter of a channel at a time.
// Without anything due the parcel is empty.
func (b *Box) TakeParcel(ctx context.Context, c notice.Claim) (notice.Parcel, error) {
	for range recipientsTried {
		p, err := b.nextRecipient(ctx, &c)
		if err != nil || p.Channel == "" {
			return notice.Parcel{}, err
		}
		err = b.db.Update(ctx, "take notices", func(tx *sql.Tx) error { return b.take(tx, &c, &p) })
		if err != nil || len(p.Notices) > 0 {
			return p, err
		}
	}
	return notice.Parcel{}, nil
}

// nextRecipient asks the readers, so that a long queue keeps no writer waiting.
func (b *Box) nextRecipient(ctx context.Context, c *notice.Claim) (p notice.Parcel, err error) {
	const query = `SELECT n.channel, n.district, n.officer FROM notices n
		WHERE n.state = 'pending' AND n.due <= ? AND n.claimed_until <= ?
		AND NOT EXISTS (SELECT 1 FROM notices c WHERE c.state = 'pending' AND c.channel = n.channel
			AND c.district = n.district AND c.officer = n.officer AND c.claimed_until > 0 AND c.claimed_until > ?)
		AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.channel = n.channel
			AND h.district = n.district AND h.officer = n.officer AND h.until > ?) AND `
	const order = " ORDER BY n.severity, n.due, n.id LIMIT 1"
	which, args := throughChannel(c)
	args = append([]any{c.At, c.At, c.At, c.At}, args...)
	err = b.db.Each(ctx, query+which+order, args, func(scan func(...any) error) error {
		return scan(&p.Channel, &p.District, &p.Officer)
	})
	if err != nil {
		return p, fmt.Errorf("find due notices: %w", err)
	}
	return p, nil
}

// throughChannel is the condition on the channel.
func throughChannel(c *notice.Claim) (condition string, args []any) {
	if c.Channel != "" {
		return "n.channel = ?", []any{c.Channel}
	}
	for _, name := range c.Except {
		args = append(args, name)
	}
	return "n.channel NOT IN (''" + strings.Repeat(", ?", len(args)) + ")", args
}

// take claims what travels together for the recipient of p.
func (b *Box) take(tx *sql.Tx, c *notice.Claim, p *notice.Parcel) error {
	held, free, err := recipient(tx, c, p)
	if err != nil || !free {
		return err
	}
	waiting, err := b.waitingFor(tx, c, p)
	if err != nil {
		return err
	}
	p.Notices = notice.Together(waiting, c.At, held)
	if len(waiting) >= most {
		if waiting, err = b.withRiders(tx, c, p, waiting); err != nil {
			return err
		}
		p.Notices = notice.Together(waiting, c.At, held)
	}
	for i := range p.Notices {
		n := &p.Notices[i]
		n.Tries++
		if n.First == 0 {
			n.First = c.At
		}
		if err := begin(tx, c, n); err != nil {
			return err
		}
	}
	return nil
}

// recipient tells whether letters to it were held back, and whether it may get
// one now.
func recipient(tx *sql.Tx, c *notice.Claim, p *notice.Parcel) (held, free bool, err error) {
	const query = `SELECT
		(SELECT count(*) FROM holds WHERE channel = ? AND district = ? AND officer = ?),
		(SELECT count(*) FROM holds WHERE channel = ? AND district = ? AND officer = ? AND until > ?) +
		(SELECT count(*) FROM notices WHERE state = 'pending' AND channel = ? AND district = ? AND officer = ?
			AND claimed_until > 0 AND claimed_until > ?)`
	var holds, busy int
	err = tx.QueryRow(query, p.Channel, p.District, p.Officer, p.Channel, p.District, p.Officer, c.At,
		p.Channel, p.District, p.Officer, c.At).Scan(&holds, &busy)
	return holds > 0, busy == 0, err
}

// waitingFor reads what the recipient may get now or has been tried to get
// before, the most urgent first.
func (b *Box) waitingFor(tx *sql.Tx, c *notice.Claim, p *notice.Parcel) ([]notice.Sending, error) {
	return b.readWaiting(tx, p, " ORDER BY n.severity, n.id LIMIT ?"+lockRows, []any{p.Channel, p.District, p.Officer, c.At, c.At, most})
}

// withRiders adds what else is about the alerts of the letter.
func (b *Box) withRiders(tx *sql.Tx, c *notice.Claim, p *notice.Parcel, waiting []notice.Sending) ([]notice.Sending, error) {
	have, asked := map[int64]bool{}, map[string]bool{}
	for i := range waiting {
		have[waiting[i].ID] = true
	}
	for i := range p.Notices {
		id := p.Notices[i].Alert
		if asked[id] {
			continue
		}
		asked[id] = true
		more, err := b.readWaiting(tx, p, " AND n.alert = ?"+lockRows, []any{p.Channel, p.District, p.Officer, c.At, c.At, id})
		if err != nil {
			return nil, err
		}
		for _, n := range more {
			if !have[n.ID] {
				waiting = append(waiting, n)
			}
		}
	}
	return waiting, nil
}

// lockRows leaves out, on PostgreSQL, what another transaction is claiming or
// finishing, and keeps what was read for this one.
const lockRows = " /*pg FOR UPDATE OF n SKIP LOCKED */"

// readWaiting reads some of what waits for the recipient and cancels what became
// pointless.
func (b *Box) readWaiting(tx *sql.Tx, p *notice.Parcel, which string, args []any) (waiting []notice.Sending, err error) {
	const query = `SELECT n.id, n.alert, n.step, n.why, n.grouped, n.created, n.due, n.tries, n.body,
		coalesce((SELECT min(t.at) FROM attempts t WHERE t.notice = n.id), 0),
		coalesce((SELECT t.at FROM attempts t WHERE t.notice = n.id AND t.n = n.tries AND t.ended = 0), 0), a.state
		FROM notices n JOIN alerts a ON a.id = n.alert
		WHERE n.state = 'pending' AND n.channel = ? AND n.district = ? AND n.officer = ?
		AND n.claimed_until <= ? AND (n.due <= ? OR n.tries > 0)`
	rows, err := tx.Query(query+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []dropped
	for rows.Next() {
		n, instead, err := b.scanWaiting(rows, p)
		switch {
		case err != nil:
			return nil, err
		case instead != notice.Pending:
			out = append(out, dropped{n.ID, instead})
		default:
			waiting = append(waiting, n)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return waiting, drop(tx, out)
}

// scanWaiting reads a notice and the state it is to have. One that nobody can
// read must not keep the others waiting.
func (b *Box) scanWaiting(rows *sql.Rows, p *notice.Parcel) (n notice.Sending, is notice.State, err error) {
	n.Channel, n.District, n.Officer, n.State = p.Channel, p.District, p.Officer, notice.Pending
	var (
		body  []byte
		state string
	)
	err = rows.Scan(&n.ID, &n.Alert, &n.Step, &n.Why, &n.Grouped, &n.Created, &n.Due, &n.Tries, &body, &n.First, &n.Begun, &state)
	switch {
	case err != nil:
	case b.pointless(state, n.Why):
		return n, notice.Cancelled, nil
	case json.Unmarshal(body, &n.Message) != nil:
		return n, notice.Failed, nil
	}
	if _, unknown := severityOf(&n.Message); unknown != nil {
		return n, notice.Failed, nil
	}
	return n, notice.Pending, err
}

// dropped is a notice that is not sent any more.
type dropped struct {
	id int64
	is notice.State
}

func drop(tx *sql.Tx, list []dropped) error {
	for _, d := range list {
		if _, err := tx.Exec("UPDATE notices SET state = ? WHERE id = ? AND state = 'pending'", d.is, d.id); err != nil {
			return err
		}
	}
	return nil
}

// begin writes down that the attempt n.Tries begins.
func begin(tx *sql.Tx, c *notice.Claim, n *notice.Sending) error {
	_, err := tx.Exec("UPDATE notices SET tries = ?, claimed_by = ?, claimed_until = ? WHERE id = ?", n.Tries, c.Worker, c.Until, n.ID)
	if err != nil {
		return fmt.Errorf("claim notice %d: %w", n.ID, err)
	}
	if _, err := tx.Exec("INSERT INTO attempts (notice, n, at) VALUES (?, ?, ?)", n.ID, n.Tries, c.At); err != nil {
		return fmt.Errorf("begin attempt of notice %d: %w", n.ID, err)
	}
	return nil
}
