package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// A backup under load, put back elsewhere: every event whose acknowledgement is older
// is there, and once the devices have sent the rest again the alerts are the same.
func TestLiveBackupUnderLoad(t *testing.T) {
	w := newWorld(t)
	f := newFleet(8, 400)
	w.importRoster(rosterOf(t, f.people...))
	w.signInBeforehand(f)
	w.serve()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	published := make(chan struct{})
	go func() {
		defer close(published)
		f.publish(ctx, t, w, 10*time.Second)
	}()
	eventually(t, 60*time.Second, "a third is stored", func() bool { return w.metric("correctiond_store_written_total") > float64(f.size())/3 })
	before := w.fleetIDs(f)
	place := shortDir(t)
	out := w.command("backup", filepath.Join(place, "backup"), "--keys", filepath.Join(place, "keys"))
	if w.metric("correctiond_store_written_total") >= float64(f.size()) {
		t.Error("the load was over before the backup")
	}
	<-published
	w.converge(f, 60*time.Second)
	want := w.verdict()

	again := newWorld(t)
	again.passwords, again.api.token = w.passwords, w.api.token
	again.command("restore", filepath.Join(place, "backup"), "--keys", filepath.Join(place, "keys"))
	again.serve()
	if missing := less(before, again.fleetIDs(f)); len(missing) > 0 {
		t.Errorf("%d of %d acknowledged events are missing, such as %s\n%s", len(missing), len(before), missing[0], out)
	}
	f.publish(ctx, t, again, 0)
	again.converge(f, 60*time.Second)
	differ(t, again.verdict(), want)
	if got := again.command("audit", "verify"); !strings.HasPrefix(got, "whole: ") {
		t.Error(got)
	}
}

// fleetIDs are all events in the tracks of a fleet.
func (w *world) fleetIDs(f *fleet) (ids []string) {
	for _, p := range f.people {
		ids = append(ids, w.track(p.subject)...)
	}
	return ids
}

// backedUp is a data directory with a roster and a file, and its backup.
func backedUp(t *testing.T) (b bench, dir, keys string) {
	t.Helper()
	b = newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	v := vaultOf(t, filepath.Join(b.dir, "data"), securityConfig{Cipher: "aes-gcm"})
	if _, err := (files{v.dir.file("files"), v}).Keep(t.Context(), strings.NewReader("photo")); err != nil {
		t.Fatal(err)
	}
	dir, keys = filepath.Join(b.dir, "backup"), filepath.Join(b.dir, "keys")
	b.must("backup", dir, "--keys", keys)
	return b, dir, keys
}

func TestRestoreIsWhatWasBackedUp(t *testing.T) {
	_, dir, keys := backedUp(t)
	if in := leaks(t, dir); len(in) > 0 {
		t.Error(in)
	}
	b := newBench(t)
	b.must("restore", dir, "--keys", keys)
	if !strings.Contains(b.must("roster", "export"), secretName) {
		t.Error("the roster is not there")
	}
	if names := namesIn(t, filepath.Join(b.dir, "data", "files")); len(names) != 1 {
		t.Errorf("files %v", names)
	}
	list := b.audit()
	if len(list) != 3 || !strings.HasPrefix(list[1], "backup.restored") {
		t.Errorf("audit %v", list)
	}
}

func TestBackupsThatCannotBe(t *testing.T) {
	b, dir, keys := backedUp(t)
	if got := b.run("backup", dir); got.code != 2 || !strings.Contains(got.err, "is not empty") {
		t.Errorf("into a full directory: %+v", got)
	}
	other := b.file("field.key", strings.Repeat("6b", 32))
	spoil := func(name, text string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		flags []string
		spoil func()
		want  string
	}{
		{nil, nil, "give --keys DIR"},
		{[]string{"--security.field_key_file", other}, nil, "it was made with field key"},
		{[]string{"--keys", keys}, spoil("state.db", "x"), "state.db was changed or damaged"},
		{[]string{"--keys", keys}, spoil(manifestFile, `{"format":1,"files":{"../x":"00"}}`), "outside of it"},
		{[]string{"--keys", keys}, spoil(manifestFile, `{"format":9}`), "is not understood"},
		{[]string{"--keys", keys}, func() { os.Remove(filepath.Join(dir, manifestFile)) }, "never completed"},
	} {
		if c.spoil != nil {
			c.spoil()
		}
		x := newBench(t)
		got := x.run(append([]string{"restore", dir}, c.flags...)...)
		if got.code == 0 || !strings.Contains(got.err, c.want) {
			t.Errorf("want %q: %+v", c.want, got)
		}
		if names := namesIn(t, filepath.Join(x.dir, "data")); len(names) > 0 {
			t.Errorf("%s: left behind %v", c.want, names)
		}
	}
	if got := b.run("restore", dir, "--keys", keys); got.code != 2 || !strings.Contains(got.err, "is not empty") {
		t.Errorf("over a data directory: %+v", got)
	}
}

// A journal whose beginning was purged comes back at its own sequences, holes filled.
func TestCopiedJournalKeepsItsSequences(t *testing.T) {
	var copied bytes.Buffer
	entry := func(at roster.Instant) []event.Entry { return []event.Entry{{At: at}} }
	for _, seq := range []uint64{1000, 1001, 1004} {
		if err := writeBatch(&copied, seq, entry(roster.Instant(seq))); err != nil {
			t.Fatal(err)
		}
	}
	server, err := journal.Open(t.Context(), journal.Config{Dir: t.TempDir(), Key: make([]byte, keyBytes), MaxBytes: 1 << 26, MaxAge: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	log, err := server.Log(t.Context(), "D1")
	if err != nil {
		t.Fatal(err)
	}
	if err := fillLog(t.Context(), log, backupLog{First: 1000, Last: 1005}, &copied); err != nil {
		t.Fatal(err)
	}
	if first, last, err := log.Bounds(t.Context()); first != 1000 || last != 1005 || err != nil {
		t.Errorf("the log holds %d to %d, %v", first, last, err)
	}
	got := map[uint64]int{}
	err = log.Follow(t.Context(), 1000, func(seq uint64, entries []event.Entry) error {
		if got[seq] = len(entries); seq == 1005 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || got[1000] != 1 || got[1001] != 1 || got[1003] != 0 || got[1004] != 1 {
		t.Errorf("read back %v, %v", got, err)
	}
	for _, broken := range []string{"\x01\xff\xff\xff\xff\x0f", "\x01\x09x"} {
		if err := fillLog(t.Context(), log, backupLog{}, strings.NewReader(broken)); err == nil || !strings.Contains(err.Error(), "broken") {
			t.Errorf("%q: %v", broken, err)
		}
	}
}
