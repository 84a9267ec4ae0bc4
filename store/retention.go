package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// keptAround is how much of a held person's track is kept before and after what
// the alert is about.
const keptAround = roster.Day

// markKept writes down what retention goes by: when an alert was done with, and
// whether it is held.
func markKept(tx *sql.Tx, a *alerts.Alert) error {
	touched := slices.ContainsFunc(a.Log, func(e alerts.Entry) bool {
		return e.Did == alerts.Close || e.Did == alerts.Hold || e.Did == alerts.Release
	})
	if !touched {
		return nil
	}
	done, held := roster.Instant(0), int64(0)
	if a.State == alerts.Closed && a.Closed != nil && a.Episode.Ended != 0 {
		done = max(a.Closed.At, a.Episode.Ended)
	}
	if a.Held != nil {
		held = 1
	}
	_, err := tx.Exec("UPDATE alerts SET done = ?, held = ? WHERE id = ?", done, held, a.Episode.ID)
	if err != nil {
		return fmt.Errorf("mark alert %s: %w", a.Episode.ID, err)
	}
	return nil
}

// eachAlert calls fn for every alert that a condition selects.
func (s *State) eachAlert(ctx context.Context, where string, fn func(alerts.Alert) error) error {
	return s.eachPage(ctx, where, func(list []alerts.Alert) error {
		for i := range list {
			if err := fn(list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachPage calls fn for the alerts that a condition selects, some hundred at a time.
func (s *State) eachPage(ctx context.Context, where string, fn func([]alerts.Alert) error) error {
	const page = 500
	for after := ""; ; {
		var list []alerts.Alert
		query := "SELECT id, body FROM alerts WHERE id > ? AND (" + where + ") ORDER BY id LIMIT ?"
		err := s.db.Each(ctx, query, []any{after, page}, func(scan func(...any) error) error {
			var body []byte
			if err := scan(&after, &body); err != nil {
				return err
			}
			a, err := s.openAlert(after, body)
			list = append(list, a)
			return err
		})
		if err == nil {
			err = fn(list)
		}
		if err != nil || len(list) < page {
			return err
		}
	}
}

// unfilled are the alerts that were written before their outcome was kept in a
// column, unmarked those closed before retention knew of them.
const (
	unfilled = "active < 0"
	unmarked = "state = 'closed' AND done = 0"
)

// markOld fills in what retention and reports go by, from what is encrypted.
func (s *State) markOld(ctx context.Context, which string) error {
	return s.eachPage(ctx, which, func(list []alerts.Alert) error {
		return s.db.Update(ctx, "mark old alerts", func(tx *sql.Tx) error {
			for i := range list {
				a := &list[i]
				if err := markKept(tx, a); err != nil {
					return err
				}
				_, err := tx.Exec("UPDATE alerts SET outcome = ?, active = ? WHERE id = ? AND active < 0", a.Outcome, active(a), a.Episode.ID)
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// Holds lists the spans of tracks that legal holds keep: of the person an alert is
// about, from a day before it began to a day after it ended.
func (s *State) Holds(ctx context.Context) (list []tracks.Kept, err error) {
	err = s.eachAlert(ctx, "held = 1", func(a alerts.Alert) error {
		if a.Episode.Subject == "" {
			return nil
		}
		k := tracks.Kept{Subject: a.Episode.Subject, From: a.Episode.Started - keptAround, Until: math.MaxInt64}
		if a.Episode.Ended != 0 {
			k.Until = a.Episode.Ended + keptAround
		}
		list = append(list, k)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list legal holds: %w", err)
	}
	return list, nil
}

// PruneAlerts deletes the alerts that were done with before an instant, with their
// notices and their part of the change feed, and returns the hashes of the files
// that no alert holds any more. What a legal hold keeps stays. So does the alert of
// the newest change, from whose number the feed goes on.
func (s *State) PruneAlerts(ctx context.Context, before roster.Instant) (deleted int, files []string, err error) {
	const chunk = 200
	for n := chunk; n == chunk && err == nil; {
		var gone []string
		n, gone, err = s.pruneSome(ctx, before, chunk)
		deleted, files = deleted+n, append(files, gone...)
	}
	if err != nil || len(files) == 0 {
		return deleted, nil, err
	}
	files, err = s.unused(ctx, files)
	return deleted, files, err
}

func (s *State) pruneSome(ctx context.Context, before roster.Instant, limit int) (n int, files []string, err error) {
	const old = `SELECT id, body FROM alerts WHERE done > 0 AND done < ? AND held = 0
		AND id NOT IN (SELECT alert FROM outbox WHERE id = (SELECT max(id) FROM outbox)) ORDER BY done, id LIMIT ?`
	err = s.db.Update(ctx, "prune alerts", func(tx *sql.Tx) error {
		n, files = 0, nil
		rows, err := tx.Query(old, before, limit)
		if err != nil {
			return err
		}
		ids, found, err := s.doomed(rows)
		if err != nil {
			return err
		}
		n, files = len(ids), found
		for _, id := range ids {
			if err := deleteAlert(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
	return n, files, err
}

func (s *State) doomed(rows *sql.Rows) (ids, files []string, err error) {
	defer rows.Close()
	for rows.Next() {
		var id string
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return nil, nil, err
		}
		a, err := s.openAlert(id, body)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range a.Files() {
			files = append(files, f.SHA256)
		}
		ids = append(ids, id)
	}
	return ids, files, rows.Err()
}

func deleteAlert(tx *sql.Tx, id string) error {
	for _, query := range []string{
		"DELETE FROM attempts WHERE notice IN (SELECT id FROM notices WHERE alert = ?)",
		"DELETE FROM notices WHERE alert = ?", "DELETE FROM outbox WHERE alert = ?", "DELETE FROM alerts WHERE id = ?",
	} {
		if _, err := tx.Exec(query, id); err != nil {
			return fmt.Errorf("delete alert %s: %w", id, err)
		}
	}
	return nil
}

// unused leaves of the files those that no alert holds.
func (s *State) unused(ctx context.Context, files []string) ([]string, error) {
	gone := map[string]bool{}
	for _, f := range files {
		gone[f] = true
	}
	err := s.eachAlert(ctx, "state <> ''", func(a alerts.Alert) error {
		for _, f := range a.Files() {
			delete(gone, f.SHA256)
		}
		return nil
	})
	files = slices.DeleteFunc(files, func(f string) bool { return !gone[f] })
	slices.Sort(files)
	return slices.Compact(files), errors.Join(err)
}
