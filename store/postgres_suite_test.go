package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"correctiond/bench/postgres15"
	"correctiond/seal"
	"correctiond/store"
)

// cluster is the one server of this test binary, with a database "model" that has
// the schema; TestMain ends it.
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

func stopCluster() {
	if s := running.Load(); s != nil {
		if err := s.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

// postgres is the server; without it the test is skipped, but on CI.
func postgres(t testing.TB) *postgres15.Server {
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

// pgDatabase gives the address of a new database, as a copy of another.
func pgDatabase(t testing.TB, like string) string {
	t.Helper()
	s := postgres(t)
	name := fmt.Sprintf("t%d", databases.Add(1))
	if err := s.Create(t.Context(), name, like); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}

func openPG(t testing.TB, address string) *store.State {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStatePostgres(t *testing.T) {
	stateSuite(t, func(t *testing.T) stateStore { return openPG(t, pgDatabase(t, "model")) })
}

func TestStatePostgresSealed(t *testing.T) {
	stateSuite(t, func(t *testing.T) stateStore {
		s := openPG(t, pgDatabase(t, "model"))
		if err := s.Unlock(t.Context(), keyring(t, seal.AESGCM, "k")); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
