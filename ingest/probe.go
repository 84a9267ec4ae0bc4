package ingest

import (
	"crypto/rand"
	"errors"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// ErrNotShared says that the broker grants shared subscriptions and delivers
// nothing to them, as that of a NATS server does.
var ErrNotShared = errors.New("the broker delivers nothing to shared subscriptions; leave mqtt.share_group empty")

// probePatience is how long a broker may take to deliver a probe.
const probePatience = 10 * time.Second

// probe is a message to ourselves, through a group nobody else is in. It looks
// like a notice to a device that does not exist, which everything else skips.
type probe struct {
	topic, filter string // empty: there is nothing to find out
	once          *sync.Once
	came          chan struct{} // capacity 1
	failed        error         // guarded by the subscriber's lock
}

func newProbe(cfg *Config) probe {
	if cfg.ShareGroup == "" {
		return probe{} // a nil channel takes nothing
	}
	name := "probe-" + rand.Text()
	topic := cfg.Prefix + "/v1/" + name + "/notice"
	return probe{
		topic: topic, filter: "$share/" + name + "/" + topic, once: new(sync.Once), came: make(chan struct{}, 1),
	}
}

// arrived is told of every message. All subscriptions are shared ones, so any
// message answers the question; behind a backlog the probe comes late.
func (p *probe) arrived() {
	select {
	case p.came <- struct{}{}:
	default:
	}
}

// checkSharing sends the probe, once in a run. Where the broker does not let us,
// nothing is known, and nothing is said.
func (s *Subscriber) checkSharing(c mqtt.Client) {
	if s.probe.topic != "" {
		s.probe.once.Do(func() { go s.sendProbe(c) }) // subscribe's caller waits for it to return
	}
}

func (s *Subscriber) sendProbe(c mqtt.Client) {
	filters := map[string]byte{s.probe.filter: 1}
	token := c.SubscribeMultiple(filters, nil)
	if !token.WaitTimeout(probePatience) || granted(token, filters) != nil {
		return
	}
	defer c.Unsubscribe(s.probe.filter)
	if token := c.Publish(s.probe.topic, 1, false, "{}"); !token.WaitTimeout(probePatience) || token.Error() != nil {
		return
	}
	patience := time.NewTimer(probePatience)
	defer patience.Stop()
	select {
	case <-s.probe.came:
	case <-s.stop:
	case <-patience.C:
		if c.IsConnectionOpen() {
			s.notShared()
		}
	}
}

func (s *Subscriber) notShared() {
	s.mu.Lock()
	s.probe.failed = ErrNotShared
	s.mu.Unlock()
	s.cfg.Log.Error("nothing is received", "err", ErrNotShared)
}
