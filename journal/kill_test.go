package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"

	"correctiond/journal"
	"correctiond/roster"
)

const victimDir = "JOURNAL_TEST_VICTIM_DIR"

// victim appends from several goroutines until it is killed, and prints each
// batch that was acknowledged.
func victim(dir string) int {
	ctx := context.Background()
	s, err := journal.Open(ctx, config(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	l, err := s.Log(ctx, district)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				at := roster.Instant(rand.Int64N(1<<40) + 1)
				seq, err := l.Append(ctx, reject(at, rand.IntN(20_000)))
				if err != nil {
					return
				}
				fmt.Printf("%d %d\n", seq, at)
			}
		})
	}
	wg.Wait()
	return 1
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acked := map[uint64]roster.Instant{}
	for range 6 {
		killAfter(t, dir, 1+rand.IntN(400), acked)
		s := open(t, config(dir))
		l := openLog(t, s)
		got, err := read(t, l, 1, bounds(t, l)[1])
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		for seq, at := range acked {
			if got[seq] != at {
				t.Fatalf("acknowledged batch %d holds %d, want %d (of %d)", seq, got[seq], at, len(acked))
			}
		}
	}
}

// killAfter runs a victim until it has acknowledged n batches, kills it, and
// collects what it acknowledged.
func killAfter(t *testing.T, dir string, n int, acked map[uint64]roster.Instant) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), victimDir+"="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		var seq uint64
		var at roster.Instant
		if _, err := fmt.Sscan(lines.Text(), &seq, &at); err != nil {
			break // the last line was cut by the kill
		}
		acked[seq] = at
		if i == n {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Wait(); err == nil || len(acked) == 0 {
		t.Fatalf("victim ended by itself: %v", err)
	}
}
