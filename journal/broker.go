package journal

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

type broker struct {
	cfg    MQTT
	access *access
	addr   server.MQTTOpts
}

// Login is how the daemon itself connects to the embedded broker.
type Login struct {
	URL      string // mqtt:// or mqtts://
	User     string // new at every start, as the password
	Password string
	ClientID string      // kept in the store directory: it names the session
	TLS      *tls.Config // nil without TLS; accepts only the broker's own certificate
}

// Login returns the daemon's own access to the embedded broker; the zero Login
// when there is none.
func (s *Server) Login() Login {
	if s.broker == nil {
		return Login{}
	}
	l := Login{
		URL:  "mqtt://" + s.broker.dial(),
		User: s.broker.access.daemon.user, Password: s.broker.access.daemon.password,
		ClientID: s.broker.access.clientID,
	}
	if c := s.broker.addr.TLSConfig; c != nil {
		l.URL, l.TLS = "mqtts://"+s.broker.dial(), pin(c.Certificates[0].Certificate[0])
	}
	return l
}

// MQTTAddr returns host:port of the embedded broker with the port that was
// bound; empty without a broker.
func (s *Server) MQTTAddr() string {
	if s.broker == nil {
		return ""
	}
	return net.JoinHostPort(s.broker.addr.Host, strconv.Itoa(s.broker.addr.Port))
}

// AllowDevices opens or closes the embedded broker for devices. Open it only
// when the daemon has subscribed: what arrives before has no reader and is not
// kept. Devices already connected stay.
func (s *Server) AllowDevices(allow bool) {
	if s.broker != nil {
		s.broker.access.open.Store(allow)
	}
}

// dial is the listen address with unspecified hosts replaced by loopback.
func (b *broker) dial() string {
	host := b.addr.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(b.addr.Port))
}

// pin accepts exactly one certificate, whatever names it carries.
func pin(cert []byte) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // replaced by the comparison below
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) == 0 || string(raw[0]) != string(cert) {
				return errors.New("not the certificate of the embedded broker")
			}
			return nil
		},
	}
}
