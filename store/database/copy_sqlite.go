package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// CopyTo works on a connection of its own: a long copy keeps no writer waiting, and
// no reader.
func (d *DB) CopyTo(ctx context.Context, to string) (err error) {
	if d.postgres {
		return errors.New("copy database: the state is in PostgreSQL: back it up by pg_dump")
	}
	var schema, name, path string
	if err := d.Read.QueryRowContext(ctx, "PRAGMA database_list").Scan(&schema, &name, &path); err != nil {
		return fmt.Errorf("copy database: %w", Explain(err))
	}
	conn, err := sql.Open("sqlite3", dsn(path, "&mode=ro"))
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy database: %w", Explain(err))
	}
	return nil
}
