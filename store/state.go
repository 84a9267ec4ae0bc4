package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/store/outbox"
)

//go:embed state/*.sql state/pg/*.sql
var migrations embed.FS

// State is the state database of a daemon. Its methods are safe for concurrent
// use; writers queue.
type State struct {
	*audit.Chain
	*access.Book
	*outbox.Box
	*database.Sealing
	db *database.DB
}

// OpenState opens or creates the state database at path. A schema newer than
// this program is an error.
func OpenState(path string) (*State, error) {
	files, err := fs.Sub(migrations, "state")
	if err != nil {
		return nil, err
	}
	d, err := database.Open(path, files)
	if err != nil {
		return nil, err
	}
	return newState(d), nil
}

// OpenPostgres opens the state database on a PostgreSQL server and brings its
// schema up to date. The address is postgres://user@host/db?sslmode=verify-full; a
// password that is not empty goes before one in the address. A schema newer than
// this program is an error, a server that does not answer is ErrDown. Several
// daemons may use one database: their writers take turns.
func OpenPostgres(ctx context.Context, address, password string) (*State, error) {
	files, err := fs.Sub(migrations, "state")
	if err != nil {
		return nil, err
	}
	d, err := database.OpenPostgres(ctx, database.Server{Address: address, Password: password}, files)
	if err != nil {
		return nil, fmt.Errorf("open state database: %w", database.Explain(err))
	}
	return newState(d), nil
}

func newState(d *database.DB) *State {
	return &State{Chain: audit.New(d), Book: access.New(d), Box: outbox.New(d, pointless), Sealing: database.NewSealing(d, sealedColumns()), db: d}
}

// Unlock gives the keys that rows are encrypted with; it comes before all other
// use. A database that was never unlocked is encrypted now, and nothing readable
// is left in its files. Keys that do not fit are a *KeyError.
func (s *State) Unlock(ctx context.Context, ring *seal.Ring) error {
	fresh, err := s.Sealing.Unlock(ctx, ring)
	switch {
	case err != nil:
		return err
	case !fresh:
		return s.markOld(ctx, unfilled)
	}
	if err := s.markOld(ctx, unfilled+" OR "+unmarked); err != nil {
		return err
	}
	return s.Scrub(ctx)
}

// Close ends all connections.
func (s *State) Close() error { return s.db.Close() }

// Cursor tells how far a district's journal has been applied to the state;
// 0 means not at all.
func (s *State) Cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	return s.db.Cursor(ctx, district)
}

// Copy writes a consistent copy of the state, as of now, to a file that must not
// exist. Others read and write meanwhile.
func (s *State) Copy(ctx context.Context, to string) error { return s.db.CopyTo(ctx, to) }
