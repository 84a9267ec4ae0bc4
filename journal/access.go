package journal

import (
	"crypto/subtle"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

var _ server.Authentication = (*access)(nil)

// devicePattern is the wire format's; it also keeps wildcards out of the
// permissions that are built from user names.
var devicePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

type secret struct{ user, password string }

func newSecret() secret { return secret{user: "$" + random(8), password: random(32)} }

func (s secret) matches(o *server.ClientOpts) bool {
	user := subtle.ConstantTimeCompare([]byte(s.user), []byte(o.Username))
	return user&subtle.ConstantTimeCompare([]byte(s.password), []byte(o.Password)) == 1
}

// access decides who may connect to the server and what they may do.
type access struct {
	own      secret // the in-process connection
	daemon   secret // the daemon's MQTT client
	clientID string // reserved for the daemon; set before open
	mqtt     *MQTT
	metrics  *metrics
	open     atomic.Bool
}

func newAccess(cfg Config, m *metrics) *access {
	return &access{own: newSecret(), daemon: newSecret(), mqtt: cfg.MQTT, metrics: m}
}

// Check is called by the server for every connection.
func (a *access) Check(c server.ClientAuthentication) bool {
	opts := c.GetOpts()
	switch {
	case a.own.matches(opts):
		return true
	case a.mqtt == nil:
		return false
	case a.daemon.matches(opts):
		return true
	}
	return a.device(c, opts)
}

func (a *access) device(c server.ClientAuthentication, o *server.ClientOpts) bool {
	if why := a.refuse(c, o); why != "" {
		a.metrics.refused.WithLabelValues(why).Inc()
		return false
	}
	c.RegisterUser(&server.User{Username: o.Username, Permissions: a.permissions(o.Username)})
	return true
}

// refuse returns why a device may not log in, empty when it may. The password
// comes last: checking it is the expensive part.
func (a *access) refuse(c server.ClientAuthentication, o *server.ClientOpts) string {
	switch {
	case !a.open.Load():
		return "closed"
	case !devicePattern.MatchString(o.Username):
		return "name"
	case !a.certified(c):
		return "certificate"
	case a.reserved(c):
		return "client_id"
	case !a.mqtt.Authenticate(o.Username, o.Password):
		return "password"
	}
	return ""
}

// certified tells whether the device showed the certificate that it must.
func (a *access) certified(c server.ClientAuthentication) bool {
	if a.mqtt.ClientCAFile == "" {
		return true
	}
	state := c.GetTLSConnectionState()
	return state != nil && len(state.VerifiedChains) > 0
}

// reserved tells whether the connection uses the daemon's client id, which
// would throw the daemon out and take over its session. The server gives the id
// only in the name of a connection, quoted at its end; without it: refused.
func (a *access) reserved(c server.ClientAuthentication) bool {
	named, ok := c.(fmt.Stringer)
	if !ok {
		return true
	}
	name := named.String()
	return !strings.HasSuffix(name, `"`) || strings.Contains(name, a.clientID)
}

// permissions of a device: write below its own topic, read what is sent to
// it. The broker's internal subjects need none.
func (a *access) permissions(device string) *server.Permissions {
	base := a.mqtt.subject() + ".v1." + device
	publish := []string{base + ".>"}
	if a.mqtt.OwnTracks {
		publish = append(publish, ownTracks(device)...)
	}
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: publish},
		Subscribe: &server.SubjectPermission{Allow: []string{base + ".challenge", base + ".notice"}},
	}
}

// ownTracks returns the subjects of that client whose device id, user and
// device joined by '-', is the given one: every place a '-' may be split at.
func ownTracks(device string) []string {
	var subjects []string
	for i := range len(device) {
		if device[i] == '-' && i > 0 && i < len(device)-1 {
			topic := "owntracks." + device[:i] + "." + device[i+1:]
			subjects = append(subjects, topic, topic+".event", topic+".status")
		}
	}
	return subjects
}
