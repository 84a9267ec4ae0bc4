package ingest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
	// MaxInflight bounds the messages waiting for the journal. It must not be
	// below the broker's window of unacknowledged messages; by default 65535,
	// which no window exceeds.
	MaxInflight int
	// DefaultDistrict keeps the dead letters of unknown devices; may be empty.
	DefaultDistrict roster.DistrictID

	Find         Find
	AppPositions func(roster.DistrictID) bool // see Acceptor
	IDs          *RecentIDs
	Sink         Sink
	Metrics      *Metrics     // may be nil
	Log          *slog.Logger // may be nil
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

	mu      sync.Mutex
	client  mqtt.Client
	broker  error // why messages do not arrive; nil: they do
	journal error // why batches are not stored; nil: they are
}

// delivery is a message with the instant of its receipt.
type delivery struct {
	mqtt.Message
	at roster.Instant
}

// NewSubscriber prepares a subscriber; Run starts it.
func NewSubscriber(cfg Config) *Subscriber {
	cfg.Prefix = cmp.Or(cfg.Prefix, defaultPrefix)
	if cfg.MaxInflight <= 0 {
		cfg.MaxInflight = 65535
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Subscriber{
		cfg: cfg, filters: make(map[string]byte), broker: errors.New("not connected yet"),
		queue: make(chan delivery, cfg.MaxInflight), stop: make(chan struct{}), fatal: make(chan error, 1),
	}
	s.addFilters(cfg.Prefix + "/v1/+/+")
	for _, a := range cfg.Adapters {
		s.addFilters(a.filters()...)
	}
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
	client := mqtt.NewClient(s.options())
	for filter := range s.filters {
		client.AddRoute(filter, s.receive)
	}
	s.mu.Lock()
	s.client = client
	s.mu.Unlock()
	client.Connect() // tries until it succeeds; Ready tells
	err := newCommitter(s).run(ctx)
	close(s.stop)
	client.Disconnect(disconnectMillis)
	if err == nil {
		s.setBroker(errors.New("stopped"))
	}
	return err
}

// Ready returns nil while messages arrive and are stored, else what is wrong.
func (s *Subscriber) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.broker, s.journal)
}

func (s *Subscriber) setBroker(err error) {
	s.mu.Lock()
	s.broker = err
	s.mu.Unlock()
}

func (s *Subscriber) setJournal(err error) {
	s.mu.Lock()
	s.journal = err
	s.mu.Unlock()
}

// disconnectMillis is how long a disconnect waits for acknowledgements on their
// way.
const disconnectMillis = 500

// options are those under which paho loses and reorders nothing: a session the
// broker keeps, acknowledgements by hand, an ordered handler that never blocks
// while the window holds, and the handler in place before the session resumes.
func (s *Subscriber) options() *mqtt.ClientOptions {
	return mqtt.NewClientOptions().
		AddBroker(s.cfg.URL).SetUsername(s.cfg.Username).SetPassword(s.cfg.Password).SetTLSConfig(s.cfg.TLS).
		SetClientID(s.cfg.ClientID).SetCleanSession(false).SetAutoAckDisabled(true).
		SetOrderMatters(true).
		SetDefaultPublishHandler(s.receive).
		SetAutoReconnect(true).SetConnectRetry(true).SetConnectRetryInterval(2 * time.Second).
		SetMaxReconnectInterval(30 * time.Second).SetKeepAlive(30 * time.Second).
		SetPingTimeout(10 * time.Second).SetWriteTimeout(10 * time.Second).
		SetResumeSubs(false).SetOnConnectHandler(s.subscribe).
		SetConnectionNotificationHandler(s.notice)
}

// receive queues a message; it blocks only when more messages are on their way
// than the broker's window should allow.
func (s *Subscriber) receive(_ mqtt.Client, m mqtt.Message) {
	select {
	case s.queue <- delivery{m, roster.InstantOf(s.cfg.Now())}:
	case <-s.stop:
	}
}

// subscribe runs after every connect: the session may have been lost.
func (s *Subscriber) subscribe(c mqtt.Client) {
	token := c.SubscribeMultiple(s.filters, nil)
	timeout := time.NewTimer(subackTimeout)
	defer timeout.Stop()
	select {
	case <-token.Done():
	case <-s.stop:
		return
	case <-timeout.C:
		s.fail(fmt.Errorf("subscribe: no answer in %v", subackTimeout))
		return
	}
	err := granted(token, s.filters)
	switch {
	case err == nil:
		s.setBroker(nil)
		s.cfg.Log.Info("subscribed", "filters", slices.Sorted(maps.Keys(s.filters)))
	case errors.Is(err, ErrRefused) || c.IsConnectionOpen():
		s.fail(fmt.Errorf("subscribe: %w", err))
	default: // the connection went away; the next one tries again
		s.setBroker(fmt.Errorf("subscribe: %w", err))
	}
}

// granted tells whether the broker will deliver what every filter matches at
// QoS 1; less would lose messages without a word.
func granted(token mqtt.Token, filters map[string]byte) error {
	if err := token.Error(); err != nil {
		return err
	}
	answer, ok := token.(*mqtt.SubscribeToken)
	if !ok {
		return nil
	}
	for filter := range filters {
		if qos := answer.Result()[filter]; qos != 1 {
			return fmt.Errorf("%w to %s (answer 0x%02x); allow this client to read it at QoS 1", ErrRefused, filter, qos)
		}
	}
	return nil
}

const subackTimeout = 30 * time.Second

// fail ends Run.
func (s *Subscriber) fail(err error) {
	s.setBroker(err)
	select {
	case s.fatal <- err:
	default: // Run ends already, for the first reason
	}
}

// notice keeps the state of the connection for Ready.
func (s *Subscriber) notice(_ mqtt.Client, n mqtt.ConnectionNotification) {
	var err error
	switch n := n.(type) {
	case mqtt.ConnectionNotificationFailed:
		err = n.Reason
	case mqtt.ConnectionNotificationBrokerFailed:
		err = n.Reason
	case mqtt.ConnectionNotificationLost:
		if err = n.Reason; err == nil {
			err = errors.New("connection lost")
		}
	default:
		return
	}
	s.setBroker(fmt.Errorf("broker: %w", err))
	s.cfg.Log.Warn("broker is not reachable", "err", err)
}
