package journal_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// smallDisk mounts a file system of 32 MiB, where the system permits it.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount: %s", out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves about 2 MiB on the disk until the returned function frees it.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 30<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDiskNearlyFull(t *testing.T) {
	cfg := config(smallDisk(t))
	cfg.MinFree = 8 << 20
	s := open(t, cfg)
	defer s.Close()
	l := openLog(t, s)
	appendOne(t, l, reject(1, 1))
	free := fill(t, cfg.Dir)
	if _, err := l.Append(context.Background(), reject(2, 1)); !errors.Is(err, journal.ErrFull) {
		t.Fatalf("append with little space: %v", err)
	}
	free()
	if seq := appendOne(t, l, reject(2, 1)); seq != 2 {
		t.Fatalf("sequence %d", seq)
	}
}

func TestFailedWriteIsMendedWhenSpaceReturns(t *testing.T) {
	cfg := config(smallDisk(t))
	cfg.MQTT = broker("127.0.0.1:0")
	s := open(t, cfg)
	defer s.Close()
	c, got := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	l := openLog(t, s)

	ctx, cancel := context.WithCancel(context.Background())
	last, ended := make(chan roster.Instant, 1000), make(chan error, 1)
	go func() {
		ended <- l.Follow(ctx, 1, func(_ uint64, e []event.Entry) error { last <- e[0].At; return nil })
	}()
	free := fill(t, cfg.Dir)
	stored := map[uint64]roster.Instant{}
	var err error
	for at := roster.Instant(1); err == nil; at++ {
		var seq uint64
		if seq, err = l.Append(ctx, reject(at, 200<<10)); err == nil {
			stored[seq] = at
		}
	}
	free()
	eventually(t, "append works again", func() bool {
		_, err := l.Append(ctx, reject(1000, 1))
		return err == nil
	})
	all, err := read(t, l, 1, bounds(t, l)[1])
	if err != nil {
		t.Fatal(err)
	}
	for seq, at := range stored {
		if all[seq] != at {
			t.Errorf("batch %d holds %d, want %d", seq, all[seq], at)
		}
	}
	for at := roster.Instant(0); at != 1000; at = <-last {
	}
	cancel()
	<-ended
	if err := pub(t, s, "d1", "-P", "secret-d1", "-t", "jz/v1/d1/status", "-m", "after"); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, got); string(m.Payload()) != "after" {
		t.Fatalf("got %s", m.Payload())
	}
}
