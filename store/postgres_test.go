package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/bench/postgres15"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/store/storetest"
)

// behind opens a database behind the store's back.
func behind(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn := must[*pgx.Conn](t)(pgx.Connect(t.Context(), address))
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func pgRun(t *testing.T, conn *pgx.Conn, statements string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

// Daemons that start at once find one schema, whoever made it.
func TestPostgresMigrationsAtOnce(t *testing.T) {
	address := pgDatabase(t, "")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := store.OpenPostgres(t.Context(), address, "")
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err := s.LastChange(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestPostgresNewerSchemaIsRefused(t *testing.T) {
	address := pgDatabase(t, "model")
	pgRun(t, behind(t, address), "UPDATE schema_version SET version = 99")
	if _, err := store.OpenPostgres(t.Context(), address, ""); err == nil || !strings.Contains(err.Error(), "schema version 99 is newer") {
		t.Errorf("got %v", err)
	}
}

func TestPostgresThatIsNotThere(t *testing.T) {
	for address, want := range map[string]error{
		"postgres://nobody@127.0.0.1:1/none?sslmode=disable": database.ErrDown,
		"postgres://%zz": nil,
	} {
		if _, err := store.OpenPostgres(t.Context(), address, "secret"); err == nil || want != nil && !errors.Is(err, want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Two daemons write side by side: the chain has one end, and whoever reads the
// feed in order misses nothing.
func TestPostgresDaemonsCommitSideBySide(t *testing.T) {
	const batches = 40
	address := pgDatabase(t, "model")
	var writers, reader sync.WaitGroup
	for n := range 3 {
		s := openPG(t, address)
		writers.Go(func() {
			for seq := range uint64(batches) {
				if err := s.Commit(t.Context(), pairOf(roster.DistrictID(fmt.Sprint("D", n)), seq+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := 0
	s, done := openPG(t, address), make(chan struct{})
	reader.Go(func() { seen = follow(t, s, done) })
	writers.Wait()
	close(done)
	reader.Wait()
	if seen != 3*2*batches {
		t.Errorf("the feed showed %d of %d changes", seen, 3*2*batches)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != 3*batches {
		t.Errorf("%d audit records", end.N)
	}
}

// follow reads the feed as the stream does, until it is told to and nothing is left.
func follow(t *testing.T, s *store.State, done chan struct{}) (seen int) {
	for after, over := int64(0), false; ; {
		feed, err := s.Changes(t.Context(), after, 7)
		if err != nil {
			t.Error(err)
			return seen
		}
		for i := range feed {
			after = feed[i].ID
			seen++
		}
		if over && len(feed) == 0 {
			return seen
		}
		select {
		case <-done:
			over = true
		default:
		}
	}
}

// Every notice is claimed by one worker of several, whoever comes first, and a
// recipient never gets two letters at a time.
func TestPostgresWorkersSendOnce(t *testing.T) {
	const people, each = 10, 6
	address := pgDatabase(t, "model")
	first := openPG(t, address)
	for n := range people * each {
		one := storetest.Asked(fmt.Sprintf("a%03d", n), "c", morning)
		one.Officer = roster.OfficerID(fmt.Sprint("F", n%people))
		storetest.Tell(t, first, uint64(n+1), one)
	}
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		sent    = map[string]int{}
		open    = map[roster.OfficerID]bool{}
	)
	for w := range 4 {
		s := openPG(t, address)
		workers.Go(func() {
			for {
				p, err := s.TakeParcel(t.Context(), notice.Claim{Worker: fmt.Sprint("w", w), Channel: "c", At: morning, Until: morning + roster.Minute})
				if err != nil {
					t.Error(err)
				}
				if len(p.Notices) == 0 {
					return
				}
				mu.Lock()
				if open[p.Officer] {
					t.Errorf("%s gets two letters at a time", p.Officer)
				}
				open[p.Officer] = true
				for i := range p.Notices {
					sent[p.Notices[i].Alert]++
				}
				mu.Unlock()
				mu.Lock()
				open[p.Officer] = false
				mu.Unlock()
				storetest.Ends(t, s, p, storetest.Delivered(morning))
			}
		})
	}
	workers.Wait()
	if len(sent) != people*each {
		t.Errorf("%d of %d notices were sent", len(sent), people*each)
	}
	for id, n := range sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
}

// What another program has locked is left for later, not waited for.
func TestPostgresLockedNoticesAreSkipped(t *testing.T) {
	address := pgDatabase(t, "model")
	s := openPG(t, address)
	storetest.Tell(t, s, 1, storetest.Asked("a1", "c", morning))
	other := behind(t, address)
	pgRun(t, other, "BEGIN; SELECT 1 FROM notices FOR UPDATE")
	if p := storetest.Take(t, s, "w1", "c", morning); len(p.Notices) != 0 {
		t.Errorf("took %d locked notices", len(p.Notices))
	}
	pgRun(t, other, "ROLLBACK")
	if p := storetest.Take(t, s, "w1", "c", morning); len(p.Notices) != 1 {
		t.Errorf("took %d notices", len(p.Notices))
	}
}

func TestPostgresBusyIsAClearErrorAndHeals(t *testing.T) {
	address := pgDatabase(t, "model")
	s := openPG(t, address)
	other := behind(t, address)
	pgRun(t, other, "BEGIN; LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE")
	if err := s.Commit(t.Context(), oneAlert(1, "a")); !errors.Is(err, database.ErrBusy) {
		t.Errorf("locked: %v", err)
	}
	pgRun(t, other, "ROLLBACK")
	if err := s.Commit(t.Context(), oneAlert(1, "a")); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

// A server that was restarted is used again; what it had confirmed it has.
func TestPostgresRestarted(t *testing.T) {
	server, err := postgres15.Start()
	if errors.Is(err, postgres15.ErrMissing) {
		postgres(t) // skips, or not
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	}()
	s := openPG(t, server.URL("postgres"))
	commit(t, s, oneAlert(1, "a"))
	if err := server.Down(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), oneAlert(2, "b")); !errors.Is(err, database.ErrDown) {
		t.Errorf("down: %v", err)
	}
	if _, err := s.Alert(t.Context(), "a"); !errors.Is(err, database.ErrDown) {
		t.Errorf("down, reading: %v", err)
	}
	if err := server.Up(); err != nil {
		t.Fatal(err)
	}
	commit(t, s, oneAlert(2, "b"))
	must[alerts.Alert](t)(s.Alert(t.Context(), "a"))
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D1")); seq != 2 {
		t.Errorf("cursor %d", seq)
	}
}

func TestPostgresAuditRefusesChanges(t *testing.T) {
	address := pgDatabase(t, "model")
	s, other := openPG(t, address), behind(t, address)
	storetest.Records(t, s, 5)
	for _, query := range []string{"UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE n = 1", "TRUNCATE audit"} {
		if _, err := other.Exec(t.Context(), query); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
	if n := must[int64](t)(s.PruneAudit(t.Context(), morning+1, morning+2)); n != 4 {
		t.Errorf("retention deleted %d", n)
	}
	must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
}

// What no text of PostgreSQL may hold does not keep an alert or a dead letter from
// being stored, nor break the chain.
func TestPostgresTakesAnyText(t *testing.T) {
	s := openPG(t, pgDatabase(t, "model"))
	l := letter(1, "bad_json")
	l.Topic, l.Detail, l.Payload = "jz/\x00/\xff\xfe", "zero \x00", []byte{0, 255}
	b := store.Batch{Seq: 1, DeadLetters: []store.DeadLetter{l}, Audit: []audit.Record{{At: morning, Reason: "a\x00b\xff\xfec"}}}
	commit(t, s, b)
	got := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{}))[0]
	if got.Topic != "jz/\ufffd/\ufffd\ufffd" || string(got.Payload) != "\x00\xff" {
		t.Errorf("topic %q, payload %q", got.Topic, got.Payload)
	}
	must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
}

func TestPostgresKeyIsChecked(t *testing.T) {
	address := pgDatabase(t, "model")
	s := openPG(t, address)
	personal(t, s, 1, "a1")
	if err := s.Unlock(t.Context(), keyring(t, seal.SM4GCM, "k")); err != nil {
		t.Fatal(err)
	}
	personal(t, s, 2, "a2")
	readable(t, s, "a1", "a2")
	var plain int
	row := behind(t, address).QueryRow(t.Context(), "SELECT count(*) FROM alerts WHERE position('13912345678'::bytea IN body) > 0")
	if err := row.Scan(&plain); err != nil || plain != 0 {
		t.Errorf("%d readable alerts, %v", plain, err)
	}
	err := openPG(t, address).Unlock(t.Context(), keyring(t, seal.AESGCM, "x"))
	if _, wrong := errors.AsType[*database.KeyError](err); !wrong {
		t.Errorf("wrong key: %v", err)
	}
}

func BenchmarkPostgresCommit(b *testing.B) {
	s := openPG(b, pgDatabase(b, "model"))
	for seq := uint64(1); b.Loop(); seq++ {
		batch := store.Batch{District: "D1", Seq: seq, Alerts: []store.AlertChange{opening(raised(fmt.Sprint("a", seq), rules.P2, morning))}}
		if err := s.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
