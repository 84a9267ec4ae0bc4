// Package database opens what the state and the track history are kept in: SQLite
// files in write-ahead mode with full synchronisation, where what a method confirmed
// is on the disk, and databases of a PostgreSQL server. Schemas are numbered .sql
// files; statements are written once, in the words of both: see pgQuery and pgSchema
// for what is translated. Sealing encrypts columns that hold personal data.
//
// A file has one writer connection, so writers queue here and never meet a busy
// database of their own making, and a pool of readers that see the last commit.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// What callers can test for.
var (
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrTaken: the id or name belongs to something else.
	ErrTaken = errors.New("already taken")
	// ErrFull: the disk has no room; nothing was written, and the same call can succeed once there is.
	ErrFull = errors.New("disk full: free some space, nothing was written")
	// ErrBusy: another process holds the file; nothing was written, the call may be repeated.
	ErrBusy = errors.New("database in use by another process: nothing was written")
)

const readers = 4

// DB is one SQLite file, or one database of a PostgreSQL server.
type DB struct {
	Write *sql.DB // exactly one connection
	Read  querier
	// postgres: it is not a file.
	postgres  bool
	closeRead func() error
}

// querier is a pool of readers, or one transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var (
	_ querier = (*sql.DB)(nil)
	_ querier = (*sql.Tx)(nil)
)

// pool makes a pool of readers that of d.
func (d *DB) pool(read *sql.DB) {
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	d.Read, d.closeRead = read, read.Close
}

// Over reads what a transaction sees.
func Over(tx *sql.Tx) *DB { return &DB{Read: tx} }

// Open opens or creates the file and brings its schema up to date by the numbered
// .sql files of migrations.
func Open(path string, migrations fs.FS) (*DB, error) {
	// Created here, so that its side files inherit that nobody else may read.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d := &DB{}
	// 64 MiB of page cache: the writer's indexes are touched all over.
	if d.Write, err = sql.Open("sqlite3", dsn(path, "&_txlock=immediate&_cache_size=-65536")); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	d.Write.SetMaxOpenConns(1)
	if err := d.prepare(migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, Explain(err)), d.Write.Close())
	}
	read, err := sql.Open("sqlite3", dsn(path, "&_query_only=on"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), d.Write.Close())
	}
	d.pool(read)
	return d, nil
}

func (d *DB) prepare(migrations fs.FS) error {
	// 64 MiB of log between checkpoints: the indexes of a fleet are written all
	// over, and a page that many batches touch is then copied back once.
	if _, err := d.Write.Exec("PRAGMA wal_autocheckpoint = 16384"); err != nil {
		return err
	}
	return migrate(d.Write, migrations)
}

func dsn(path, more string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return u.String() + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_stmt_cache_size=64" + more
}

// Close ends all connections.
func (d *DB) Close() error { return errors.Join(d.closeRead(), d.Write.Close()) }

// Update runs fn in one transaction of the writer; what names it in errors.
func (d *DB) Update(ctx context.Context, what string, fn func(*sql.Tx) error) error {
	tx, err := d.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, Explain(err))
	}
	if err := fn(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, undo)
		}
		return fmt.Errorf("%s: %w", what, Explain(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, Explain(err))
	}
	return nil
}

// Explain turns the driver's codes into the errors of this package.
func Explain(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if known := pgExplain(err); known != nil {
		return fmt.Errorf("%w (%w)", known, err)
	}
	var code sqlite3.Error
	if !errors.As(err, &code) {
		return err
	}
	switch code.Code {
	case sqlite3.ErrFull:
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("%w (%w)", ErrBusy, err)
	}
	return err
}

// Each runs a query of the readers and calls row for every line.
func (d *DB) Each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := d.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return Explain(rows.Err())
}
