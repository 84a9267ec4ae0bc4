package audit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"correctiond/roster"
	"correctiond/store/database"
)

// attribute fills in whose matter a record is, as far as its object tells: an alert, an
// account, a token, a device or a district. What cannot be told stays empty, and no
// district gets to see the record.
func attribute(tx *sql.Tx, r *Record) error {
	if r.District != "" && r.Subject != "" || r.Object == "" {
		return nil
	}
	family, _, _ := strings.Cut(r.Action, ".")
	query := ""
	switch family {
	case "alert", "evidence", "file":
		query = "SELECT district, subject FROM alerts WHERE id = ?"
	case "account", "session":
		query = "SELECT district, '' FROM accounts WHERE name = ?"
	case "token":
		query = "SELECT district, '' FROM tokens WHERE id = ?"
	case "device":
		query = "SELECT district, '' FROM roster_devices WHERE device = ?"
	case "roster", "rota", "rules":
		query = "SELECT district, '' FROM rosters WHERE district = ? LIMIT 1"
	default:
		return nil
	}
	var district roster.DistrictID
	var subject roster.SubjectID
	err := tx.QueryRow(query, r.Object).Scan(&district, &subject)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	r.District, r.Subject = cmp.Or(r.District, district), cmp.Or(r.Subject, subject)
	return err
}

// Filter selects records of the audit, the newest first. Its zero value selects
// none: either a District or Everywhere is to be said.
type Filter struct {
	District    roster.DistrictID
	Everywhere  bool // of all districts, and what belongs to none
	Actor       string
	Action      string         // whole, or a family as "alert."
	About       string         // a person, or what else the record names
	From, Until roster.Instant // [From, Until), 0 is open
	Cursor      string
	Limit       int
}

func (f *Filter) where() (*database.Where, error) {
	w := &database.Where{}
	if !f.Everywhere {
		w.Add("district = ? AND district <> ''", f.District)
	}
	database.Equal(w, "actor", f.Actor)
	if family, ok := strings.CutSuffix(f.Action, "."); ok {
		w.Add("action >= ? AND action < ?", family+".", family+"/") // "/" follows "."
	} else {
		database.Equal(w, "action", f.Action)
	}
	if f.About != "" {
		w.Add("(subject = ? AND subject <> '' OR object = ?)", f.About, f.About)
	}
	if f.From != 0 {
		w.Add("at >= ?", f.From)
	}
	if f.Until != 0 {
		w.Add("at < ?", f.Until)
	}
	if f.Cursor == "" {
		return w, nil
	}
	at, n, ok := strings.Cut(f.Cursor, ".")
	last, errAt := strconv.ParseInt(at, 10, 64)
	nth, errN := strconv.ParseInt(n, 10, 64)
	if !ok || errAt != nil || errN != nil {
		return nil, database.ErrCursor
	}
	w.Add("at <= ? AND (at < ? OR n < ?)", last, last, nth)
	return w, nil
}

// AuditPage lists records, the newest first, and the cursor of the page that
// follows; empty: there is none. ErrCursor for a cursor that it did not give out.
func (c *Chain) AuditPage(ctx context.Context, f Filter) (list []Record, next string, err error) {
	w, err := f.where()
	if err != nil {
		return nil, "", err
	}
	for r, err := range c.audit(ctx, w.SQL()+" ORDER BY at DESC, n DESC LIMIT ?", append(w.Args, f.Limit+1)...) {
		if err != nil {
			return nil, "", err
		}
		list = append(list, r)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		last := &list[f.Limit-1]
		next = fmt.Sprintf("%d.%d", last.At, last.N)
	}
	return list, next, nil
}
