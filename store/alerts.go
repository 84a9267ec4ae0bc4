package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/database"
)

// Alert reads one alert; ErrNotFound without it.
func (s *State) Alert(ctx context.Context, id string) (alerts.Alert, error) {
	var body []byte
	err := s.db.Read.QueryRowContext(ctx, "SELECT body FROM alerts WHERE id = ?", id).Scan(&body)
	if err != nil {
		return alerts.Alert{}, fmt.Errorf("read alert %q: %w", id, database.Explain(err))
	}
	return s.openAlert(id, body)
}

// openAlert decrypts and decodes a stored alert.
func (s *State) openAlert(id string, body []byte) (alerts.Alert, error) {
	plain, err := s.Decrypt(body, alertPlace(id))
	if err != nil {
		return alerts.Alert{}, fmt.Errorf("open alert %s: %w", id, err)
	}
	return decodeAlert(plain)
}

func decodeAlert(body []byte) (alerts.Alert, error) {
	var stored struct {
		alerts.Alert
		Notes []alerts.Note `json:"notes"` // of an alert stored before logs were kept
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	// Numbers of the evidence stay as written: an H3 cell does not fit a float.
	dec.UseNumber()
	if err := dec.Decode(&stored); err != nil {
		return alerts.Alert{}, fmt.Errorf("decode alert: %w", err)
	}
	stored.Backfill(stored.Notes)
	return stored.Alert, nil
}

// Alerts lists the alerts that f selects, newest first, by the time of opening
// and then the id. An alert opened while a reader turns pages appears before
// the first page, never twice.
func (s *State) Alerts(ctx context.Context, f alerts.Filter) (alerts.Page, error) {
	limit := f.Limit
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > alerts.MaxPage {
		return alerts.Page{}, fmt.Errorf("list alerts: limit %d is not 1 … %d", f.Limit, alerts.MaxPage)
	}
	w, err := alertsWhere(&f)
	if err != nil {
		return alerts.Page{}, fmt.Errorf("list alerts: %w", err)
	}
	query := "SELECT id, body FROM alerts" + w.SQL() + " ORDER BY opened DESC, id LIMIT ?"
	page := alerts.Page{Items: []alerts.Alert{}}
	err = s.db.Each(ctx, query, append(w.Args, limit+1), func(scan func(...any) error) error {
		var id string
		var body []byte
		if err := scan(&id, &body); err != nil {
			return err
		}
		a, err := s.openAlert(id, body)
		page.Items = append(page.Items, a)
		return err
	})
	if err != nil {
		return alerts.Page{}, fmt.Errorf("list alerts: %w", err)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := &page.Items[limit-1].Episode
		page.Next = strconv.FormatInt(int64(last.Opened), 36) + "." + last.ID
	}
	return page, nil
}

func alertsWhere(f *alerts.Filter) (*database.Where, error) {
	w := &database.Where{}
	database.Equal(w, "district", f.District)
	database.Equal(w, "kind", f.Kind)
	database.Equal(w, "office", f.Office)
	database.Equal(w, "officer", f.Officer)
	database.Equal(w, "subject", f.Subject)
	database.OneOf(w, "subject", f.Subjects)
	database.OneOf(w, "state", f.States)
	if len(f.States) > 0 && !slices.Contains(f.States, alerts.Closed) {
		w.Add("state <> 'closed'") // says nothing new, but an index is of these only
	}
	database.OneOf(w, "severity", f.Severities)
	if f.From != 0 {
		w.Add("opened >= ?", f.From)
	}
	if f.Until != 0 {
		w.Add("opened < ?", f.Until)
	}
	if f.Cursor != "" {
		at, id, ok := strings.Cut(f.Cursor, ".")
		opened, err := strconv.ParseInt(at, 36, 64)
		if err != nil || !ok {
			return nil, database.ErrCursor
		}
		w.Add("opened <= ? AND (opened < ? OR id > ?)", opened, opened, id)
	}
	return w, nil
}

// SummaryOf counts the alerts that f selects.
func (s *State) SummaryOf(ctx context.Context, f alerts.Filter) (alerts.Summary, error) {
	w, err := alertsWhere(&f)
	if err != nil {
		return alerts.Summary{}, fmt.Errorf("count alerts: %w", err)
	}
	query := "SELECT office, severity, state, count(*), min(opened) FROM alerts" + w.SQL() + " GROUP BY office, severity, state"
	sum := alerts.Summary{Offices: map[roster.OfficeID]*alerts.Tallies{}}
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var (
			of     roster.OfficeID
			sev    rules.Severity
			state  alerts.State
			n      int
			oldest roster.Instant
		)
		if err := scan(&of, &sev, &state, &n, &oldest); err != nil {
			return err
		}
		if sum.Offices[of] == nil {
			sum.Offices[of] = &alerts.Tallies{}
		}
		sum.Total.Of(sev).Add(state, n, oldest)
		sum.Offices[of].Of(sev).Add(state, n, oldest)
		return nil
	})
	if err != nil {
		return alerts.Summary{}, fmt.Errorf("count alerts: %w", err)
	}
	return sum, nil
}

// Changes reads the change feed after an id, oldest first, at most limit.
func (s *State) Changes(ctx context.Context, after int64, limit int) ([]alerts.Feed, error) {
	const query = `SELECT o.id, o.what, o.at, a.id, a.body FROM outbox o JOIN alerts a ON a.id = o.alert
		WHERE o.id > ? ORDER BY o.id LIMIT ?`
	var feed []alerts.Feed
	err := s.db.Each(ctx, query, []any{after, limit}, func(scan func(...any) error) error {
		var (
			f    alerts.Feed
			id   string
			body []byte
		)
		if err := scan(&f.ID, &f.What, &f.At, &id, &body); err != nil {
			return err
		}
		var err error
		f.Alert, err = s.openAlert(id, body)
		feed = append(feed, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return feed, nil
}

// LastChange is the id of the newest change, 0 without one.
func (s *State) LastChange(ctx context.Context) (int64, error) {
	var id int64
	err := s.db.Read.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM outbox").Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("read last change: %w", database.Explain(err))
	}
	return id, nil
}
