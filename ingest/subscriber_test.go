package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

// paho sleeps out its retry interval when it is stopped while connecting.
func TestMain(m *testing.M) {
	const paho = "github.com/eclipse/paho%2emqtt%2egolang.(*client)."
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(paho+"Connect.func1"), goleak.IgnoreAnyFunction(paho+"Disconnect.func1"),
		goleak.IgnoreAnyFunction(paho+"reconnect"))
}

// memory is a sink that may be told to fail or to hang.
type memory struct {
	mu       sync.Mutex
	stored   []string // "district/id" of events, "district!reason" of dead letters
	largest  int
	failing  error
	failures int
	hang     chan struct{} // closed: go on
	calls    atomic.Int32
}

var _ ingest.Sink = (*memory)(nil)

func (s *memory) Append(ctx context.Context, district roster.DistrictID, entries []event.Entry) error {
	s.calls.Add(1)
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		s.failures++
		return s.failing
	}
	s.largest = max(s.largest, len(entries))
	for _, e := range entries {
		if e.Event != nil {
			s.stored = append(s.stored, string(district)+"/"+e.Event.ID)
		} else {
			s.stored = append(s.stored, string(district)+"!"+string(e.Rejection.Reason))
		}
	}
	return nil
}

func (s *memory) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *memory) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.stored)
}

func (s *memory) failed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// daemon is a running subscriber.
type daemon struct {
	*ingest.Subscriber
	metrics *prometheus.Registry
	stop    func() error // ends it and returns what Run returned
}

func start(t *testing.T, b *broker, sink ingest.Sink, fix ...func(*ingest.Config)) *daemon {
	t.Helper()
	reg := prometheus.NewRegistry()
	cfg := ingest.Config{
		URL: b.url, ClientID: "correctiond-test", Find: find(directory(t)),
		IDs: ingest.NewRecentIDs(nil), Sink: sink, Metrics: ingest.NewMetrics(reg),
		Now: func() time.Time { return now().Time(time.UTC) },
	}
	for _, f := range fix {
		f(&cfg)
	}
	d := &daemon{Subscriber: ingest.NewSubscriber(cfg), metrics: reg}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = d.stop() })
	return d
}

func (d *daemon) ready(t *testing.T) {
	t.Helper()
	eventually(t, "the subscriber is ready", func() bool { return d.Ready() == nil })
}

func numbered(n int) string { return location(fmt.Sprintf(`"id":"n%03d"`, n)) }

func TestMessagesArriveInOrderAndOnce(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	d := start(t, b, sink, func(c *ingest.Config) { c.DefaultDistrict = "D9" })
	d.ready(t)
	phone := b.device(t)
	var want []string
	for i := range 200 {
		publish(t, phone, "W1/location", numbered(i))
		want = append(want, fmt.Sprintf("D1/n%03d", i))
	}
	publish(t, phone, "W1/location", numbered(190))
	publish(t, phone, "W1/challenge", `{"id":"x"}`)
	publish(t, phone, "W2/location", location(`"extra":1`))
	publish(t, phone, "W7/location", location())
	publish(t, phone, "W1/location", "["+numbered(300)+","+numbered(300)+"]")
	want = append(want, "D1!no_basis", "D9!unknown_device", "D1/n300")
	eventually(t, "all are stored", func() bool { return len(sink.list()) >= len(want) })
	got := sink.list()
	slices.Sort(got[200:]) // districts of one batch are stored one after another
	slices.Sort(want[200:])
	if !slices.Equal(got, want) {
		t.Errorf("stored %v", got[190:])
	}
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]float64{"received": 205, "accepted": 201, "duplicate": 2, "rejected": 2, "unknown_fields": 1} {
		if got := d.sum(t, "correctiond_ingest_"+name+"_total"); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// sum adds a counter up over its labels.
func (d *daemon) sum(t *testing.T, name string) (total float64) {
	t.Helper()
	families, err := d.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				total += m.GetCounter().GetValue()
			}
		}
	}
	return total
}

