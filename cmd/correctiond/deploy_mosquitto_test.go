package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// profile is a real Mosquitto with the shipped configuration; only its paths and
// its port are others.
type profile struct {
	t    *testing.T
	addr string
	pool *x509.CertPool
	proc *process
	free string // the listener where client ids are free; empty: it is off
}

func startProfile(t *testing.T, users ...string) *profile {
	t.Helper()
	p := &profile{t: t, addr: freeAddr(t)}
	p.start(users...)
	return p
}

func (p *profile) start(users ...string) {
	t := p.t
	t.Helper()
	mosquitto, passwd := tool(t, "mosquitto"), tool(t, "mosquitto_passwd")
	dir := shortDir(t)
	p.pool = brokerCertificate(t, dir)
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file("acl", deployed(t, "mosquitto/acl"))
	list := file("passwd", "")
	for _, u := range users {
		if out, err := exec.Command(passwd, "-b", list, u, "secret of "+u).CombinedOutput(); err != nil {
			t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
		}
	}
	_, port, _ := net.SplitHostPort(p.addr)
	conf := strings.NewReplacer(
		"/mosquitto/config/", dir+"/", "/mosquitto/data/", dir+"/", "listener 8883", "listener "+port+" 127.0.0.1",
	).Replace(p.settings())
	if os.Getuid() == 0 {
		conf += "user root\n" // else it drops to a user who may not read the directory
	}
	p.proc = start(t, nil, mosquitto, "-c", file("mosquitto.conf", conf))
	eventually(t, 10*time.Second, "mosquitto listens", func() bool {
		conn, err := net.Dial("tcp", p.addr)
		if err == nil {
			conn.Close()
		}
		return err == nil || !p.proc.running()
	})
}

// settings are those shipped, with the second listener if it is on.
func (p *profile) settings() string {
	text := deployed(p.t, "mosquitto/mosquitto.conf")
	if p.free == "" {
		return text
	}
	_, port, _ := net.SplitHostPort(p.free)
	return strings.NewReplacer(
		"#listener 8884", "listener "+port+" 127.0.0.1", "#certfile", "certfile", "#keyfile", "keyfile", "#tls_version", "tls_version",
	).Replace(text)
}

// brokerCertificate writes a certificate for localhost that nobody else trusts.
func brokerCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"server.pem": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(cert)
	return pool
}

// peer is a client of the broker and what it has received.
type peer struct {
	mqtt.Client
	t        *testing.T
	messages chan string // topic and payload
	lost     chan error
}

// login connects a user; change may spoil what is right.
func (p *profile) login(user string, change func(*mqtt.ClientOptions)) (*peer, error) {
	got := &peer{t: p.t, messages: make(chan string, 10000), lost: make(chan error, 1)}
	o := mqtt.NewClientOptions().AddBroker("ssl://" + p.addr).SetUsername(user).SetPassword("secret of " + user).
		SetClientID("any-" + user).SetCleanSession(false).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).
		SetTLSConfig(&tls.Config{RootCAs: p.pool, ServerName: "localhost"}).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { got.messages <- m.Topic() + " " + string(m.Payload()) }).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { got.lost <- err })
	if change != nil {
		change(o)
	}
	got.Client = mqtt.NewClient(o)
	token := got.Connect()
	if !token.WaitTimeout(10 * time.Second) {
		return nil, fmt.Errorf("no answer")
	}
	p.t.Cleanup(func() { got.Disconnect(0) })
	return got, token.Error()
}

func (p *profile) mustLogin(user string) *peer {
	p.t.Helper()
	got, err := p.login(user, nil)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", user, err, p.proc.log)
	}
	return got
}

func (x *peer) subscribe(filter string) {
	x.t.Helper()
	if token := x.Subscribe(filter, 1, nil); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		x.t.Fatalf("subscribe to %s: %v", filter, token.Error())
	}
}

// publish sends at QoS 1 and waits for the broker's answer, which does not tell
// whether it was allowed.
func (x *peer) publish(topics ...string) {
	x.t.Helper()
	for _, topic := range topics {
		if token := x.Publish(topic, 1, false, "{}"); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			x.t.Fatalf("publish to %s: %v, connected: %v", topic, token.Error(), x.IsConnectionOpen())
		}
	}
}

// receives waits for exactly these messages, in order.
func (x *peer) receives(want ...string) {
	x.t.Helper()
	for _, topic := range want {
		select {
		case got := <-x.messages:
			if got != topic+" {}" {
				x.t.Fatalf("received %s, want %s", got, topic)
			}
		case <-time.After(10 * time.Second):
			x.t.Fatalf("%s did not arrive", topic)
		}
	}
}

