package ingest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Sessions remembers, across runs, which sessions a broker should hold. A name is
// made of the broker and the client id. It is used by many goroutines at once.
type Sessions interface {
	// Names lists those that were opened before.
	Names() []string
	// Opened records that one is open, and returns once that is durable.
	Opened(name string) error
}

// sessionName is what the session of a client id is remembered by.
func (c *Config) sessionName(clientID string) string { return c.URL + " " + clientID }

// sessions lists those the broker should hold.
func (c *Config) sessions() []string {
	if c.Sessions == nil {
		return nil
	}
	return c.Sessions.Names()
}

// clientIDs are those of the connections.
func (c *Config) clientIDs() []string {
	if c.Connections == 1 {
		return []string{c.ClientID}
	}
	var ids []string
	for n := range c.Connections {
		ids = append(ids, fmt.Sprintf("%s-%d", c.ClientID, n+1))
	}
	return ids
}

// leftovers are the client ids that another number of connections has used: what
// waits in their sessions, and goes on coming in as long as they subscribe, has to
// be taken. The sessions of another ClientID may be another daemon's by now.
func (c *Config) leftovers() []string {
	var ids []string
	for _, name := range c.sessions() {
		id, ours := strings.CutPrefix(name, c.sessionName(""))
		number, numbered := strings.CutPrefix(id, c.ClientID+"-")
		_, err := strconv.ParseUint(number, 10, 16)
		if ours && (id == c.ClientID || numbered && err == nil) && !slices.Contains(c.clientIDs(), id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// accepted is told of every log-in, and whether the broker has the session. One
// that should be there and is not took with it what was published while nobody was
// connected: only the devices' numbers tell what that was.
func (l *link) accepted(present bool) {
	l.s.mu.Lock()
	lost := l.session && !present && !l.leftover
	l.rivals.accepted(time.Now())
	l.s.mu.Unlock()
	if !lost {
		return
	}
	l.s.cfg.Metrics.lostSession()
	l.s.cfg.Log.Error("the broker has lost our session: messages published while we were away may be missing; "+
		"gaps in the numbers of the devices show which", "client_id", l.clientID)
	if l.s.cfg.SessionLost != nil {
		l.s.cfg.SessionLost(l.clientID)
	}
}

// opened remembers that the broker holds a session with our subscription.
func (l *link) opened() {
	l.s.mu.Lock()
	known := l.session
	l.session = true
	l.s.mu.Unlock()
	if known || l.s.cfg.Sessions == nil {
		return
	}
	if err := l.s.cfg.Sessions.Opened(l.s.cfg.sessionName(l.clientID)); err != nil {
		l.s.cfg.Log.Error("a later loss of the broker's session may pass unnoticed", "err", err)
	}
}

var errStopped = errors.New("stopped")

// dialTimeout bounds the making of a connection, with TLS.
const dialTimeout = 30 * time.Second

// dial opens a connection whose first answer is watched: paho does not tell of
// the session when it connects again.
func (l *link) dial(broker *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
	select {
	case <-l.s.stop: // paho may try once more after it was told to stop
		return nil, errStopped
	default:
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	var conn net.Conn
	var err error
	switch broker.Scheme {
	case "mqtt", "tcp":
		conn, err = dialer.Dial("tcp", hostPort(broker, "1883"))
	case "mqtts", "ssl", "tls":
		conn, err = tls.DialWithDialer(dialer, "tcp", hostPort(broker, "8883"), l.s.cfg.TLS)
	default:
		return nil, fmt.Errorf("scheme %q: use mqtt or mqtts", broker.Scheme)
	}
	if err != nil {
		return nil, err
	}
	return &watchedConn{Conn: newBufferedConn(conn), accepted: l.accepted}, nil
}

// hostPort is the address of a broker, with the usual port if the URL has none.
func hostPort(u *url.URL, usual string) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), usual)
}

// connackBytes is the length of the broker's first packet in MQTT 3.1.1: type,
// length, flags, return code.
const connackBytes = 4

// watchedConn looks at the first packet that comes in.
type watchedConn struct {
	net.Conn
	head     []byte
	accepted func(sessionPresent bool) // nil once called
}

// Read reads from the connection.
func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.accepted != nil {
		c.look(p[:n])
	}
	return n, err
}

func (c *watchedConn) look(b []byte) {
	c.head = append(c.head, b[:min(len(b), connackBytes-len(c.head))]...)
	if len(c.head) < connackBytes {
		return
	}
	const connack, good = 0x20, 0
	if c.head[0] == connack && c.head[3] == good {
		c.accepted(c.head[2]&1 != 0)
	}
	c.accepted = nil
}
