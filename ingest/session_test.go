package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"correctiond/ingest"
)

// notebook remembers sessions from run to run, and which were lost.
type notebook struct {
	mu          sync.Mutex
	names, lost []string
	failing     error
}

var _ ingest.Sessions = (*notebook)(nil)

func (n *notebook) Names() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.names)
}

func (n *notebook) Opened(name string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names = append(n.names, name)
	return n.failing
}

func (n *notebook) remember(c *ingest.Config) {
	c.Sessions = n
	c.SessionLost = func(id string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.lost = append(n.lost, id)
	}
}

func (n *notebook) losses() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lost)
}

// keptBroker keeps its sessions in a file of the returned directory.
func keptBroker(t *testing.T) (b *broker, dir string) {
	t.Helper()
	dir = t.TempDir()
	return startBroker(t, "persistence true", "persistence_location "+dir+"/"), dir
}

// forget deletes what the broker has written.
func forget(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "mosquitto.db")); err != nil {
		t.Fatal(err)
	}
}

// again waits until the subscriber has noticed that the broker went away, and then
// until it is back.
func (d *daemon) again(t *testing.T, b *broker, meanwhile func()) {
	t.Helper()
	b.restart(t, func() {
		eventually(t, "the broker is missed", func() bool { return d.Ready() != nil })
		meanwhile()
	})
	d.ready(t)
}

func TestALostSessionIsNoticedAtReconnect(t *testing.T) {
	b, dir := keptBroker(t)
	book := new(notebook)
	d := start(t, b, &memory{}, book.remember)
	d.ready(t)
	d.again(t, b, func() {})
	if n := d.sum(t, "correctiond_ingest_session_lost_total"); n != 0 {
		t.Errorf("%v sessions lost, though the broker has kept it", n)
	}
	d.again(t, b, func() { forget(t, dir) })
	if n := d.sum(t, "correctiond_ingest_session_lost_total"); n != 1 {
		t.Errorf("%v sessions lost, want 1", n)
	}
	if got := book.losses(); !slices.Equal(got, []string{"correctiond-test"}) {
		t.Errorf("told of %v", got)
	}
}

func TestALostSessionIsNoticedAtTheNextStart(t *testing.T) {
	b, dir := keptBroker(t)
	book := new(notebook)
	for _, run := range []struct {
		name      string
		meanwhile func()
		lost      float64
	}{
		{"the first", func() {}, 0},
		{"with the session", func() {}, 0},
		{"without it", func() { forget(t, dir) }, 1},
		{"with the new one", func() {}, 0},
	} {
		b.restart(t, run.meanwhile)
		d := start(t, b, &memory{}, book.remember)
		d.ready(t)
		if n := d.sum(t, "correctiond_ingest_session_lost_total"); n != run.lost {
			t.Errorf("%s: %v sessions lost, want %v", run.name, n, run.lost)
		}
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{b.url + " correctiond-test"}; !slices.Equal(book.names, want) {
		t.Errorf("remembered %v, want %v", book.names, want)
	}
}

// Where the memory cannot be written messages are taken all the same.
func TestAnUnwritableMemoryOfSessionsStopsNothing(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	start(t, b, sink, (&notebook{failing: errors.New("disk full")}).remember).ready(t)
	publish(t, b.device(t), "W1/location", location())
	eventually(t, "a message is stored", func() bool { return len(sink.list()) == 1 })
}
