package journal_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"correctiond/journal"
)

func broker(listen string) *journal.MQTT {
	return &journal.MQTT{
		Listen: listen, AckWait: time.Second,
		Authenticate: func(device, password string) bool { return password == "secret-"+device },
	}
}

func openBroker(t *testing.T, change func(*journal.MQTT)) (*journal.Server, journal.Config) {
	t.Helper()
	cfg := config(t.TempDir())
	cfg.MQTT = broker("127.0.0.1:0")
	change(cfg.MQTT)
	return open(t, cfg), cfg
}

func asItIs(*journal.MQTT) {}

// daemon subscribes as the daemon does: persistent session, manual
// acknowledgement. What it receives comes out of the channel.
func daemon(t testing.TB, s *journal.Server) (paho.Client, chan paho.Message) {
	t.Helper()
	got := make(chan paho.Message, 1000)
	return connect(t, s.Login(), got), got
}

func connect(t testing.TB, l journal.Login, got chan paho.Message) paho.Client {
	t.Helper()
	c := paho.NewClient(paho.NewClientOptions().AddBroker(l.URL).SetTLSConfig(l.TLS).
		SetClientID(l.ClientID).SetUsername(l.User).SetPassword(l.Password).
		SetCleanSession(false).SetAutoAckDisabled(true).SetAutoReconnect(false).
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { got <- m }))
	await(t, c.Connect())
	tok := c.SubscribeMultiple(map[string]byte{
		"jz/v1/+/+": 1, "owntracks/+/+": 1, "owntracks/+/+/event": 1, "owntracks/+/+/status": 1, "traccar/positions": 1,
	}, nil)
	await(t, tok)
	for filter, code := range tok.(*paho.SubscribeToken).Result() {
		if code != 1 {
			t.Fatalf("subscription to %s: %#x", filter, code)
		}
	}
	return c
}

func await(t testing.TB, tok paho.Token) {
	t.Helper()
	if !tok.WaitTimeout(20*time.Second) || tok.Error() != nil {
		t.Fatalf("mqtt: %v", tok.Error())
	}
}

func receive(t testing.TB, got chan paho.Message) paho.Message {
	t.Helper()
	select {
	case m := <-got:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return nil
	}
}

// pub runs mosquitto_pub as a device, with more arguments.
func pub(t *testing.T, s *journal.Server, device string, args ...string) error {
	t.Helper()
	path, err := exec.LookPath("mosquitto_pub")
	if err != nil {
		t.Skip("mosquitto_pub is not installed")
	}
	_, port, _ := strings.Cut(s.MQTTAddr(), ":")
	args = append([]string{"-p", port, "-q", "1", "-u", device}, args...)
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
}

