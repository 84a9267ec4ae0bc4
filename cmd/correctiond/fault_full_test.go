package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/store"
	"correctiond/store/database"
)

// fullable is a server with a database on a small disk of its own.
func fullable(t *testing.T) (url, disk string) {
	t.Helper()
	server := postgresServer(t)
	parent := t.TempDir()
	if err := os.Chmod(filepath.Dir(parent), 0o711); err != nil { // the server is another user
		t.Fatal(err)
	}
	disk = filepath.Join(parent, "disk")
	smallDisk(t, disk, "64m")
	if err := server.Place(t.Context(), "small", disk); err != nil {
		t.Fatal(err)
	}
	if err := server.Run(t.Context(), "postgres", "CREATE DATABASE jz TEMPLATE template0 TABLESPACE small"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the disk is to be unmounted
		if err := server.Run(context.Background(), "postgres", "DROP DATABASE jz WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		if err := server.Run(context.Background(), "postgres", "DROP TABLESPACE small"); err != nil {
			t.Error(err)
		}
	})
	return server.URL("jz"), disk
}

// A PostgreSQL without room (SQLSTATE 53100) says so, has written nothing, and takes
// the same once there is room.
func TestFault4PostgreSQLFull(t *testing.T) {
	url, disk := fullable(t)
	st, err := store.OpenPostgres(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var big store.Batch
	for i := range 40 {
		l := store.DeadLetter{Nth: i, Rejection: rejected("W1", event.BadJSON, time.Hour, randomText(100_000))}
		big.DeadLetters = append(big.DeadLetters, l)
	}
	big.District, big.Seq = "D1", 1
	free := fill(t, disk, 256<<10)
	if err := st.Commit(t.Context(), big); !errors.Is(err, database.ErrFull) {
		t.Fatalf("full: %v", err)
	}
	list, err := st.DeadLetters(t.Context(), store.DeadLetterFilter{})
	seq, cursorErr := st.Cursor(t.Context(), "D1")
	if err != nil || cursorErr != nil || len(list) != 0 || seq != 0 {
		t.Errorf("left behind: %d letters, cursor %d, %v, %v", len(list), seq, err, cursorErr)
	}
	free()
	if err := st.Commit(t.Context(), big); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if seq, err := st.Cursor(t.Context(), "D1"); err != nil || seq != 1 {
		t.Errorf("cursor %d, %v", seq, err)
	}
}

// A daemon whose PostgreSQL is full journals on; its alerts come when there is room.
func TestFault4PostgreSQLFullUnderADaemon(t *testing.T) {
	tool(t, "mosquitto_pub")
	url, disk := fullable(t)
	t.Setenv("CORRECTIOND_STATE_URL", url)
	w := newWorld(t)
	p := person{subject: "S0001", device: "W1"}
	w.importRoster(rosterOf(t, p))
	w.credential(p.device)
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	d := w.serve()
	free := fill(t, disk, 0)
	for range 40 { // dead letters, until none has room
		if contains(d, "disk full") {
			break
		}
		var many []string
		for range 20 {
			many = append(many, `{"x":"`+randomText(8000)+`"}`)
		}
		w.mosquittoPub(p.device, "location", many...)
	}
	d.wantLog(20*time.Second, "disk full")
	w.mosquittoPub(p.device, "status", status("cut", "strap_open", at(0)))
	eventually(t, 10*time.Second, "messages are taken all the same", func() bool { return w.account().accepted == 1 })
	free()
	w.api.wantAlert("strap-tamper", "S0001", nil)
	if !d.running() {
		t.Error("the daemon ended")
	}
}

func contains(p *process, text string) bool { return strings.Contains(p.log.String(), text) }

// randomText is a text that does not compress.
func randomText(n int) string {
	b := make([]byte, n/2)
	rand.Read(b)
	return hex.EncodeToString(b)
}
