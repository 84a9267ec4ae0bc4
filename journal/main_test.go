package journal_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// TestMain turns into a victim of the kill tests when asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		os.Exit(victim(dir))
	}
	if dir := os.Getenv(brokerDir); dir != "" {
		os.Exit(brokerVictim(dir))
	}
	goleak.VerifyTestMain(m)
}

const district = "110105"

func config(dir string) journal.Config {
	return journal.Config{Dir: dir, Key: []byte("0123456789abcdef0123456789abcdef"), MinFree: 1}
}

func open(t testing.TB, cfg journal.Config) *journal.Server {
	t.Helper()
	s, err := journal.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openLog(t testing.TB, s *journal.Server) *journal.Log {
	t.Helper()
	l, err := s.Log(context.Background(), district)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// reject is an entry of about size bytes, recognisable by at.
func reject(at roster.Instant, size int) []event.Entry {
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = "plaintext"[i%9]
	}
	return []event.Entry{{At: at, Rejection: &event.Rejection{Topic: "jz/v1/d1/location", Payload: payload}}}
}

func appendOne(t testing.TB, l *journal.Log, entries []event.Entry) uint64 {
	t.Helper()
	seq, err := l.Append(context.Background(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func bounds(t testing.TB, l *journal.Log) [2]uint64 {
	t.Helper()
	first, last, err := l.Bounds(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return [2]uint64{first, last}
}

// read follows l from a sequence to another and returns what came, by sequence.
func read(t testing.TB, l *journal.Log, from, through uint64) (map[uint64]roster.Instant, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got := map[uint64]roster.Instant{}
	if from > through {
		return got, nil
	}
	err := l.Follow(ctx, from, func(seq uint64, entries []event.Entry) error {
		if len(entries) > 0 {
			got[seq] = entries[0].At
		}
		if seq >= through {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return got, err
}

// eventually polls a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("never came true: %s", what)
		case <-tick.C:
		}
	}
}
