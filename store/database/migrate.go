package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
)

// migrate applies the numbered .sql files that the database has not
// seen, each in a transaction with its number. Files are applied in the order of
// their names; the schema version is how many there are.
func migrate(conn *sql.DB, files fs.FS) error {
	names, err := migrationNames(files)
	if err != nil {
		return err
	}
	var have int
	if err := conn.QueryRow("PRAGMA user_version").Scan(&have); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if err := tooNew(have, len(names)); err != nil {
		return err
	}
	for i := have; i < len(names); i++ {
		if err := apply(conn, files, names[i], i+1); err != nil {
			return fmt.Errorf("migrate to %s: %w", names[i], err)
		}
	}
	return nil
}

// migrationNames lists the files in order.
func migrationNames(files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// tooNew refuses a database that a newer program has changed.
func tooNew(have, known int) error {
	if have > known {
		return fmt.Errorf("schema version %d is newer than this program, which knows %d: run the newer program", have, known)
	}
	return nil
}

func apply(conn *sql.DB, files fs.FS, name string, version int) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	d := DB{Write: conn}
	return d.Update(context.Background(), "apply", func(tx *sql.Tx) error {
		if _, err := tx.Exec(string(text)); err != nil {
			return err
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}
