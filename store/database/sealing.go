package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"correctiond/seal"
)

// ErrPlain: a row that should be encrypted is not; somebody else wrote it.
var ErrPlain = errors.New("the row is not encrypted, though all are: it was not written by this program")

// Column is a column that is encrypted by the row. Rows are told apart by Key,
// which is part of what the encryption vouches for.
type Column struct {
	Table, Column string
	Key           []string
}

// Sealing is the encryption of the rows of a database.
type Sealing struct {
	db      *DB
	columns []Column
	ring    atomic.Pointer[seal.Ring] // nil before Unlock
}

// NewSealing is the encryption of columns of d.
func NewSealing(d *DB, columns []Column) *Sealing { return &Sealing{db: d, columns: columns} }

// Place names a row for the encryption.
func Place(column string, key ...any) string {
	words := []string{column}
	for _, k := range key {
		if text, ok := k.([]byte); ok {
			k = string(text)
		}
		words = append(words, fmt.Sprint(k))
	}
	return strings.Join(words, "\n")
}

// Encrypt encrypts what is written, once Unlock has given the keys.
func (s *Sealing) Encrypt(plain []byte, place string) []byte {
	if ring := s.ring.Load(); ring != nil {
		return ring.Seal(plain, place)
	}
	return plain
}

// Decrypt decrypts what was read.
func (s *Sealing) Decrypt(body []byte, place string) ([]byte, error) {
	ring := s.ring.Load()
	switch {
	case ring == nil && seal.Sealed(body):
		return nil, errors.New("the row is encrypted, and the database was opened without its key")
	case ring == nil:
		return body, nil
	case !seal.Sealed(body):
		return nil, ErrPlain
	}
	return ring.Open(body, place)
}

// KeyError says that the database is encrypted with another key.
type KeyError struct{ Want, Have string } // ids of keys

// Error names both keys.
func (e *KeyError) Error() string {
	return fmt.Sprintf("the names in the state database are encrypted with key %s, and the key given is %s", e.Want, e.Have)
}

const checkPlace = "sealing.body\n1"

// Unlock gives the keys that rows are encrypted with; it comes before all other
// use. A database that was never unlocked is encrypted now; then it is fresh, and
// still holds what it has replaced. Keys that do not fit are a *KeyError.
func (s *Sealing) Unlock(ctx context.Context, ring *seal.Ring) (fresh bool, err error) {
	check, err := s.sealCheck(ctx)
	if err != nil {
		return false, fmt.Errorf("unlock state: %w", err)
	}
	if check == nil {
		_, err := s.Reseal(ctx, ring)
		return true, err
	}
	if _, err := ring.Open(check, checkPlace); errors.Is(err, seal.ErrKey) {
		return false, &KeyError{Want: seal.KeyID(check), Have: ring.KeyID()}
	} else if err != nil {
		return false, fmt.Errorf("unlock state: %w", err)
	}
	s.ring.Store(ring)
	return false, nil
}

// SealKey is the id of the key that the database is encrypted with, and whether
// all of it has the key and cipher that ring seals with now.
func (s *Sealing) SealKey(ctx context.Context, ring *seal.Ring) (id string, current bool, err error) {
	check, err := s.sealCheck(ctx)
	if err != nil {
		return "", false, fmt.Errorf("read key in use: %w", err)
	}
	return seal.KeyID(check), strings.HasPrefix(string(check), string(ring.Header())), nil
}

func (s *Sealing) sealCheck(ctx context.Context) ([]byte, error) {
	var check []byte
	err := s.db.Read.QueryRowContext(ctx, "SELECT body FROM sealing WHERE id = 1").Scan(&check)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return check, Explain(err)
}

// Scrub removes what deleted and replaced rows left in the files of the database.
// It copies the whole file; writers wait.
func (s *Sealing) Scrub(ctx context.Context) error { return s.db.scrub(ctx, s.columns) }
