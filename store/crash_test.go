package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/tracks"
)

// crashDir names the folder in which the child of the crash test writes.
const crashDir = "STORE_CRASH_DIR"

// commitUntilKilled is the child: it says a sequence once both databases have it.
func commitUntilKilled(dir string) int {
	s, err := store.OpenState(filepath.Join(dir, "state.db"))
	if err != nil {
		return 1
	}
	h, err := tracks.OpenHistory(filepath.Join(dir, "history.db"))
	if err != nil {
		return 1
	}
	ctx := context.Background()
	from, err := s.Cursor(ctx, "D1")
	if err != nil {
		return 1
	}
	for seq := from + 1; ; seq++ {
		if s.Commit(ctx, crashBatch(seq)) != nil || h.Write(ctx, "D1", seq, crashEvents(seq)) != nil {
			return 1
		}
		fmt.Println(seq)
	}
}

// crashBatch opens two alerts, keeps a dead letter and an audit record.
func crashBatch(seq uint64) store.Batch {
	return store.Batch{
		District: "D1", Seq: seq,
		Alerts: []store.AlertChange{
			opening(raised(fmt.Sprintf("a%d", seq), rules.P2, morning)), opening(raised(fmt.Sprintf("b%d", seq), rules.P3, morning)),
		},
		DeadLetters: []store.DeadLetter{letter(0, event.NoBasis)},
		Audit:       []audit.Record{{At: morning, Actor: "F1", Action: "alert.ack", Object: fmt.Sprint(seq)}},
	}
}

func crashEvents(seq uint64) []event.Event {
	events := make([]event.Event, 40)
	for i := range events {
		events[i] = fix(i, int(seq))
	}
	return events
}

func TestKillLosesNothingThatWasConfirmed(t *testing.T) {
	dir := t.TempDir()
	said := uint64(0)
	for round := range 5 {
		said = max(said, killAfter(t, dir, 3+7*round))
		checkAgreement(t, dir, said)
	}
}

// killAfter runs the child until it has confirmed n more batches, kills it in
// the midst of its work, and returns the last one it confirmed.
func killAfter(t *testing.T, dir string, n int) (last uint64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatal(err)
		}
		if i == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || last == 0 {
		t.Fatalf("the child ended by itself after %d", last)
	}
	return last
}

// checkAgreement opens what the child left: nothing it said is missing, and what
// is there fits together.
func checkAgreement(t *testing.T, dir string, said uint64) {
	t.Helper()
	s, err := store.OpenState(filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h, err := tracks.OpenHistory(filepath.Join(dir, "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	seq := must[uint64](t)(s.Cursor(t.Context(), "D1"))
	written := must[uint64](t)(h.Cursor(t.Context(), "D1"))
	if seq < said || written < said || seq > said+1 || written > seq {
		t.Fatalf("said %d, state at %d, history at %d", said, seq, written)
	}
	sum := must[alerts.Summary](t)(s.Summary(t.Context(), "D1", ""))
	changes := must[int64](t)(s.LastChange(t.Context()))
	chain := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context()))
	newest := must[[]store.DeadLetter](t)(s.DeadLetters(t.Context(), store.DeadLetterFilter{Limit: 1}))[0]
	if n := uint64(sum.Total.Of(rules.P2).Open); n != seq || uint64(changes) != 2*seq || uint64(chain.N) != seq || newest.Seq != seq {
		t.Errorf("cursor %d, %d P2 alerts, %d changes, %d audit records, dead letter of %d", seq, n, changes, chain.N, newest.Seq)
	}
	if counts := must[map[event.Kind]int64](t)(h.Counts(t.Context())); counts[event.Location] != 40*int64(written) {
		t.Errorf("history at %d holds %d events", written, counts[event.Location])
	}
	// Catching up: what the history missed is written by the next child as the
	// state's next batch would be; here the last one again.
	if err := h.Write(t.Context(), "D1", seq, crashEvents(seq)); err != nil {
		t.Fatal(err)
	}
}
