package journal

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// MQTT configures the embedded broker (MQTT 3.1.1). Listen and Authenticate
// are required.
type MQTT struct {
	Listen       string // host:port; port 0 takes a free one
	CertFile     string // PEM; with KeyFile: TLS 1.2 and up
	KeyFile      string
	ClientCAFile string // PEM; devices must then show a certificate of it
	Insecure     bool   // allows a listener beyond loopback without TLS

	Prefix    string // of the native topics, default "jz"
	OwnTracks bool   // devices may also publish as owntracks/{user}/{device}

	// MaxInflight is the number of messages sent and not yet acknowledged per
	// subscription, default and at most 13107: a session may have 65535, and
	// the daemon needs up to five subscriptions.
	MaxInflight int
	// AckWait is how long an unacknowledged message stays away before it is sent
	// again, default 30 s. The broker sends nothing again at reconnect, so this
	// is also the delay after one; what comes again is out of order.
	AckWait time.Duration
	// MaxBytes bounds the messages that the daemon has not acknowledged yet,
	// default 1 GiB. A full broker refuses messages instead of dropping them.
	MaxBytes int64

	// Authenticate tells whether password is the one of device. Called by
	// many goroutines at once.
	Authenticate func(device, password string) bool
}

const (
	maxInflight  = 65535 / 5
	brokerStream = "$MQTT_msgs"
)

// prefixPattern keeps wildcards and empty levels out of the permissions.
var prefixPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

func (m *MQTT) complete() error {
	if m.Authenticate == nil {
		return errors.New("mqtt: no Authenticate")
	}
	setDefault(&m.Prefix, "jz")
	setDefault(&m.MaxInflight, maxInflight)
	setDefault(&m.MaxBytes, 1<<30)
	setDefault(&m.AckWait, 30*time.Second)
	m.MaxInflight = min(m.MaxInflight, maxInflight)
	if !prefixPattern.MatchString(m.Prefix) {
		return fmt.Errorf("mqtt: prefix %q has characters beyond A-Z a-z 0-9 _ - /", m.Prefix)
	}
	host, _, err := net.SplitHostPort(m.Listen)
	if err != nil {
		return fmt.Errorf("mqtt: listen address %q: %w", m.Listen, err)
	}
	if m.CertFile == "" && !m.Insecure && !isLoopback(host) {
		return fmt.Errorf("mqtt: %s is reachable from outside; set a certificate, or --insecure", m.Listen)
	}
	return nil
}

// subject is the prefix as NATS writes it.
func (m *MQTT) subject() string { return strings.ReplaceAll(m.Prefix, "/", ".") }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// options binds nothing yet, but proves that the address can be bound: the
// server itself would only log it.
func (m *MQTT) options() (server.MQTTOpts, error) {
	l, err := net.Listen("tcp", m.Listen)
	if err != nil {
		return server.MQTTOpts{}, fmt.Errorf("mqtt: %w", err)
	}
	if err := l.Close(); err != nil {
		return server.MQTTOpts{}, fmt.Errorf("mqtt: %w", err)
	}
	host, port, _ := net.SplitHostPort(m.Listen)
	number, err := strconv.Atoi(port)
	if err != nil {
		return server.MQTTOpts{}, fmt.Errorf("mqtt: port %q is not a number", port)
	}
	if number == 0 {
		number = l.Addr().(*net.TCPAddr).Port
	}
	config, err := m.tls()
	return server.MQTTOpts{
		Host: host, Port: number, TLSConfig: config, TLSTimeout: 10,
		AckWait: m.AckWait, MaxAckPending: uint16(m.MaxInflight),
	}, err
}

func (m *MQTT) tls() (*tls.Config, error) {
	if m.CertFile == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(m.CertFile, m.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("mqtt: certificate: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	if m.ClientCAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(m.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("mqtt: client CA: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("mqtt: %s holds no certificate", m.ClientCAFile)
	}
	// The daemon itself has none; that devices have one is checked at log-in.
	config.ClientAuth = tls.VerifyClientCertIfGiven
	return config, nil
}

// boundBroker creates the broker's streams before its first client would,
// because those it creates itself have no bound. What does not fit is refused,
// so that a publisher never gets an acknowledgement for a lost message.
func (s *Server) boundBroker(ctx context.Context) error {
	for _, c := range []jetstream.StreamConfig{
		{Name: brokerStream, Subjects: []string{"$MQTT.msgs.>"}, Retention: jetstream.InterestPolicy, MaxBytes: s.cfg.MQTT.MaxBytes},
		{Name: "$MQTT_rmsgs", Subjects: []string{"$MQTT.rmsgs.>"}, MaxMsgsPerSubject: 1, MaxBytes: 64 << 20},
		{Name: "$MQTT_qos2in", Subjects: []string{"$MQTT.qos2.in.>"}, MaxMsgsPerSubject: 1, DiscardNewPerSubject: true, MaxBytes: 64 << 20},
	} {
		c.Storage, c.Discard, c.Replicas = jetstream.FileStorage, jetstream.DiscardNew, s.cfg.Replicas
		if _, err := s.js.CreateOrUpdateStream(ctx, c); err != nil {
			return fmt.Errorf("bound broker store %s: %w", c.Name, err)
		}
	}
	return nil
}
