package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// pgWriters is the advisory lock that a writing transaction takes at its beginning:
// all writers of a database take turns, of one daemon and of several, as they do
// on SQLite. So the ids of the change feed become visible in their order, the audit
// chain has one end, and what a transaction has read nobody changes meanwhile.
const pgWriters = 0x636f7272 // "corr"

// pgConnector opens connections that speak the SQL of this package.
func pgConnector(cfg *pgx.ConnConfig, settings map[string]string, writer bool) driver.Connector {
	cfg = cfg.Copy()
	cfg.RuntimeParams["application_name"] = "correctiond"
	maps.Copy(cfg.RuntimeParams, settings)
	return pgOpener{stdlib.GetConnector(*cfg), writer}
}

type pgOpener struct {
	driver.Connector
	writer bool
}

// Connect opens a connection.
func (o pgOpener) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := o.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pgConn{conn.(*stdlib.Conn), o.writer}, nil
}

// pgConn translates what it is given: `?` becomes `$1`, and values become those
// that SQLite would keep.
type pgConn struct {
	*stdlib.Conn
	writer bool
}

var (
	_ driver.ExecerContext     = (*pgConn)(nil)
	_ driver.QueryerContext    = (*pgConn)(nil)
	_ driver.ConnBeginTx       = (*pgConn)(nil)
	_ driver.NamedValueChecker = (*pgConn)(nil)
)

// ExecContext runs a statement.
func (c *pgConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, pgQuery(query, args), args)
}

// QueryContext runs a query.
func (c *pgConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, pgQuery(query, args), args)
}

// BeginTx begins a transaction, of a writer once it is its turn.
func (c *pgConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil || !c.writer {
		return tx, err
	}
	turn := []driver.NamedValue{{Ordinal: 1, Value: int64(pgWriters)}}
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", turn); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// CheckNamedValue turns a value into a number, text, bytes or NULL. A truth is 0
// or 1; what no text of PostgreSQL may hold becomes U+FFFD.
func (c *pgConn) CheckNamedValue(v *driver.NamedValue) (err error) {
	if v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value); err != nil {
		return err
	}
	switch x := v.Value.(type) {
	case bool:
		v.Value = Flag(x)
	case string:
		v.Value = Storable(x)
	}
	return nil
}

// Storable replaces what is not UTF-8, and the zero byte.
func Storable(text string) string {
	return strings.ReplaceAll(string([]rune(text)), "\x00", "\ufffd")
}

// brokenOff tells whether a connection ended in the middle of something.
func brokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}