func TestDeviceReachesTheDaemon(t *testing.T) {
	s, _ := openBroker(t, func(m *journal.MQTT) { m.AckWait = time.Minute }) // on a slow machine, too, nothing comes twice
	defer s.Close()
	c, got := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	const own = "jz/v1/d1/location"
	for _, p := range []struct{ device, topic, text string }{
		{"d1", own, "first"},
		{"d1", "jz/v1/d2/location", "of another device"},
		{"d1", "jz/v1/d11/location", "of a device whose id starts alike"},
		{"d1", "jz/v1/d1", "no kind"},
		{"d1", "$MQTT/msgs/jz/v1/d2/location", "internal"},
		{"d1", "jz/log/110105", "the journal itself"},
		{"d1", own, "last"},
	} {
		// The broker acknowledges what it drops for lack of permission.
		if err := pub(t, s, p.device, "-P", "secret-"+p.device, "-t", p.topic, "-m", p.text); err != nil {
			t.Fatalf("%s: %v", p.text, err)
		}
	}
	for _, want := range []string{"first", "last"} {
		m := receive(t, got)
		m.Ack()
		if m.Topic() != own || string(m.Payload()) != want {
			t.Errorf("got %s on %s, want %s", m.Payload(), m.Topic(), want)
		}
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	s, _ := openBroker(t, asItIs)
	defer s.Close()
	try := func(device string, args ...string) error {
		return pub(t, s, device, append(args, "-t", "jz/v1/d1/location", "-m", "x")...)
	}
	if try("d1", "-P", "secret-d1") == nil {
		t.Error("a device came in before the daemon was ready")
	}
	c, _ := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	if err := try("d1", "-P", "secret-d1"); err != nil {
		t.Errorf("refused: %v", err)
	}
	for name, args := range map[string][]string{
		"wrong password":         {"d1", "-P", "secret-d2"},
		"no password":            {"d1"},
		"wildcard as user":       {"*", "-P", "secret-*"},
		"two levels as user":     {"d1.x", "-P", "secret-d1.x"},
		"the daemon's client id": {"d1", "-P", "secret-d1", "-i", s.Login().ClientID},
		"the daemon's user name": {s.Login().User, "-P", "secret-" + s.Login().User},
	} {
		if try(args[0], args[1:]...) == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if !c.IsConnected() {
		t.Error("the daemon was thrown out")
	}
	s.AllowDevices(false)
	if try("d1", "-P", "secret-d1") == nil {
		t.Error("a device came in after the broker was closed")
	}
}

func device(t testing.TB, s *journal.Server, id string) paho.Client {
	t.Helper()
	return deviceAt(t, s.Login().URL, id)
}

func deviceAt(t testing.TB, url, id string) paho.Client {
	t.Helper()
	c := paho.NewClient(paho.NewClientOptions().AddBroker(url).SetClientID("app-" + id).
		SetUsername(id).SetPassword("secret-" + id).SetAutoReconnect(false))
	await(t, c.Connect())
	return c
}

func TestDeviceHearsOnlyWhatIsForIt(t *testing.T) {
	s, _ := openBroker(t, func(m *journal.MQTT) { m.Prefix = "site/jz" })
	defer s.Close()
	c, _ := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	d := device(t, s, "d1")
	defer d.Disconnect(100)
	got := make(chan paho.Message, 10)
	for filter, want := range map[string]byte{
		"site/jz/v1/d1/challenge": 1, "site/jz/v1/d1/notice": 1,
		"site/jz/v1/d1/location": 0x80, "site/jz/v1/d2/notice": 0x80,
		"site/jz/v1/+/notice": 0x80, "#": 0x80, "$MQTT/msgs/#": 0x80, "site/jz/v1/d1/#": 0x80,
	} {
		tok := d.Subscribe(filter, 1, func(_ paho.Client, m paho.Message) { got <- m }).(*paho.SubscribeToken)
		tok.WaitTimeout(20 * time.Second)
		if code := tok.Result()[filter]; code != want {
			t.Errorf("%s: answer %#x, want %#x", filter, code, want)
		}
	}
	await(t, c.Publish("site/jz/v1/d2/notice", 1, false, "for another"))
	await(t, c.Publish("site/jz/v1/d1/notice", 1, false, "go outside"))
	if m := receive(t, got); string(m.Payload()) != "go outside" {
		t.Errorf("heard %s", m.Payload())
	}
}

func TestUnacknowledgedComesAgain(t *testing.T) {
	s, cfg := openBroker(t, asItIs)
	c, got := daemon(t, s)
	s.AllowDevices(true)
	d := device(t, s, "d1")
	for _, text := range []string{"1", "2", "3"} {
		await(t, d.Publish("jz/v1/d1/status", 1, false, text))
	}
	d.Disconnect(100)
	receive(t, got)
	id := s.Login().ClientID
	c.Disconnect(100)

	c, got = daemon(t, s)
	wantAgain(t, got, "1", "2", "3")
	c.Disconnect(100)
	s.Close()

	s = open(t, cfg)
	defer s.Close()
	if s.Login().ClientID != id {
		t.Fatal("the client id, and with it the session, changed at restart")
	}
	c, got = daemon(t, s)
	defer c.Disconnect(100)
	wantAgain(t, got, "1", "2", "3")
}

// The server leaves out a subscription whose files it cannot read. Its session
// would look resumed, and messages for it would be acknowledged and dropped.
func TestLostSubscriptionIsNotResumed(t *testing.T) {
	for _, lost := range []string{"jetstream/$G/streams/$MQTT_msgs/obs", "mqtt_client_id"} {
		t.Run(lost, func(t *testing.T) { resumeWithout(t, lost) })
	}
}

func resumeWithout(t *testing.T, lost string) {
	s, cfg := openBroker(t, func(m *journal.MQTT) { m.MaxBytes = 1 << 20 })
	c, _ := daemon(t, s)
	c.Disconnect(100)
	s.Close()
	if err := os.RemoveAll(filepath.Join(cfg.Dir, lost)); err != nil {
		t.Fatal(err)
	}
	s = open(t, cfg)
	defer s.Close()
	c, got := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	if err := pub(t, s, "d1", "-P", "secret-d1", "-t", "jz/v1/d1/status", "-m", "heard"); err != nil {
		t.Fatal(err)
	}
	receive(t, got).Ack()
	// Twice the bound goes through when nothing but the daemon holds messages back.
	d := device(t, s, "d1")
	defer d.Disconnect(100)
	for range 20 {
		await(t, d.Publish("jz/v1/d1/location", 1, false, make([]byte, 100<<10)))
		receive(t, got).Ack()
	}
}

// wantAgain expects each payload, marked as a duplicate, in any order.
func wantAgain(t *testing.T, got chan paho.Message, payloads ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, p := range payloads {
		missing[p] = true
	}
	for len(missing) > 0 {
		m := receive(t, got)
		if !m.Duplicate() {
			t.Fatalf("%s is not marked", m.Payload())
		}
		delete(missing, string(m.Payload()))
	}
}

func TestFullBrokerRefusesInsteadOfDropping(t *testing.T) {
	s, _ := openBroker(t, func(m *journal.MQTT) { m.MaxBytes = 1 << 20; m.AckWait = time.Hour })
	defer s.Close()
	c, got := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)
	d := device(t, s, "d1")
	acked := 0
	for {
		tok := d.Publish("jz/v1/d1/location", 1, false, bytes.Repeat([]byte("x"), 100<<10))
		if !tok.WaitTimeout(20*time.Second) || tok.Error() != nil {
			break
		}
		acked++
	}
	d.Disconnect(0)
	if acked < 5 || acked > 11 {
		t.Fatalf("%d of 100 KiB acknowledged within a bound of 1 MiB", acked)
	}
	for range acked {
		receive(t, got).Ack()
	}
	eventually(t, "a device can publish again", func() bool {
		return pub(t, s, "d1", "-P", "secret-d1", "-t", "jz/v1/d1/location", "-m", "again") == nil
	})
}