// A subscriber that ends before the journal has the messages must not have
// acknowledged them: the broker gives them to the next one.
func TestNothingIsAcknowledgedBeforeItIsStored(t *testing.T) {
	b := startBroker(t)
	full := &memory{failing: errors.New("disk full")}
	first := start(t, b, full)
	first.ready(t)
	phone := b.device(t)
	for i := range 20 {
		publish(t, phone, "W1/location", numbered(i))
	}
	eventually(t, "storing was tried", func() bool { return full.failed() > 0 })
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	sink := &memory{}
	start(t, b, sink)
	eventually(t, "the next one stores all", func() bool { return len(sink.list()) == 20 })
	if got := sink.list(); !slices.IsSorted(got) {
		t.Errorf("order changed: %v", got)
	}
}

// What was stored but not acknowledged comes again and must not be stored twice.
func TestRedeliveryGivesDuplicates(t *testing.T) {
	b, sink, ids := startBroker(t), &memory{}, ingest.NewRecentIDs(nil)
	for i := range 3 { // ids a former run remembered, its acknowledgements lost
		ids.Remember("W1", fmt.Sprintf("n%03d", i), now())
	}
	d := start(t, b, sink, func(c *ingest.Config) { c.IDs = ids })
	d.ready(t)
	phone := b.device(t)
	for i := range 5 {
		publish(t, phone, "W1/location", numbered(i))
	}
	eventually(t, "the new ones are stored", func() bool { return len(sink.list()) == 2 })
	if got := sink.list(); !slices.Equal(got, []string{"D1/n003", "D1/n004"}) {
		t.Errorf("stored %v", got)
	}
	// Nothing is left at the broker for the next run: duplicates were acknowledged.
	b.sees(t, 1, d.stop)
	again := &memory{}
	next := start(t, b, again)
	next.ready(t)
	publish(t, phone, "W1/location", numbered(9))
	eventually(t, "a later message is stored", func() bool { return len(again.list()) > 0 })
	if got := again.list(); !slices.Equal(got, []string{"D1/n009"}) {
		t.Errorf("the broker sent %v again", got)
	}
}

// Stored, but the connection is gone before the acknowledgement: the broker sends
// all again, and the journal must not get it twice.
func TestALostAcknowledgementMakesNoSecondEntry(t *testing.T) {
	b, sink := startBroker(t), &memory{hang: make(chan struct{})}
	d := start(t, b, sink)
	d.ready(t)
	phone := b.device(t)
	for i := range 5 {
		publish(t, phone, "W1/location", numbered(i))
	}
	eventually(t, "storing began", func() bool { return sink.calls.Load() > 0 })
	b.steal(t, "correctiond-test")
	close(sink.hang)
	publish(t, phone, "W1/location", numbered(5)) // arrives behind what is sent again
	eventually(t, "all are stored", func() bool { return len(sink.list()) >= 6 })
	if got := sink.list(); len(got) != 6 || !slices.IsSorted(got) {
		t.Errorf("stored %v", got)
	}
	eventually(t, "the lost acknowledgement is seen", func() bool { return d.sum(t, "correctiond_ingest_duplicate_total") > 0 })
	b.sees(t, 1, d.stop)
	again := &memory{}
	start(t, b, again).ready(t)
	publish(t, phone, "W1/location", numbered(9))
	eventually(t, "a later message is stored", func() bool { return len(again.list()) > 0 })
	if got := again.list(); !slices.Equal(got, []string{"D1/n009"}) {
		t.Errorf("the broker sent %v again", got)
	}
}

func TestAFailingJournalHoldsMessagesBackAndRecovers(t *testing.T) {
	b, sink := startBroker(t), &memory{failing: errors.New("journal is full")}
	d := start(t, b, sink)
	d.ready(t)
	phone := b.device(t)
	for i := range 50 {
		publish(t, phone, "W1/location", numbered(i))
	}
	eventually(t, "it is not ready", func() bool { return d.Ready() != nil && strings.Contains(d.Ready().Error(), "full") })
	sink.set(nil)
	eventually(t, "all are stored", func() bool { return len(sink.list()) == 50 })
	d.ready(t)
	if got := sink.list(); !slices.IsSorted(got) {
		t.Errorf("order changed: %v", got)
	}
}

// array is one message of several locations, with numbers from first on.
func array(first, n int) string {
	var elements []string
	for i := range n {
		elements = append(elements, numbered(first+i))
	}
	return "[" + strings.Join(elements, ",") + "]"
}

