package ingest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// ErrTakeover says that the broker ends the connection again and again soon after
// it was made, as it does when a second client uses the same client id.
var ErrTakeover = errors.New("another client seems to log in with this client id")

// link is one connection to the broker, with a client id and hence a session of
// its own.
type link struct {
	s        *Subscriber
	clientID string
	client   mqtt.Client
	leftover bool // takes what waits in its session, and subscribes to nothing

	// guarded by the subscriber's lock
	state   error // why messages do not arrive; nil: they do
	session bool  // the broker should hold one
	rivals  rivals
}

// newLink prepares a connection of a subscriber.
func newLink(s *Subscriber, clientID string, leftover bool) *link {
	l := &link{s: s, clientID: clientID, leftover: leftover, state: errors.New("not connected yet")}
	l.session = slices.Contains(s.cfg.sessions(), s.cfg.sessionName(clientID))
	l.client = mqtt.NewClient(l.options())
	for filter := range s.filters {
		l.client.AddRoute(filter, s.receive)
	}
	return l
}

// options are those under which paho loses and reorders nothing: a session the
// broker keeps, acknowledgements by hand, an ordered handler that never blocks
// while the window holds, and the handler in place before the session resumes.
// Version 3.1, on which paho would fall back, tells nothing about the session.
func (l *link) options() *mqtt.ClientOptions {
	cfg := &l.s.cfg
	return mqtt.NewClientOptions().
		AddBroker(cfg.URL).SetUsername(cfg.Username).SetPassword(cfg.Password).SetTLSConfig(cfg.TLS).
		SetClientID(l.clientID).SetCleanSession(false).SetAutoAckDisabled(true).
		SetProtocolVersion(4).SetCustomOpenConnectionFn(l.dial).
		SetOrderMatters(true).
		SetDefaultPublishHandler(l.s.receive).
		SetAutoReconnect(true).SetConnectRetry(true).SetConnectRetryInterval(2 * time.Second).
		SetMaxReconnectInterval(30 * time.Second).SetKeepAlive(30 * time.Second).
		SetPingTimeout(10 * time.Second).SetWriteTimeout(10 * time.Second).
		SetStore(outbound{mqtt.NewMemoryStore()}).SetResumeSubs(false).SetOnConnectHandler(l.connected).
		SetConnectionNotificationHandler(l.notice)
}

// set keeps why messages do not arrive; nil: they do.
func (l *link) set(err error) {
	l.s.mu.Lock()
	l.state = err
	l.s.mu.Unlock()
}

// trouble is what is wrong with the connection; nil: nothing.
func (l *link) trouble(now time.Time) error {
	switch {
	case l.rivals.suspects(now):
		return fmt.Errorf("client id %s: %w", l.clientID, ErrTakeover)
	case l.state != nil && len(l.s.links) > 1:
		return fmt.Errorf("connection %s: %w", l.clientID, l.state)
	}
	return l.state
}

// connected runs after every connect.
func (l *link) connected(c mqtt.Client) {
	if l.leftover {
		l.unsubscribe(c)
	} else {
		l.subscribe(c)
	}
}

// unsubscribe ends the subscriptions of a leftover session, shared or not, as far
// as they are like ours. What they have brought is sent all the same.
func (l *link) unsubscribe(c mqtt.Client) {
	l.s.cfg.Log.Info("taking what is left in the session of an earlier number of connections", "client_id", l.clientID)
	for filter := range l.s.filters {
		c.Unsubscribe(filter, strings.TrimPrefix(filter, "$share/"+l.s.cfg.ShareGroup+"/")) // the next connect tries again
	}
	l.set(nil)
}

// subscribe asks for all messages again: the session may have been lost.
func (l *link) subscribe(c mqtt.Client) {
	filters := l.s.filters
	token := c.SubscribeMultiple(filters, nil)
	timeout := time.NewTimer(subackTimeout)
	defer timeout.Stop()
	select {
	case <-token.Done():
	case <-l.s.stop:
		return
	case <-timeout.C:
		l.fail(fmt.Errorf("subscribe: no answer in %v", subackTimeout))
		return
	}
	err := granted(token, filters)
	switch {
	case err == nil:
		l.opened()
		l.set(nil)
		l.s.cfg.Log.Info("subscribed", "client_id", l.clientID, "filters", slices.Sorted(maps.Keys(filters)))
		l.s.checkSharing(c)
	case errors.Is(err, ErrRefused) || c.IsConnectionOpen():
		l.fail(fmt.Errorf("subscribe: %w", err))
	default: // the connection went away; the next one tries again
		l.set(fmt.Errorf("subscribe: %w", err))
	}
}

// fail ends the subscriber's run.
func (l *link) fail(err error) {
	l.set(err)
	l.s.fail(err)
}

const subackTimeout = 30 * time.Second

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

// notice keeps the state of the connection for Ready.
func (l *link) notice(_ mqtt.Client, n mqtt.ConnectionNotification) {
	switch n := n.(type) {
	case mqtt.ConnectionNotificationFailed:
		l.away(n.Reason)
	case mqtt.ConnectionNotificationBrokerFailed:
		l.away(n.Reason)
	case mqtt.ConnectionNotificationLost:
		l.lost(n.Reason)
	}
}

// away is told that the broker could not be reached, or let nobody in.
func (l *link) away(err error) {
	l.s.mu.Lock()
	l.rivals = rivals{}
	l.s.mu.Unlock()
	l.down(err)
}

func (l *link) down(err error) {
	l.set(fmt.Errorf("broker: %w", err))
	l.s.cfg.Log.Warn("broker is not reachable", "client_id", l.clientID, "err", err)
}

// lost is told that an open connection has ended.
func (l *link) lost(err error) {
	if err == nil {
		err = errors.New("connection lost")
	}
	l.down(err)
	l.s.mu.Lock()
	before := l.rivals.suspected
	suspected := l.rivals.ended(time.Now())
	l.s.mu.Unlock()
	if !suspected {
		return
	}
	l.s.cfg.Metrics.takeover()
	if !before {
		l.s.cfg.Log.Error("another client seems to log in to the broker with our client id: each pushes the other out, "+
			"and messages are split between them; give every daemon a client id of its own", "client_id", l.clientID)
	}
}
