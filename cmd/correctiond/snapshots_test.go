package main

import (
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// A snapshot must not be used when the stored alerts end before it: what lies
// between would never be judged again.
func TestSnapshotAheadOfTheStoredAlertsIsNotUsed(t *testing.T) {
	cal := roster.NewCalendar(nil)
	dir := snapshotDir{path: t.TempDir(), prefix: "d1-", vault: testVault(t)}
	save := func(seq uint64, at roster.Instant) {
		e := rules.New(rules.DefaultConfig(), cal, nil)
		if _, err := e.Apply(&event.Entry{At: at}); err != nil {
			t.Fatal(err)
		}
		if err := dir.save(e, seq); err != nil {
			t.Fatal(err)
		}
	}
	save(10, 1000)
	save(20, 2000)
	for _, c := range []struct {
		committed, want uint64
		clock           roster.Instant
		why             string
	}{
		{25, 20, 2000, ""},
		{20, 20, 2000, ""},
		{19, 10, 1000, "the stored alerts end at 19"},
		{9, 0, 0, "the stored alerts end at 9"},
	} {
		e := rules.New(rules.DefaultConfig(), cal, nil)
		seq, err := dir.restore(e, c.committed)
		if seq != c.want || e.Clock() != c.clock {
			t.Errorf("committed %d: restored %d with clock %d, want %d with %d", c.committed, seq, e.Clock(), c.want, c.clock)
		}
		if (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("committed %d: error %v, want one with %q", c.committed, err, c.why)
		}
	}
}

func TestOnlyTheNewestSnapshotsAreKept(t *testing.T) {
	dir := snapshotDir{path: t.TempDir(), prefix: "d1-", vault: testVault(t)}
	for seq := range uint64(4) {
		if err := dir.save(rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil), seq+1); err != nil {
			t.Fatal(err)
		}
	}
	if seqs, err := dir.list(); err != nil || len(seqs) != snapshotsKept || seqs[0] != 4 {
		t.Errorf("kept %v, %v", seqs, err)
	}
}
