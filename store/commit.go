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
	"correctiond/store/entries"
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
	// Drafts are reports that the entry asks for, Taken the tokens of the acts in it
	// that the rules have taken.
	Drafts []entries.Entering
	Taken  []string
}

// AlertChange is one change of an alert. An alert may change several times in a
// batch, in order of its versions.
type AlertChange struct {
	Alert alerts.Alert
	What  alerts.Change
	At    roster.Instant
	body  []byte // what Encode made of the alert; nil: nothing yet
}

// Encode writes down the alert as it is now: what it shares with the rules may be
// another when the batch is committed.
func (c *AlertChange) Encode() (err error) {
	if c.body, err = json.Marshal(&c.Alert); err != nil {
		return fmt.Errorf("encode alert %s: %w", c.Alert.Episode.ID, err)
	}
	return nil
}

// Decoded is the alert as it will be read once the batch is committed.
func (c *AlertChange) Decoded() (alerts.Alert, error) { return decodeAlert(c.body) }

// Commit writes batches in their order and moves the cursors of their districts, in
// one transaction. A batch at or behind the cursor changes nothing and is no error:
// that is how a daemon that lost its memory catches up. An alert whose version is
// not newer than the stored one is an error.
func (s *State) Commit(ctx context.Context, batches ...Batch) error {
	if len(batches) == 0 {
		return nil
	}
	last := &batches[len(batches)-1]
	what := fmt.Sprintf("commit %s through %d", last.District, last.Seq)
	return s.db.Update(ctx, what, func(tx *sql.Tx) error {
		for i := range batches {
			if err := s.putBatch(tx, &batches[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *State) putBatch(tx *sql.Tx, b *Batch) error {
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
	if err := s.putDeadLetters(tx, b); err != nil {
		return err
	}
	records := slices.Clone(b.Audit)
	for i := range records {
		records[i].District = b.District
	}
	if err := audit.Append(tx, records); err != nil {
		return err
	}
	return s.putEntries(tx, b)
}

// putEntries writes what the batch means for the registers.
func (s *State) putEntries(tx *sql.Tx, b *Batch) error {
	for i := range b.Drafts {
		if err := s.Draft(tx, &b.Drafts[i]); err != nil {
			return err
		}
	}
	for _, act := range b.Taken {
		if err := s.Shows(tx, act); err != nil {
			return err
		}
	}
	return nil
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
	if c.body == nil {
		if err := c.Encode(); err != nil {
			return err
		}
	}
	done, err := tx.Exec(upsertAlert, ep.ID, district, c.Alert.State, ep.Severity, ep.Kind,
		ep.Office, c.Alert.Officer(), ep.Subject, ep.Opened, c.Alert.Version, c.Alert.Next().At, silenced(&c.Alert),
		c.Alert.Outcome, active(&c.Alert), s.Encrypt(c.body, alertPlace(ep.ID)))
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
