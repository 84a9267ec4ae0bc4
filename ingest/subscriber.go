package ingest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"time"

	"correctiond/event"
	"correctiond/roster"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Sink is the durable log of each district.
type Sink interface {
	// Append stores the entries in order and returns nil once they are durable.
	// It must not keep the slice. It may be called again with the same entries
	// after an error.
	Append(ctx context.Context, district roster.DistrictID, entries []event.Entry) error
}

// Config says where a Subscriber gets its messages from and what it needs.
type Config struct {
	URL      string // mqtt://host:1883 or mqtts://host:8883
	ClientID string // stable: the broker keeps the session under it
	Username string
	Password string
	TLS      *tls.Config
	Prefix   string // of the topics, by default "jz"
	// Adapters are those that are on besides the native format.
	Adapters []Adapter
	// ShareGroup makes the subscription a shared one; empty: it is not.
	ShareGroup string
	// Connections is how many connections take messages, by default 1. More need a
	// ShareGroup; their client ids are ClientID with "-1", "-2" and so forth.
	Connections int
	// MaxInflight bounds the messages of a connection that wait for the journal. It
	// must not be below the broker's window of unacknowledged messages; by default
	// 65535, which no window exceeds.
	MaxInflight int
	// BatchEvents is how many events are stored at once at the most, by default 512; the
	// elements of one message stay together.
	BatchEvents int
	// DefaultDistrict keeps the dead letters of unknown devices; may be empty.
	DefaultDistrict roster.DistrictID

	Find   Find
	Policy func(roster.DistrictID) roster.Policy // see Acceptor
	IDs    *RecentIDs
	Sink   Sink
	// Sessions remembers from run to run which sessions the broker should hold; nil:
	// only within this run.
	Sessions Sessions
	// SessionLost is told the client id when the broker has lost its session: what
	// was published while nobody was connected may be missing. It must not block;
	// may be nil.
	SessionLost func(clientID string)
	Metrics     *Metrics     // may be nil
	Log         *slog.Logger // may be nil
	// Now is the clock of receipt; by default time.Now.
	Now func() time.Time
}

// ErrRefused says that the broker does not grant the subscription.
var ErrRefused = errors.New("broker refused the subscription")

// Subscriber takes messages of devices from a broker, admits them, stores them
// and only then acknowledges them, in the order of receipt. Messages that are
// no events are acknowledged too, after the batch they came in. While the sink
// fails nothing is acknowledged and the broker holds back what follows.
type Subscriber struct {
	cfg     Config
	filters map[string]byte // and the QoS they are subscribed with
	queue   chan delivery
	stop    chan struct{} // closed when no more messages are taken
	fatal   chan error
	links   []*link
	probe   probe

	mu      sync.Mutex // guards what changes in links, too
	journal error      // why batches are not stored; nil: they are
}

// delivery is a message with the instant of its receipt.
type delivery struct {
	mqtt.Message
	at roster.Instant
}

// NewSubscriber prepares a subscriber; Run starts it.
func NewSubscriber(cfg Config) *Subscriber {
	cfg.Prefix = cmp.Or(cfg.Prefix, defaultPrefix)
	cfg.Connections = max(cfg.Connections, 1)
	if cfg.MaxInflight <= 0 {
		cfg.MaxInflight = 65535
	}
	if cfg.BatchEvents <= 0 {
		cfg.BatchEvents = 512
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Subscriber{
		cfg: cfg, filters: make(map[string]byte), probe: newProbe(&cfg),
		stop: make(chan struct{}), fatal: make(chan error, 1),
	}
	s.addFilters(cfg.Prefix + "/v1/+/+")
	for _, a := range cfg.Adapters {
		s.addFilters(a.filters()...)
	}
	for _, id := range cfg.clientIDs() {
		s.links = append(s.links, newLink(s, id, false))
	}
	for _, id := range cfg.leftovers() {
		s.links = append(s.links, newLink(s, id, true))
	}
	s.queue = make(chan delivery, cfg.MaxInflight*len(s.links))
	return s
}

func (s *Subscriber) addFilters(filters ...string) {
	for _, f := range filters {
		if s.cfg.ShareGroup != "" {
			f = "$share/" + s.cfg.ShareGroup + "/" + f
		}
		s.filters[f] = 1
	}
}

// Run takes messages until ctx ends, then finishes the batch in hand and
// disconnects; what was not acknowledged the broker sends again to the next
// run. It returns an error when the broker refuses the subscription. A
// Subscriber runs once.
func (s *Subscriber) Run(ctx context.Context) error {
	for _, l := range s.links {
		l.client.Connect() // tries until it succeeds; Ready tells
	}
	err := newCommitter(s).run(ctx)
	close(s.stop)
	var all sync.WaitGroup
	for _, l := range s.links {
		all.Go(func() { l.client.Disconnect(disconnectMillis) })
	}
	all.Wait()
	if err == nil {
		for _, l := range s.links {
			l.set(errStopped)
		}
	}
	return err
}

// disconnectMillis is how long a disconnect waits for acknowledgements on their
// way.
const disconnectMillis = 500

// Ready returns nil while messages arrive on every connection and are stored,
// else what is wrong.
func (s *Subscriber) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []error{s.journal, s.probe.failed}
	for _, l := range s.links {
		all = append(all, l.trouble(time.Now()))
	}
	return errors.Join(all...)
}

func (s *Subscriber) setJournal(err error) {
	s.mu.Lock()
	s.journal = err
	s.mu.Unlock()
}

// receive queues a message; it blocks only when more messages are on their way
// than the broker's window should allow.
func (s *Subscriber) receive(_ mqtt.Client, m mqtt.Message) {
	s.probe.arrived()
	select {
	case s.queue <- delivery{m, roster.InstantOf(s.cfg.Now())}:
	case <-s.stop:
	}
}

// fail ends Run.
func (s *Subscriber) fail(err error) {
	select {
	case s.fatal <- err:
	default: // Run ends already, for the first reason
	}
}
