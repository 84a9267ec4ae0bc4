package store_test

import (
	"testing"

	"correctiond/bench/postgres15"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/storetest"
)

func postgres(t testing.TB) *postgres15.Server { return storetest.Server(t) }

func pgDatabase(t testing.TB, like string) string { return storetest.Database(t, like) }

func openPG(t testing.TB, address string) *store.State { return storetest.OpenPG(t, address) }

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
