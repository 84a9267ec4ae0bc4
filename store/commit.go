package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/store/outbox"
)

// Batch is what one entry of a district's journal did to the state. It is
// written as a whole or not at all.
type Batch struct {
	District roster.DistrictID
	// Seq is the journal sequence of the entry, > 0.
	Seq         uint64
	Alerts      []AlertChange
	DeadLetters []DeadLetter   // District and Seq are taken from the batch
	Audit       []audit.Record // their District is taken from the batch
	// Notices are told after the alerts of the batch, at the earliest when due.
	Notices []notice.Notice
	At      roster.Instant // when the entry was journaled
}

// AlertChange is one change of an alert. An alert may change several times in a
// batch, in order of its versions.
type AlertChange struct {
	Alert alerts.Alert
	What  alerts.Change
	At    roster.Instant
}

// Commit writes a batch and moves the district's cursor in one transaction. A
// batch at or behind the cursor changes nothing and is no error: that is how a
// daemon that lost its memory catches up. An alert whose version is not newer
// than the stored one is an error.
func (s *State) Commit(ctx context.Context, b Batch) error {
	what := fmt.Sprintf("commit %s through %d", b.District, b.Seq)
	return s.db.Update(ctx, what, func(tx *sql.Tx) error {
		forward, err := database.Advance(tx, b.District, b.Seq)
		if err != nil || !forward {
			return err
		}
		for i := range b.Alerts {
			if err := s.putAlert(tx, b.District, &b.Alerts[i]); err != nil {
				return err
			}
		}
		if err := outbox.Put(tx, b.Notices, b.At); err != nil {
			return err
		}
		if err := s.putDeadLetters(tx, &b); err != nil {
			return err
		}
		records := slices.Clone(b.Audit)
		for i := range records {
			records[i].District = b.District
		}
		return audit.Append(tx, records)
	})
}

const upsertAlert = `INSERT INTO alerts
	(id, district, state, severity, kind, office, officer, subject, opened, version, next_step_at, silenced, outcome, active, body)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET district = excluded.district, state = excluded.state,
		severity = excluded.severity, kind = excluded.kind, office = excluded.office,
		officer = excluded.officer, subject = excluded.subject, opened = excluded.opened,
		version = excluded.version, next_step_at = excluded.next_step_at, silenced = excluded.silenced,
		outcome = excluded.outcome, active = excluded.active, body = excluded.body
	WHERE excluded.version > alerts.version`

// silenced is 1 for an alert that a silence holds back.
func silenced(a *alerts.Alert) int64 {
	if a.Escalation != nil && a.Escalation.Held {
		return 1
	}
	return 0
}

// active is 1 for an alert whose condition holds.
func active(a *alerts.Alert) int64 {
	if a.Episode.Ended == 0 {
		return 1
	}
	return 0
}

func (s *State) putAlert(tx *sql.Tx, district roster.DistrictID, c *AlertChange) error {
	ep := &c.Alert.Episode
	body, err := json.Marshal(&c.Alert)
	if err != nil {
		return fmt.Errorf("encode alert %s: %w", ep.ID, err)
	}
	done, err := tx.Exec(upsertAlert, ep.ID, district, c.Alert.State, ep.Severity, ep.Kind,
		ep.Office, c.Alert.Officer(), ep.Subject, ep.Opened, c.Alert.Version, c.Alert.Next().At, silenced(&c.Alert),
		c.Alert.Outcome, active(&c.Alert), s.Encrypt(body, alertPlace(ep.ID)))
	if err != nil {
		return fmt.Errorf("write alert %s: %w", ep.ID, err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return fmt.Errorf("write alert %s: %w", ep.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("write alert %s: version %d is not newer than the stored one", ep.ID, c.Alert.Version)
	}
	if err := markKept(tx, &c.Alert); err != nil {
		return err
	}
	if err := stopNotices(tx, c); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO outbox (alert, what, at) VALUES (?, ?, ?)", ep.ID, c.What, c.At); err != nil {
		return fmt.Errorf("write outbox of %s: %w", ep.ID, err)
	}
	return nil
}