// What waits while a batch is stored becomes the next batch, of 512 at most.
func TestBatchesGrowWhileTheJournalIsBusy(t *testing.T) {
	b, sink := startBroker(t), &memory{hang: make(chan struct{})}
	start(t, b, sink).ready(t)
	phone := b.device(t)
	publish(t, phone, "W1/location", location(`"id":"first"`))
	for n := range 3 {
		publish(t, phone, "W1/location", array(1000*n, 300))
	}
	close(sink.hang)
	eventually(t, "all are stored", func() bool { return len(sink.list()) == 901 })
	sink.mu.Lock()
	defer sink.mu.Unlock()
	if sink.largest < 300 || sink.largest > 512 {
		t.Errorf("the largest batch has %d entries", sink.largest)
	}
}

// Elements of one message stay together, so that 5 and 5 do not make a batch of 7.
func TestBatchesAreNoLargerThanConfigured(t *testing.T) {
	b, sink := startBroker(t), &memory{hang: make(chan struct{})}
	start(t, b, sink, func(cfg *ingest.Config) { cfg.BatchEvents = 7 }).ready(t)
	phone := b.device(t)
	for n := range 20 {
		publish(t, phone, "W1/location", array(10*n, 5))
	}
	close(sink.hang)
	eventually(t, "all are stored", func() bool { return len(sink.list()) == 100 })
	sink.mu.Lock()
	defer sink.mu.Unlock()
	if sink.largest != 5 || sink.calls.Load() != 20 {
		t.Errorf("%d batches, the largest has %d entries", sink.calls.Load(), sink.largest)
	}
}

func TestALostConnectionIsMadeAgain(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	d := start(t, b, sink)
	d.ready(t)
	b.steal(t, "correctiond-test")
	publish(t, b.device(t), "W1/location", location())
	eventually(t, "a message is stored", func() bool { return len(sink.list()) == 1 })
}

func TestRetainedMessages(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	phone := b.device(t)
	phone.Publish("jz/v1/W1/status", 1, true, `{"event":"offline"}`).Wait()
	phone.Publish("jz/v1/W1/location", 1, true, location()).Wait()
	phone.Publish("jz/v1/W1/checkin", 1, true, "garbage").Wait()
	d := start(t, b, sink)
	eventually(t, "all are judged", func() bool { return d.sum(t, "correctiond_ingest_received_total") == 3 })
	got := sink.list()
	slices.Sort(got)
	if !slices.Equal(got, []string{"D1!bad_json", "D1/a1"}) {
		t.Errorf("stored %v, want the location and the garbage but no last will of unknown time", got)
	}
}

func TestSharedSubscription(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	start(t, b, sink, func(c *ingest.Config) { c.ShareGroup = "jz" }).ready(t)
	publish(t, b.device(t), "W1/location", location(`"id":"x"`, `"extra":1`))
	eventually(t, "a message is stored", func() bool { return len(sink.list()) == 1 })
}

func TestARefusedSubscriptionEndsTheRun(t *testing.T) {
	plugin := "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("mosquitto's dynamic security is not installed")
	}
	rules := filepath.Join(t.TempDir(), "rules.json")
	const deny = `{"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false, "unsubscribe": true}}`
	if err := os.WriteFile(rules, []byte(deny), 0o644); err != nil {
		t.Fatal(err)
	}
	b := startBroker(t, "plugin "+plugin, "plugin_opt_config_file "+rules)
	d := start(t, b, &memory{})
	eventually(t, "the refusal is seen", func() bool { return errors.Is(d.Ready(), ingest.ErrRefused) })
	if err := d.stop(); !errors.Is(err, ingest.ErrRefused) {
		t.Errorf("Run returned %v", err)
	}
}

func TestASubscriberWithoutBrokerEndsWhenAsked(t *testing.T) {
	d := start(t, &broker{url: "mqtt://" + freeAddr(t)}, &memory{})
	eventually(t, "the failure is told", func() bool { return strings.Contains(d.Ready().Error(), "refused") })
	if err := d.stop(); err != nil {
		t.Error(err)
	}
}
