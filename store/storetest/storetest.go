// Package storetest opens state databases for tests, of every kind that there is, and
// holds what the tests of store and of its parts have in common.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"correctiond/bench/postgres15"
	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store"
)

// Morning is 2026-03-02T08:00:00+08:00.
const Morning roster.Instant = 1_772_409_600_000

// Must returns v of a call that has to succeed.
func Must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Main runs the tests of a package, looks for goroutines that they leave, and ends the
// server.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if s := running.Load(); s != nil {
			if err := s.Remove(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		os.Exit(code)
	}))
}

// At gives a new state database in SQLite, and where it lies: a place whose name has
// everything that an address could stumble over.
func At(t testing.TB) (*store.State, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a folder?", "state #1 100%.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s := Must[*store.State](t)(store.OpenState(path))
	t.Cleanup(func() { s.Close() })
	return s, path
}

// Raw opens a database file behind the store's back.
func Raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	conn := Must[*sql.DB](t)(sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Each runs a test on every kind of state database, encrypted and not.
func Each(t *testing.T, test func(*testing.T, *store.State)) {
	for name, open := range map[string]func(t *testing.T) *store.State{
		"SQLite":     func(t *testing.T) *store.State { s, _ := At(t); return s },
		"PostgreSQL": func(t *testing.T) *store.State { return OpenPG(t, Database(t, "model")) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
		t.Run(name+" sealed", func(t *testing.T) {
			s := open(t)
			if err := s.Unlock(t.Context(), Keyring(t, seal.AESGCM, "k")); err != nil {
				t.Fatal(err)
			}
			test(t, s)
		})
	}
}

// Keyring has a key made of each letter, the newest first.
func Keyring(t testing.TB, c seal.Cipher, letters ...string) *seal.Ring {
	t.Helper()
	var raw [][]byte
	for _, k := range letters {
		raw = append(raw, []byte(strings.Repeat(k, seal.KeySize)))
	}
	return Must[*seal.Ring](t)(seal.NewRing(c, raw...))
}

// cluster is the one server of this test binary, with a database "model" that has
// the schema; Main ends it.
var cluster = sync.OnceValues(func() (*postgres15.Server, error) {
	s, err := postgres15.Start()
	if err != nil {
		return nil, err
	}
	running.Store(s)
	if err := s.Create(context.Background(), "model", ""); err != nil {
		return nil, err
	}
	state, err := store.OpenPostgres(context.Background(), s.URL("model"), "")
	if err != nil {
		return nil, err
	}
	return s, state.Close()
})

var (
	running   atomic.Pointer[postgres15.Server]
	databases atomic.Int64
)

// Server is the PostgreSQL; without it the test is skipped, but on CI.
func Server(t testing.TB) *postgres15.Server {
	t.Helper()
	s, err := cluster()
	if errors.Is(err, postgres15.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Database gives the address of a new database, as a copy of another.
func Database(t testing.TB, like string) string {
	t.Helper()
	s := Server(t)
	name := fmt.Sprintf("t%d", databases.Add(1))
	if err := s.Create(t.Context(), name, like); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}

// OpenPG opens the state in a database of the server.
func OpenPG(t testing.TB, address string) *store.State {
	t.Helper()
	s := Must[*store.State](t)(store.OpenPostgres(t.Context(), address, ""))
	t.Cleanup(func() { s.Close() })
	return s
}
