package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"correctiond/bench/postgres15"
	"correctiond/store/database"
)

// postgresServer is a PostgreSQL of this test. Without it installed the test is
// skipped, but on CI.
func postgresServer(t *testing.T) *postgres15.Server {
	t.Helper()
	s, err := postgres15.Start()
	if errors.Is(err, postgres15.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onPostgres lets what the test starts from now on keep its state on a server.
func onPostgres(t *testing.T) *postgres15.Server {
	s := postgresServer(t)
	if err := s.Create(t.Context(), "jz", ""); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CORRECTIOND_STATE_URL", s.URL("jz"))
	return s
}

// A PostgreSQL that is restarted under load delays alerts; it loses none, doubles
// none, and positions go on.
func TestFault4PostgreSQLRestarted(t *testing.T) {
	tool(t, "mosquitto_pub")
	server := onPostgres(t)
	f := newFleet(4, 100)
	witness := person{subject: "S0999", device: "W999"}
	w, _ := behindBroker(t, append(f.people, witness))
	want := f.books()
	d := w.serve()
	w.alarm(witness, "before", &want)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+lasts(0, time.Minute))
	defer cancel()
	published := make(chan struct{})
	go func() {
		defer close(published)
		f.publish(ctx, t, w, 2*time.Second)
	}()
	wait(ctx, 500*time.Millisecond)
	if err := server.Down(); err != nil {
		t.Fatal(err)
	}
	w.mosquittoPub(witness.device, "status", status("meanwhile", "strap_open", at(0)))
	want.accepted[witness.subject] = append(want.accepted[witness.subject], "meanwhile")
	<-published
	d.wantLog(10*time.Second, "database server does not answer")
	wait(ctx, lasts(0, time.Minute))
	eventually(t, 10*time.Second, "positions are taken all the same", func() bool { return w.account().accepted == want.size() })
	if err := server.Up(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 15*time.Second, "the alert comes afterwards", func() bool { return w.straps(witness) == 2 })
	w.settle(want, 30*time.Second)
	if !d.running() {
		t.Error("the daemon ended")
	}
	t.Setenv("CORRECTIOND_STATE_URL", "sqlite") // nothing disturbs that one
	w.sameAlertsUndisturbed(f, witness, "before", "meanwhile")
}

// A daemon moves from the embedded database to a server and goes on there.
func TestStateMigrate(t *testing.T) {
	w := newWorld(t)
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W001"}))
	d := w.serve()
	server := postgresServer(t)
	to := server.URL("postgres")
	if got := w.run("state", "migrate", "--to", to); got.code == 0 || !strings.Contains(got.err, "in use by process") {
		t.Errorf("while the daemon runs: %+v", got)
	}
	d.stop(10 * time.Second)
	before := w.command("audit", "checkpoint")
	if out := w.command("state", "migrate", "--to", to); !strings.Contains(out, "rosters            1") {
		t.Errorf("printed %s", out)
	}
	if got := w.run("state", "migrate", "--to", to); got.code != 1 || !strings.Contains(got.err, "not empty") {
		t.Errorf("again: %+v", got)
	}
	t.Setenv("CORRECTIOND_STATE_URL", to)
	if after := w.command("audit", "checkpoint"); after != before {
		t.Errorf("the chain ends at %s, want %s", after, before)
	}
	d = w.serve()
	if got := w.command("check", "--config", ""); !strings.Contains(got, "# state:   PostgreSQL, 127.0.0.1:") {
		t.Errorf("check says %s", got)
	}
	d.stop(10 * time.Second)
}

func TestStateMigrateWantsAServer(t *testing.T) {
	for _, c := range []struct{ to, want string }{
		{"", "to: names no PostgreSQL database"},
		{"postgres://u:secret@127.0.0.1/db", "state.url: holds a password"},
		{"postgres://u@db.example.cn/jz?sslmode=require", "state.url: the server on db.example.cn is not verified"},
	} {
		got := cli("", "state", "migrate", "--data", t.TempDir(), "--to", c.to)
		if got.code != 2 || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "secret") {
			t.Errorf("%s: %+v", c.to, got)
		}
	}
}

func TestCheckTriesPostgres(t *testing.T) {
	s := postgresServer(t)
	cfg := defaultConfig()
	cfg.State.URL = s.URL("postgres")
	if well, err := cfg.tryPostgres(t.Context()); err != nil || !strings.HasPrefix(well, "PostgreSQL 15") {
		t.Errorf("%q, %v", well, err)
	}
	if err := s.Run(t.Context(), "postgres", "CREATE USER guest"); err != nil {
		t.Fatal(err)
	}
	cfg.State.URL = strings.Replace(cfg.State.URL, "tester@", "guest@", 1)
	if _, err := cfg.tryPostgres(t.Context()); err == nil || !strings.Contains(err.Error(), "user guest may make no tables") {
		t.Errorf("a guest: %v", err)
	}
	cfg.State.URL = "postgres://u@127.0.0.1:1/db?sslmode=disable"
	if _, err := cfg.tryPostgres(t.Context()); !errors.Is(err, database.ErrDown) {
		t.Errorf("nobody there: %v", err)
	}
}
