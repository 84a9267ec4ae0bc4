package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store/audit"
)

// Silences lists the silences that are not over at an instant, oldest first.
func (s *State) Silences(ctx context.Context, at roster.Instant) ([]alerts.Silence, error) {
	list := []alerts.Silence{}
	const query = "SELECT id, body FROM silences WHERE until > ? ORDER BY id"
	err := s.db.Each(ctx, query, []any{at}, func(scan func(...any) error) error {
		one, err := scanSilence(scan)
		list = append(list, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", err)
	}
	return list, nil
}

func scanSilence(scan func(...any) error) (one alerts.Silence, err error) {
	var (
		id   int64
		body []byte
	)
	if err := scan(&id, &body); err != nil {
		return one, err
	}
	err = json.Unmarshal(body, &one)
	one.ID = id
	return one, err
}

// PutSilence begins a silence, gives it its id and writes that to the audit chain.
// What is wrong with it is an *alerts.FieldError. Notices that wait already wait
// until its end.
func (s *State) PutSilence(ctx context.Context, one alerts.Silence) (alerts.Silence, error) {
	one.ID, one.Ended = 0, nil
	if err := one.Check(); err != nil {
		return one, fmt.Errorf("begin silence: %w", err)
	}
	err := s.db.Update(ctx, "begin silence", func(tx *sql.Tx) error {
		body, err := json.Marshal(&one)
		if err != nil {
			return err
		}
		err = tx.QueryRow("INSERT INTO silences (district, until, body) VALUES (?, ?, ?) RETURNING id",
			one.District, one.Until, body).Scan(&one.ID)
		if err != nil {
			return err
		}
		if err := s.shiftNotices(tx, &one, one.Until); err != nil {
			return err
		}
		return auditSilence(tx, &one, "silence.begin", one.Made)
	})
	return one, err
}

// EndSilence ends a silence of a district now and writes that to the audit chain;
// ErrNotFound without one that is not over. What it held back becomes due.
func (s *State) EndSilence(ctx context.Context, district roster.DistrictID, id int64, by duty.Stamp) (alerts.Silence, error) {
	var one alerts.Silence
	err := s.db.Update(ctx, "end silence", func(tx *sql.Tx) (err error) {
		row := tx.QueryRow("SELECT id, body FROM silences WHERE id = ? AND district = ? AND until > ?", id, district, by.At)
		if one, err = scanSilence(row.Scan); err != nil {
			return err
		}
		if err := s.shiftNotices(tx, &one, by.At); err != nil {
			return err
		}
		one.Ended = &by
		body, err := json.Marshal(&one)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE silences SET until = ?, body = ? WHERE id = ?", one.End(), body, id); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE alerts SET next_step_at = ? WHERE silenced = 1 AND district = ?", by.At, district); err != nil {
			return err
		}
		return auditSilence(tx, &one, "silence.end", by)
	})
	return one, err
}

func auditSilence(tx *sql.Tx, one *alerts.Silence, action string, by duty.Stamp) error {
	return audit.Append(tx, []audit.Record{{
		At: by.At, Actor: by.By, Action: action, Object: fmt.Sprintf("%s/%d", one.District, one.ID), Reason: one.Reason,
		District: one.District, Subject: one.Subject,
		Detail: fmt.Sprintf("kind %q, subject %q, office %q, device %q, until %d", one.Kind, one.Subject, one.Office, one.Device, one.Until),
	}})
}

// waitingNotices are those that ask for something, with their alerts.
const waitingNotices = `SELECT n.id, n.due, a.id, a.body FROM notices n JOIN alerts a ON a.id = n.alert
	WHERE n.state = 'pending' AND n.district = ? AND n.why IN (?, ?, ?, ?, ?)`

// shiftNotices makes what a silence holds back due at an instant: its end when it
// begins, or now when it is ended before.
func (s *State) shiftNotices(tx *sql.Tx, one *alerts.Silence, due roster.Instant) error {
	args := []any{one.District}
	for _, why := range asking() {
		args = append(args, why)
	}
	rows, err := tx.Query(waitingNotices, args...)
	if err != nil {
		return fmt.Errorf("read waiting notices: %w", err)
	}
	var ids []int64
	for err == nil && rows.Next() {
		var id int64
		var moves bool
		if id, moves, err = s.scanDelayed(rows, one, due); moves {
			ids = append(ids, id)
		}
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read waiting notices: %w", err)
	}
	for _, id := range ids {
		if _, err := tx.Exec("UPDATE notices SET due = ? WHERE id = ?", due, id); err != nil {
			return fmt.Errorf("move notice: %w", err)
		}
	}
	return nil
}

// scanDelayed reads a waiting notice and tells whether it becomes due at another
// instant.
func (s *State) scanDelayed(rows *sql.Rows, one *alerts.Silence, due roster.Instant) (id int64, moves bool, err error) {
	var (
		was   roster.Instant
		about string
		body  []byte
	)
	if err := rows.Scan(&id, &was, &about, &body); err != nil {
		return 0, false, err
	}
	a, err := s.openAlert(about, body)
	begins := due == one.Until
	moves = begins && was < due || !begins && was == one.Until
	return id, moves && err == nil && one.Covers(&a.Episode, one.Made.At), err
}

// asking are the reasons of notices that ask somebody to act.
func asking() []notice.Why {
	return []notice.Why{notice.ToOpen, notice.ToEscalate, notice.ToRepeat, notice.ToReturn, notice.ToDigest}
}
