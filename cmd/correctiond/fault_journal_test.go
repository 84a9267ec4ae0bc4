package main

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A full disk under the journal stops the acknowledgements to the broker, which
// keeps what comes meanwhile; a restart changes nothing about it. With room again
// everything is taken.
func TestFault5JournalDiskFull(t *testing.T) {
	f := newFleet(4, 150)
	w := newWorld(t)
	disk := filepath.Join(w.data, "journal")
	smallDisk(t, disk, "300m")
	w.joins(f.people)
	d := w.serve()
	free := fill(t, disk, 100<<20)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f.publish(ctx, t, w, time.Second)
	d.wantLog(10*time.Second, "MiB free on the disk of")
	eventually(t, 5*time.Second, "/readyz answers 503", func() bool { return w.api.status("/readyz") == 503 })
	if a := w.account(); a.received != 0 {
		t.Errorf("%+v while nothing can be stored", a)
	}
	if code, took := d.stop(20 * time.Second); code != 0 {
		t.Errorf("SIGTERM with a full journal: exit %d after %v", code, took)
	}
	d = w.launch()
	d.wantLog(15*time.Second, "MiB free on the disk of")
	free()
	began := time.Now()
	w.ready(d)
	w.settle(f.books(), 30*time.Second)
	t.Logf("%d events that the broker kept were stored %v after there was room", f.size(), time.Since(began).Round(100*time.Millisecond))
}

// The embedded broker is on the same disk. It may not acknowledge what it cannot
// keep: what devices were told is safe is stored when there is room again.
func TestFault5EmbeddedBrokerDiskFull(t *testing.T) {
	f := newFleet(4, 150)
	w := newWorld(t)
	disk := filepath.Join(w.data, "journal")
	smallDisk(t, disk, "1400m") // the broker's own gigabyte must be free, too
	w.importRoster(rosterOf(t, f.people...))
	w.signInBeforehand(f)
	d := w.serve()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+lasts(0, time.Minute))
	defer cancel()
	devices := w.devices(f, 3*time.Second)
	impatient, giveUp := context.WithCancel(ctx)
	defer giveUp()
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		sendAll(impatient, devices)
	}()
	eventually(t, 10*time.Second, "messages are taken", func() bool { return w.account().accepted > 50 })
	free := fill(t, disk, 0)
	d.wantLog(10*time.Second, "journal full: 0 MiB free on the disk of")
	eventually(t, 5*time.Second, "/readyz answers 503", func() bool { return w.api.status("/readyz") == 503 })
	before := w.account().accepted
	wait(ctx, lasts(time.Second, time.Minute))
	if got := w.account().accepted; got != before {
		t.Errorf("%d accepted on a full disk, %d before", got, before)
	}
	giveUp() // devices that hear nothing connect again, later
	<-sending
	promised := f.size()
	for _, s := range devices {
		promised -= len(s.left)
	}
	free()
	began := time.Now()
	w.ready(d)
	sendAll(ctx, devices)
	w.settle(f.books(), 30*time.Second)
	t.Logf("of %d, %d were acknowledged and %d of them stored while the disk was full; all were stored %v after there was room",
		f.size(), promised, before, time.Since(began).Round(100*time.Millisecond))
}

// devices are the senders of a fleet, which keep what is not acknowledged.
func (w *world) devices(f *fleet, over time.Duration) (all []*sender) {
	for i, p := range f.people {
		all = append(all, &sender{
			addr: w.mqtt, device: p.device, password: w.passwords[p.device], left: f.sends[i],
			began: time.Now(), every: over / time.Duration(len(f.sends[i])),
		})
	}
	return all
}

// sendAll sends until all is acknowledged or ctx ends.
func sendAll(ctx context.Context, devices []*sender) {
	var all sync.WaitGroup
	for _, s := range devices {
		all.Go(func() { s.run(ctx) })
	}
	all.Wait()
}

// Damage at the end of the journal is said, and what follows is taken. What the
// track history had already is not lost with it.
func TestFault6JournalDamaged(t *testing.T) {
	damages := []struct {
		name string
		do   func(block []byte) []byte
	}{
		{"torn", func(b []byte) []byte { return b[:len(b)-40] }},
		{"flipped at the end", func(b []byte) []byte { b[len(b)-20] ^= 0x10; return b }},
		{"flipped in the middle", func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }},
		{"zeroes at the end", func(b []byte) []byte { clear(b[len(b)-4096:]); return b }},
	}
	for _, damage := range damages {
		t.Run(damage.name, func(t *testing.T) {
			f, after := newFleet(2, 150), person{subject: "S0999", device: "W999"}
			w, _ := behindBroker(t, append(f.people, after))
			d := w.serve()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			f.publish(ctx, t, w, 300*time.Millisecond)
			want := f.books()
			w.settle(want, 20*time.Second)
			alerts := w.verdict()
			d.kill()
			rewrite(t, lastBlock(t, w.data), damage.do)
			d = w.serve()
			missing := d.complaints()
			if len(missing) == 0 {
				t.Error("the daemon says nothing of the damage")
			}
			w.alarm(after, "after", &want)
			w.stores(want, 20*time.Second)
			w.wantBalance()
			got := slices.DeleteFunc(w.verdict(), func(line string) bool { return strings.Contains(line, after.subject) })
			differ(t, got, alerts)
			t.Logf("it says: %s", strings.Join(missing, "\n"))
		})
	}
}

// complaints are the lines about lost parts of the journal.
func (p *process) complaints() (lines []string) {
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "journal") && strings.Contains(line, "level=ERROR") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// lastBlock is the file that the journal of the district was written to last.
func lastBlock(t *testing.T, data string) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(data, "journal", "jetstream", "$G", "streams", "jz_log_D1", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no blocks of the journal: %v", err)
	}
	return slices.MaxFunc(blocks, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
}

func rewrite(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(bytes.Clone(data))
	if bytes.Equal(changed, data) {
		t.Fatalf("%s is not damaged", name)
	}
	if err := os.WriteFile(name, changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Write-ahead logs of the databases that lost their end or are damaged: the journal
// gives everything back, events and alerts alike.
func TestFault6DatabaseLogsDamaged(t *testing.T) {
	damages := map[string]func([]byte) []byte{
		"cut to half": func(b []byte) []byte { return b[:len(b)/2] },
		"cut to none": func(b []byte) []byte { return b[:0] },
		"flipped":     func(b []byte) []byte { b[len(b)/3] ^= 0x10; return b },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			f := newFleet(2, 200)
			w, _ := behindBroker(t, f.people)
			d := w.serve()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			f.publish(ctx, t, w, 300*time.Millisecond)
			w.settle(f.books(), 20*time.Second)
			alerts := w.verdict()
			d.kill()
			rewrite(t, filepath.Join(w.data, "state.db-wal"), damage)
			rewrite(t, filepath.Join(w.data, "history.db-wal"), damage)
			w.serve()
			w.stores(f.books(), 20*time.Second)
			if len(alerts) < len(f.people) {
				t.Errorf("only %d alerts", len(alerts))
			}
			differ(t, w.verdict(), alerts)
		})
	}
}
