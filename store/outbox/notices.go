// Package outbox keeps the notices that people are to get, which letters are being
// sent, and how each attempt ended.
package outbox

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/database"
)

// Box is what people are to be told, in one database. Notices are put in by whoever
// changes alerts, in the same transaction; letters are taken out by claims.
type Box struct {
	db *database.DB
	// pointless tells whether a notice asks for nothing any more, from the state of
	// the alert.
	pointless func(state string, why notice.Why) bool
}

// New is the box in d.
func New(d *database.DB, pointless func(state string, why notice.Why) bool) *Box {
	return &Box{db: d, pointless: pointless}
}

const insertNotice = `INSERT INTO notices (key, alert, district, step, why, channel, officer, grouped, created, due, severity, body)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`

// gotEarlier lists who was told of an alert, or may have been. Operations are told
// of a channel, not of the alert.
const gotEarlier = `SELECT DISTINCT channel, officer FROM notices
	WHERE alert = ? AND (state = 'sent' OR tries > 0) AND why <> 'operate' ORDER BY channel, officer`

// Put writes what people are to be told, in the transaction that is the reason.
func Put(tx *sql.Tx, list []notice.Notice, at roster.Instant) error {
	for i := range list {
		n := list[i]
		if !n.Follow {
			if err := putNotice(tx, &n, at); err != nil {
				return err
			}
			continue
		}
		told, err := earlier(tx, n.Alert)
		if err != nil {
			return err
		}
		for _, to := range told {
			n.Channel, n.Officer = to.channel, to.officer
			if err := putNotice(tx, &n, at); err != nil {
				return err
			}
		}
	}
	return nil
}

type told struct {
	channel string
	officer roster.OfficerID
}

func earlier(tx *sql.Tx, alert string) (list []told, err error) {
	rows, err := tx.Query(gotEarlier, alert)
	if err != nil {
		return nil, fmt.Errorf("read who was told of %s: %w", alert, err)
	}
	defer rows.Close()
	for rows.Next() {
		var t told
		if err := rows.Scan(&t.channel, &t.officer); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func putNotice(tx *sql.Tx, n *notice.Notice, at roster.Instant) error {
	body, err := json.Marshal(n.Message)
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	severity, _ := severityOf(&n.Message) // what has none is found unreadable when it is due
	_, err = tx.Exec(insertNotice, n.Key(), n.Alert, n.District, n.Step, n.Why, n.Channel, n.Officer, n.Grouped, at, n.Due, severity, body)
	if err != nil {
		return fmt.Errorf("write notice %s: %w", n.Key(), err)
	}
	return nil
}

func severityOf(m *notice.Message) (s rules.Severity, err error) {
	err = s.UnmarshalText([]byte(m.Severity))
	return s, err
}
