package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/store/storetest"
	"correctiond/store/tracks"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		os.Exit(commitUntilKilled(dir))
	}
	storetest.Main(m)
}

// raw opens a database file behind the store's back.
func raw(t *testing.T, path string) *sql.DB { return storetest.Raw(t, path) }

func run(t *testing.T, conn *sql.DB, query string) {
	t.Helper()
	if _, err := conn.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// stateAt gives the state database and where it lies.
func stateAt(t *testing.T) (*store.State, string) { return storetest.At(t) }

func oneAlert(seq uint64, id string) store.Batch {
	return store.Batch{District: "D1", Seq: seq, Alerts: []store.AlertChange{opening(raised(id, rules.P2, morning))}}
}

func TestLockedDatabaseIsAClearErrorAndHeals(t *testing.T) {
	s, path := stateAt(t)
	if err := s.Pragma("busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	other := raw(t, path)
	run(t, other, "BEGIN IMMEDIATE")
	if err := s.Commit(t.Context(), oneAlert(1, "a")); !errors.Is(err, database.ErrBusy) {
		t.Errorf("locked: %v", err)
	}
	if _, err := s.Cursor(t.Context(), "D1"); err != nil {
		t.Errorf("readers do not wait for a writer: %v", err)
	}
	run(t, other, "ROLLBACK")
	if err := s.Commit(t.Context(), oneAlert(1, "a")); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

func TestFullDiskIsAClearErrorAndHeals(t *testing.T) {
	s, _ := stateAt(t)
	if err := s.Pragma("max_page_count = 1"); err != nil { // SQLite keeps what it has and grows no more
		t.Fatal(err)
	}
	big := oneAlert(1, "a")
	big.Alerts[0].Alert.Episode.Reason.ZH = strings.Repeat("长", 100_000)
	if err := s.Commit(t.Context(), big); !errors.Is(err, database.ErrFull) {
		t.Errorf("full: %v", err)
	}
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D1")); seq != 0 {
		t.Errorf("the cursor moved to %d without its batch", seq)
	}
	if err := s.Pragma("max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), big); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

func TestTokensWorkOnAFullDisk(t *testing.T) {
	s, path := stateAt(t)
	_, secret, err := s.CreateToken(t.Context(), access.Token{Name: "n", Role: "ops"}, "admin", morning)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Pragma("busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	run(t, raw(t, path), "BEGIN IMMEDIATE") // as good as full: nothing can be written
	if got, err := s.LookupToken(t.Context(), secret, morning+1); err != nil || got.LastUsed != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	s, path := stateAt(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, raw(t, path), "PRAGMA user_version = 99")
	_, err := store.OpenState(path)
	if err == nil || !strings.Contains(err.Error(), "schema version 99 is newer") || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tracks.OpenHistory(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if _, err := store.OpenState(filepath.Join(path, "state.db")); err == nil {
		t.Error("a file cannot hold a database")
	}
}

func TestNobodyElseReadsTheFiles(t *testing.T) {
	s, path := stateAt(t)
	if err := s.Commit(t.Context(), oneAlert(1, "a")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestStateSurvivesClosing(t *testing.T) {
	s, path := stateAt(t)
	if err := s.Commit(t.Context(), oneAlert(3, "a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.OpenState(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if seq := must[uint64](t)(again.Cursor(t.Context(), "D1")); seq != 3 {
		t.Errorf("cursor %d", seq)
	}
}
