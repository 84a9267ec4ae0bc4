package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The fault tests break the parts under a running daemon, one by one, and settle
// the account at the end: what was received is accepted, rejected or a duplicate,
// and the ids accepted are those in the track history, each once.

// lasts gives the length of an outage: a short one for every day, and the full one
// when JZ_FAULTS is "long" (make faults).
func lasts(short, full time.Duration) time.Duration {
	if os.Getenv("JZ_FAULTS") == "long" {
		return full
	}
	return short
}

// books are what a test knows of all it sent.
type books struct {
	accepted map[string][]string // ids by subject
	rejected map[string]int      // by reason
	// duplicate counts what came again; anyNumber where the broker decides.
	duplicate int
}

const anyNumber = -1

func (f *fleet) books() books {
	l := books{accepted: map[string][]string{}, duplicate: anyNumber}
	for i, p := range f.people {
		for _, m := range f.sends[i] {
			l.accepted[p.subject] = append(l.accepted[p.subject], m.id)
		}
	}
	return l
}

func (l books) size() (n int) {
	for _, ids := range l.accepted {
		n += len(ids)
	}
	return n
}

// settle waits until the running daemon has stored everything and compares the
// account of its whole life with the books.
func (w *world) settle(l books, within time.Duration) {
	w.t.Helper()
	w.stores(l, within)
	w.counts(l)
}

// stores waits until the history holds every id and the rules have judged them, and
// compares what it holds.
func (w *world) stores(l books, within time.Duration) {
	w.t.Helper()
	left := slices.Sorted(maps.Keys(l.accepted))
	eventually(w.t, within, "all events are in the track history", func() bool {
		for len(left) > 0 && len(w.ids(left[0])) >= len(l.accepted[left[0]]) {
			left = left[1:]
		}
		return len(left) == 0
	})
	eventually(w.t, within, "the journal is stored and judged", func() bool {
		return w.metric(`correctiond_journal_pending{consumer="rules"}`) == 0 &&
			w.metric(`correctiond_journal_pending{consumer="history"}`) == 0
	})
	for subject, want := range l.accepted {
		want = slices.Sorted(slices.Values(want))
		differ(w.t, w.ids(subject), want)
	}
	w.t.Log(w.command("check", "--accounting"))
}

// ids reads all that the history holds of a person, sorted.
func (w *world) ids(subject string) []string {
	w.t.Helper()
	var ids []string
	for line := range strings.Lines(w.command("track", subject, "--from", at(-40*24*time.Hour), "--until", at(2*time.Hour),
		"--reason", "test")) {
		if _, rest, ok := strings.Cut(line, `"id":"`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// counts compares the daemon's counters with the books.
func (w *world) counts(l books) {
	w.t.Helper()
	got := w.account()
	if got.accepted != l.size() {
		w.t.Errorf("%d accepted, %d in the books", got.accepted, l.size())
	}
	if l.duplicate != anyNumber && got.duplicate != l.duplicate {
		w.t.Errorf("%d duplicates, want %d", got.duplicate, l.duplicate)
	}
	if !maps.Equal(got.rejected, l.rejected) {
		w.t.Errorf("rejected %v, want %v", got.rejected, l.rejected)
	}
	w.t.Logf("account: %d received = %d accepted + %d rejected %v + %d duplicates", got.received, got.accepted, got.rejectedAll(), got.rejected, got.duplicate)
}

// account is what the counters of one run of the daemon say.
type account struct {
	received, accepted, duplicate int

	rejected map[string]int
}

func (a account) rejectedAll() int { return sum(slices.Collect(maps.Values(a.rejected))) }

func (w *world) account() account {
	w.t.Helper()
	const name = "correctiond_ingest_"
	a := account{
		received: int(w.metric(name + "received_total")), accepted: int(w.metric(name + "accepted_total")),
		duplicate: int(w.metric(name + "duplicate_total")),
	}
	for line := range strings.Lines(w.metrics()) {
		rest, ok := strings.CutPrefix(line, name+`rejected_total{reason="`)
		if !ok {
			continue
		}
		reason, _, _ := strings.Cut(rest, `"`)
		if a.rejected == nil {
			a.rejected = map[string]int{}
		}
		a.rejected[reason] = int(w.metric(name + `rejected_total{reason="` + reason + `"}`))
	}
	return a
}

// smallDisk mounts a file system of its own at dir, where that is permitted.
func smallDisk(t *testing.T, dir, size string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// fill leaves so many bytes on the disk of dir until the returned function frees it.
func fill(t *testing.T, dir string, leave int64) (free func()) {
	t.Helper()
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer ballast.Close()
	for size := int64(0); ; { // others write meanwhile
		var disk syscall.Statfs_t
		if err := syscall.Statfs(dir, &disk); err != nil {
			t.Fatal(err)
		}
		more := int64(disk.Bavail)*disk.Bsize - leave
		if more < 4096 {
			break
		}
		if syscall.Fallocate(int(ballast.Fd()), 0, size, more) == nil {
			size += more
		}
	}
	return func() {
		if err := os.Remove(ballast.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// wantLog waits until the process has printed a text.
func (p *process) wantLog(within time.Duration, text string) {
	p.t.Helper()
	eventually(p.t, within, "the log says "+text, func() bool { return strings.Contains(p.log.String(), text) })
}
