package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"correctiond/store/audit"
	"correctiond/store/database"
)

// ErrNotEmpty: the database that a state is to be copied into holds something.
var ErrNotEmpty = errors.New("the database is not empty: name one that holds nothing")

// copyRows is how many rows one statement writes.
const copyRows = 200

// Copied says how far the copy of a table has come.
type Copied struct {
	Table string
	Rows  int64 // copied so far
	Of    int64 // rows of the table
}

// MoveTo copies everything of a SQLite state into an empty one on PostgreSQL, in one
// transaction: all of it or nothing. Before that ends the rows of every table are
// counted, and the audit chain of the copy is verified to the same end. Nobody else
// may write the SQLite state meanwhile; neither state need be unlocked. tell, which
// may be nil, hears how far it has come. A target that holds anything is
// ErrNotEmpty. It gives the tables in the order they were copied.
func (s *State) MoveTo(ctx context.Context, to *State, tell func(Copied)) (all []Copied, err error) {
	if tell == nil {
		tell = func(Copied) {}
	}
	end, err := s.VerifyAudit(ctx)
	if err != nil {
		return nil, fmt.Errorf("copy state: %w", err)
	}
	tables, err := s.tables(ctx)
	if err != nil {
		return nil, err
	}
	err = to.db.Update(ctx, "copy state", func(tx *sql.Tx) error {
		if all, err = s.copyTables(ctx, tx, tables, tell); err != nil {
			return err
		}
		got, err := audit.New(database.Over(tx)).VerifyAudit(ctx)
		if err == nil && got != end {
			err = fmt.Errorf("the audit chain of the copy ends at %d, not at %d", got.N, end.N)
		}
		return err
	})
	return all, err
}

// tables lists the tables, those that others refer to first.
func (s *State) tables(ctx context.Context) (names []string, err error) {
	const query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	err = s.db.Each(ctx, query, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	first := []string{"alerts", "notices"}
	rest := slices.DeleteFunc(names, func(name string) bool { return slices.Contains(first, name) })
	return append(first, rest...), nil
}

func (s *State) copyTables(ctx context.Context, tx *sql.Tx, tables []string, tell func(Copied)) (all []Copied, err error) {
	for _, table := range tables {
		var there int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&there); err != nil {
			return nil, err
		}
		if there > 0 {
			return nil, fmt.Errorf("table %s has %d rows: %w", table, there, ErrNotEmpty)
		}
	}
	for _, table := range tables {
		done, err := s.copyTable(ctx, tx, table, tell)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		all = append(all, done)
	}
	return all, s.copyNumbers(ctx, tx)
}

// copyTable copies one table and compares how many rows there are.
func (s *State) copyTable(ctx context.Context, tx *sql.Tx, table string, tell func(Copied)) (c Copied, err error) {
	c.Table = table
	if err := s.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&c.Of); err != nil {
		return c, err
	}
	rows, err := s.db.Read.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return c, err
	}
	into := inserter{tx: tx, head: fmt.Sprintf("INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", ")), columns: len(columns)}
	for rows.Next() {
		if err := into.row(ctx, rows); err != nil {
			return c, err
		}
		if c.Rows++; c.Rows%copyRows == 0 {
			tell(c)
		}
	}
	if err := errors.Join(rows.Err(), into.flush(ctx)); err != nil {
		return c, err
	}
	tell(c)
	var there int64
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&there)
	if err == nil && (there != c.Of || c.Rows != c.Of) {
		err = fmt.Errorf("%d rows, of which %d were read and %d are in the copy", c.Of, c.Rows, there)
	}
	return c, err
}

// copyNumbers lets numbers go on where they were, also behind rows that are gone.
func (s *State) copyNumbers(ctx context.Context, tx *sql.Tx) error {
	type number struct {
		table string
		last  int64
	}
	var list []number
	err := s.db.Each(ctx, "SELECT name, seq FROM sqlite_sequence WHERE seq > 0", nil, func(scan func(...any) error) error {
		var n number
		err := scan(&n.table, &n.last)
		list = append(list, n)
		return err
	})
	for _, n := range list {
		if err == nil {
			_, err = tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence(?, 'id'), ?)", n.table, n.last)
		}
	}
	return err
}

// inserter writes rows, many with each statement.
type inserter struct {
	tx      *sql.Tx
	head    string
	columns int
	values  []any
}

func (w *inserter) row(ctx context.Context, rows *sql.Rows) error {
	row, into := make([]any, w.columns), make([]any, w.columns)
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	w.values = append(w.values, row...)
	if len(w.values) < copyRows*w.columns {
		return nil
	}
	return w.flush(ctx)
}

func (w *inserter) flush(ctx context.Context) error {
	if len(w.values) == 0 {
		return nil
	}
	row := "(?" + strings.Repeat(", ?", w.columns-1) + ")"
	_, err := w.tx.ExecContext(ctx, w.head+row+strings.Repeat(", "+row, len(w.values)/w.columns-1), w.values...)
	w.values = w.values[:0]
	return err
}
