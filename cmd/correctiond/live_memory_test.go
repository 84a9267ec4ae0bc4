package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/journal"
)

// A daemon that cannot read what the rules knew, as after an update, judges the
// journal again. What the journal does not have any more must not be forgotten
// without somebody's word.
func TestLiveStartThatWouldForget(t *testing.T) {
	w := newWorld(t)
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	stop := func(d *process) {
		t.Helper()
		eventually(t, 20*time.Second, "the rules are at the end of the journal", func() bool { return w.metric(`correctiond_journal_pending{consumer="rules"}`) == 0 })
		if code, _ := d.stop(20 * time.Second); code != 0 {
			t.Fatalf("exit %d\n%s", code, d.log)
		}
	}
	stop(w.serve())
	w.spoilSnapshots()
	stop(w.serve()) // the journal has everything
	w.spoilSnapshots()
	w.purge()
	d := w.launch()
	d.ended(20 * time.Second)
	if d.cmd.ProcessState.ExitCode() == 0 || !strings.Contains(d.log.String(), "would forget") || !strings.Contains(d.log.String(), "--accept-loss") {
		t.Fatalf("it starts, or does not say why it does not:\n%s", d.log)
	}
	plain := w.flags
	w.flags = append([]string{"--accept-loss"}, plain...)
	stop(w.serve())
	w.flags = plain
	stop(w.serve())
}

// spoilSnapshots makes every snapshot unreadable.
func (w *world) spoilSnapshots() {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.data, "snapshots", "*.snap"))
	if err != nil || len(names) == 0 {
		w.t.Fatalf("%d snapshots, %v", len(names), err)
	}
	for _, name := range names {
		if err := os.WriteFile(name, []byte("of another version"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// purge takes everything out of the journal of the stopped daemon, as age does.
func (w *world) purge() {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.data, "journal.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	if key, err := hex.DecodeString(strings.TrimSpace(string(text))); err == nil {
		text = key
	}
	s, err := journal.Open(w.t.Context(), journal.Config{Dir: filepath.Join(w.data, "journal"), Key: text})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	log, err := s.Log(w.t.Context(), "D1")
	if err != nil {
		w.t.Fatal(err)
	}
	_, last, err := log.Bounds(w.t.Context())
	if err == nil && last > 0 {
		err = log.Purge(w.t.Context(), last)
	}
	if err != nil || last == 0 {
		w.t.Fatal(last, err)
	}
}
