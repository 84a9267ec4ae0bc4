package journal_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

const streamDir = "jetstream/$G/streams/jz_log_" + district

// filled returns a closed store of ten batches of about 500 bytes.
func filled(t *testing.T) journal.Config {
	t.Helper()
	cfg := config(t.TempDir())
	s := open(t, cfg)
	defer s.Close()
	l := openLog(t, s)
	for i := range 10 {
		appendOne(t, l, reject(roster.Instant(i+1), 500))
	}
	return cfg
}

func TestStoreIsEncrypted(t *testing.T) {
	for _, cipher := range []string{journal.AES, journal.ChaCha} {
		cfg := config(t.TempDir())
		cfg.Cipher = cipher
		s := open(t, cfg)
		appendOne(t, openLog(t, s), reject(1, 5000))
		s.Close()
		err := filepath.WalkDir(cfg.Dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if bytes.Contains(b, []byte("plaintext")) || bytes.Contains(b, []byte("jz.log.")) {
				t.Errorf("%s: %s holds plain text", cipher, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWrongKeyIsRefusedAndHarmless(t *testing.T) {
	cfg := filled(t)
	wrong := cfg
	wrong.Key = []byte("another key of 32 bytes, another")
	if _, err := journal.Open(context.Background(), wrong); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("wrong key: %v", err)
	}
	s := open(t, cfg)
	defer s.Close()
	if b := bounds(t, openLog(t, s)); b != [2]uint64{1, 10} {
		t.Fatalf("bounds %v after a start with the wrong key", b)
	}
}

// What the store does with a damaged last block. It always opens, and keeps
// every batch before the damage. Whether the sequences of the lost ones come
// back depends on its index file.
func TestDamagedLastBlock(t *testing.T) {
	for name, c := range map[string]struct {
		harm     func([]byte) []byte
		survives uint64
	}{
		"torn last batch":     {func(b []byte) []byte { return b[:len(b)-10] }, 9},
		"last two torn":       {func(b []byte) []byte { return b[:len(b)-700] }, 8},
		"flipped last batch":  {func(b []byte) []byte { b[len(b)-100] ^= 0xff; return b }, 9},
		"flipped first bytes": {func(b []byte) []byte { b[3] ^= 0xff; return b }, 0},
		"zeros behind":        {func(b []byte) []byte { return append(b, make([]byte, 4096)...) }, 10},
	} {
		for _, index := range []bool{true, false} {
			t.Run(name, func(t *testing.T) { damagedBlock(t, c.harm, c.survives, index) })
		}
	}
}

func damagedBlock(t *testing.T, harm func([]byte) []byte, survives uint64, index bool) {
	cfg := filled(t)
	block := filepath.Join(cfg.Dir, streamDir, "msgs", "1.blk")
	b, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(block, harm(b), 0o600); err != nil {
		t.Fatal(err)
	}
	if !index {
		if err := os.Remove(filepath.Join(filepath.Dir(block), "index.db")); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, cfg)
	defer s.Close()
	l := openLog(t, s)
	got, err := read(t, l, 1, survives)
	if err != nil || uint64(len(got)) != survives {
		t.Fatalf("%d batches survived, want %d; %v", len(got), survives, err)
	}
	// A consumer that had read all ten learns of the loss or is at the end.
	if err := l.Advance(context.Background(), 10); err != nil {
		t.Fatal(err)
	}
	if seq := appendOne(t, l, reject(11, 1)); seq != 11 {
		t.Fatalf("next sequence %d, want 11", seq)
	}
}

func TestFollowNamesLostBatches(t *testing.T) {
	cfg := filled(t)
	block := filepath.Join(cfg.Dir, streamDir, "msgs", "1.blk")
	b, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(block, b[:len(b)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, cfg)
	defer s.Close()
	l := openLog(t, s)
	appendOne(t, l, reject(11, 1))
	_, err = read(t, l, 1, 11)
	var damage *journal.DamageError
	if !errors.As(err, &damage) || damage.First != 10 || damage.Last != 10 || !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("hole: %v", err)
	}
	if got, err := read(t, l, damage.Last+1, 11); err != nil || got[11] != 11 {
		t.Fatalf("behind the damage: %v, %v", got, err)
	}
	err = l.Follow(context.Background(), 30, func(uint64, []event.Entry) error { return nil })
	if !errors.As(err, &damage) || damage.First != 12 || damage.Last != 29 {
		t.Fatalf("cursor behind the end: %v", err)
	}
}

// A crash while a log is being made leaves an incomplete folder, or parts of its
// description.
func TestHalfMadeLog(t *testing.T) {
	for name, lost := range map[string][]string{
		"only folders":     {"meta.inf", "meta.sum", "meta.key", "msgs/1.blk", "msgs/1.key", "msgs/index.db"},
		"no checksum":      {"meta.sum", "msgs/1.blk", "msgs/1.key", "msgs/index.db"},
		"no key":           {"meta.key", "msgs/1.blk", "msgs/1.key", "msgs/index.db"},
		"no folder inside": {""},
	} {
		cfg := filled(t)
		for _, file := range lost {
			if err := os.RemoveAll(filepath.Join(cfg.Dir, streamDir, file)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(cfg.Dir, streamDir), 0o700); err != nil {
			t.Fatal(err)
		}
		s := open(t, cfg)
		l, err := s.Log(context.Background(), district)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if seq := appendOne(t, l, reject(1, 1)); seq == 0 {
			t.Errorf("%s: sequence 0", name)
		}
		s.Close()
	}
}

func TestLostDescriptionIsNotOverwritten(t *testing.T) {
	cfg := filled(t)
	if err := os.Remove(filepath.Join(cfg.Dir, streamDir, "meta.inf")); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(context.Background(), cfg); !errors.Is(err, journal.ErrDamaged) {
		t.Fatalf("opened over ten batches: %v", err)
	}
}
