package journal_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

var errEnough = errors.New("enough")

func TestAppendedBatchesSurviveReopening(t *testing.T) {
	dir := t.TempDir()
	s := open(t, config(dir))
	l := openLog(t, s)
	for i := range 10 {
		if seq := appendOne(t, l, []event.Entry{{At: roster.Instant(i)}, {At: roster.Instant(i + 100)}}); seq != uint64(i+1) {
			t.Fatalf("batch %d got sequence %d", i, seq)
		}
	}
	s.Close()

	s = open(t, config(dir))
	defer s.Close()
	l = openLog(t, s)
	if b := bounds(t, l); b != [2]uint64{1, 10} {
		t.Fatalf("bounds %v", b)
	}
	got, err := read(t, l, 4, 10)
	if err != nil || len(got) != 7 || got[4] != 3 || got[10] != 9 {
		t.Fatalf("read %v, %v", got, err)
	}
}

func TestFollowWaitsForNewBatches(t *testing.T) {
	s := open(t, config(t.TempDir()))
	defer s.Close()
	l := openLog(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	seqs, ended := make(chan uint64), make(chan error, 1)
	go func() {
		ended <- l.Follow(ctx, 0, func(seq uint64, _ []event.Entry) error { seqs <- seq; return nil })
	}()
	for want := uint64(1); want <= 3; want++ {
		appendOne(t, l, reject(1, 10))
		if got := <-seqs; got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("ended with %v", err)
	}
}

func TestConcurrentAppends(t *testing.T) {
	s := open(t, config(t.TempDir()))
	defer s.Close()
	l := openLog(t, s)
	var wg sync.WaitGroup
	var at sync.Map
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				when := roster.Instant(g*1000 + i + 1)
				if seq, err := l.Append(context.Background(), []event.Entry{{At: when}}); err != nil {
					t.Error(err)
				} else {
					at.Store(seq, when)
				}
			}
		})
	}
	wg.Wait()
	got, err := read(t, l, 1, 400)
	if err != nil || len(got) != 400 {
		t.Fatalf("%d batches, %v", len(got), err)
	}
	at.Range(func(seq, when any) bool {
		if got[seq.(uint64)] != when {
			t.Errorf("sequence %v holds %v, want %v", seq, got[seq.(uint64)], when)
		}
		return true
	})
}

func TestFullLogRefusesUntilPurged(t *testing.T) {
	cfg := config(t.TempDir())
	reg := prometheus.NewRegistry()
	cfg.MaxBytes, cfg.Metrics = 1<<20, reg
	s := open(t, cfg)
	defer s.Close()
	l := openLog(t, s)
	var err error
	for err == nil {
		_, err = l.Append(context.Background(), reject(1, 100<<10))
	}
	if !errors.Is(err, journal.ErrFull) {
		t.Fatalf("got %v", err)
	}
	b := bounds(t, l)
	if b[0] != 1 || b[1] < 9 {
		t.Fatalf("kept %v: a full log must keep what it has", b)
	}
	if err := l.Purge(context.Background(), 5); err != nil {
		t.Fatal(err)
	}
	if seq := appendOne(t, l, reject(2, 100<<10)); seq != b[1]+1 {
		t.Fatalf("sequence %d after %d", seq, b[1])
	}
	if got, err := read(t, l, 1, b[1]+1); err != nil || got[5] != 0 || got[6] != 1 {
		t.Fatalf("read %v, %v", got, err)
	}
	if b := metric(t, reg, "correctiond_journal_bytes"); b < 500<<10 || b > 1<<20 {
		t.Errorf("journal_bytes %v", b)
	}
	if n := metric(t, reg, "correctiond_journal_append_failures_total"); n != 1 {
		t.Errorf("append_failures_total %v", n)
	}
}

// metric returns the value of a gauge or counter without labels or with one set.
func metric(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestPurgedLogKeepsItsSequences(t *testing.T) {
	cfg := config(t.TempDir())
	s := open(t, cfg)
	l := openLog(t, s)
	appendOne(t, l, reject(1, 1))
	appendOne(t, l, reject(2, 1))
	if err := l.Purge(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	if b := bounds(t, l); b != [2]uint64{3, 2} {
		t.Fatalf("bounds of an emptied log: %v", b)
	}
	s.Close()
	s = open(t, cfg)
	defer s.Close()
	if seq := appendOne(t, openLog(t, s), reject(3, 1)); seq != 3 {
		t.Fatalf("sequence %d after an emptied log was reopened", seq)
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	s := open(t, config(t.TempDir()))
	defer s.Close()
	l := openLog(t, s)
	if _, err := l.Append(context.Background(), nil); err == nil {
		t.Error("an empty batch was stored")
	}
	if _, err := l.Append(context.Background(), reject(1, journal.MaxBatch)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("over-large batch: %v", err)
	}
	appendOne(t, l, reject(1, journal.MaxBatch-100))
}

func TestDistrictsHaveLogsOfTheirOwn(t *testing.T) {
	s := open(t, config(t.TempDir()))
	defer s.Close()
	for _, id := range []roster.DistrictID{"a.b", "a_b", "a b", "朝阳", "*", "a/b", "A.B"} {
		l, err := s.Log(context.Background(), id)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		if seq := appendOne(t, l, reject(1, 1)); seq != 1 {
			t.Errorf("%q shares a log", id)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	for name, change := range map[string]func(*journal.Config){
		"no directory":  func(c *journal.Config) { c.Dir = "" },
		"short key":     func(c *journal.Config) { c.Key = []byte("short") },
		"cipher":        func(c *journal.Config) { c.Cipher = "rot13" },
		"bound":         func(c *journal.Config) { c.MaxBytes = -1 },
		"no check":      func(c *journal.Config) { c.MQTT = &journal.MQTT{Listen: "127.0.0.1:0"} },
		"open listener": func(c *journal.Config) { c.MQTT = broker("0.0.0.0:0") },
		"all hosts":     func(c *journal.Config) { c.MQTT = broker(":0") },
		"address":       func(c *journal.Config) { c.MQTT = broker("127.0.0.1") },
		"prefix":        func(c *journal.Config) { c.MQTT = broker("127.0.0.1:0"); c.MQTT.Prefix = "jz/#" },
		"certificate":   func(c *journal.Config) { c.MQTT = broker("127.0.0.1:0"); c.MQTT.CertFile = "/nonexistent" },
	} {
		cfg := config(t.TempDir())
		change(&cfg)
		if _, err := journal.Open(context.Background(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestClosingEndsFollow(t *testing.T) {
	s := open(t, config(t.TempDir()))
	l := openLog(t, s)
	appendOne(t, l, reject(1, 1))
	came, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- l.Follow(context.Background(), 1, func(uint64, []event.Entry) error { close(came); return nil })
	}()
	<-came
	s.Close()
	s.Close()
	if err := <-ended; err == nil {
		t.Fatal("ended without an error")
	}
}
