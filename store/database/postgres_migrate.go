package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
)

// migratePostgres applies the migrations of the state that the database has not
// seen, all in one transaction: of daemons that start at once, the second finds
// nothing left to do.
func migratePostgres(ctx context.Context, conn *sql.DB, files fs.FS) error {
	names, err := migrationNames(files)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	have, err := pgVersion(ctx, tx)
	if err == nil {
		err = tooNew(have, len(names))
	}
	if err != nil {
		return err
	}
	for _, name := range names[have:] {
		if err := applyPostgres(ctx, tx, files, name); err != nil {
			return fmt.Errorf("migrate to %s: %w", name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE schema_version SET version = ?", len(names)); err != nil {
		return fmt.Errorf("write schema version: %w", err)
	}
	return tx.Commit()
}

// pgVersion is how many migrations the database has seen.
func pgVersion(ctx context.Context, tx *sql.Tx) (have int, err error) {
	const table = `CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL);
		INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING`
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return 0, fmt.Errorf("prepare schema version: %w", err)
	}
	if err := tx.QueryRowContext(ctx, "SELECT version FROM schema_version").Scan(&have); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return have, nil
}

// applyPostgres applies a migration, and what a file of its name in the folder pg
// adds to it.
func applyPostgres(ctx context.Context, tx *sql.Tx, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, pgSchema(string(text))); err != nil {
		return err
	}
	more, err := fs.ReadFile(files, "pg/"+name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, string(more))
	}
	return err
}