// A device speaks under its own name only, and hears only what is for it. Each
// refused message is followed by an allowed one, which must be the first to come.
func TestMosquittoACL(t *testing.T) {
	p := startProfile(t, "correctiond", "W1", "W2", "F1")
	daemon, w1, w2, officer := p.mustLogin("correctiond"), p.mustLogin("W1"), p.mustLogin("W2"), p.mustLogin("F1")
	daemon.subscribe("jz/v1/+/+")
	for _, x := range []*peer{w1, w2, officer} {
		for _, filter := range []string{"#", "jz/v1/+/+", "jz/v1/W2/location", "jz/notify/+", "$SYS/#"} {
			x.subscribe(filter)
		}
	}
	w1.publish("jz/v1/W2/location", "jz/v1/W2/status", "jz/v1/W1/challenge", "jz/v1/W1/notice", "jz/v1/W1/other",
		"jz/v1/W1/location/x", "jz/v1/correctiond/status", "jz/notify/F1", "other", "jz/v1/W1/location")
	w1.publish("jz/v1/W1/checkin", "jz/v1/W1/status")
	daemon.receives("jz/v1/W1/location", "jz/v1/W1/checkin", "jz/v1/W1/status")

	daemon.publish("jz/v1/W2/challenge", "jz/v1/W2/notice", "jz/notify/F1", "jz/v1/W1/challenge", "jz/v1/W1/notice")
	once := func(x *peer, topics ...string) {
		var got []string
		for _, last := range topics { // a message may come once per subscription that matches
			eventually(t, 10*time.Second, last, func() bool {
				for len(x.messages) > 0 {
					got = append(got, strings.Fields(<-x.messages)[0])
				}
				return slices.Contains(got, last)
			})
		}
		for _, topic := range got {
			if !slices.Contains(topics, topic) {
				t.Errorf("received %s, which is not for it", topic)
			}
		}
	}
	once(w1, "jz/v1/W1/challenge", "jz/v1/W1/notice")
	once(w2, "jz/v1/W2/challenge", "jz/v1/W2/notice")
	once(officer, "jz/notify/F1")
}

func TestMosquittoRefusesStrangers(t *testing.T) {
	p := startProfile(t, "correctiond", "W1")
	for name, change := range map[string]func(*mqtt.ClientOptions){
		"no password":    func(o *mqtt.ClientOptions) { o.SetUsername("").SetPassword("") },
		"wrong password": func(o *mqtt.ClientOptions) { o.SetPassword("secret of W2") },
		"another's name": func(o *mqtt.ClientOptions) { o.SetUsername("correctiond") },
		"no TLS":         func(o *mqtt.ClientOptions) { o.Servers = nil; o.AddBroker("tcp://" + p.addr) },
		"TLS 1.1": func(o *mqtt.ClientOptions) {
			o.TLSConfig.MinVersion, o.TLSConfig.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
		},
		"a broker not of ours":   func(o *mqtt.ClientOptions) { o.TLSConfig.RootCAs = x509.NewCertPool() },
		"a wildcard as its name": func(o *mqtt.ClientOptions) { o.SetUsername("+") },
	} {
		if _, err := p.login("W1", change); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

// A device that calls itself by the daemon's client id does not push it out.
func TestMosquittoKeepsTheDaemon(t *testing.T) {
	p := startProfile(t, "correctiond", "W1")
	daemon := p.mustLogin("correctiond")
	daemon.subscribe("jz/v1/+/+")
	w1, err := p.login("W1", func(o *mqtt.ClientOptions) { o.SetClientID("any-correctiond") })
	if err != nil {
		t.Fatal(err)
	}
	w1.publish("jz/v1/W1/status")
	daemon.receives("jz/v1/W1/status")
	select {
	case err := <-daemon.lost:
		t.Errorf("the daemon was pushed out: %v", err)
	default:
	}
}

// What arrives while the daemon is away waits for it: more than the 1000 messages
// at which Mosquitto would drop by default.
func TestMosquittoQueuesForTheDaemon(t *testing.T) {
	const n = 1500
	p := startProfile(t, "correctiond", "W1")
	daemon := p.mustLogin("correctiond")
	daemon.subscribe("jz/v1/+/+")
	daemon.Disconnect(250)
	w1 := p.mustLogin("W1")
	topics := slices.Repeat([]string{"jz/v1/W1/status"}, n)
	w1.publish(topics...)
	daemon = p.mustLogin("correctiond")
	daemon.receives(topics...)
}
