package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/ingest"
	"correctiond/roster"
)

// natsBroker is a real nats-server, a process of its own, with the shipped
// configuration; only its paths, its ports and its logins are others.
type natsBroker struct {
	profile
	dir string
}

func natsProfile(t *testing.T, devices ...string) *natsBroker {
	t.Helper()
	p := &natsBroker{profile: profile{t: t, addr: freeAddr(t)}, dir: shortDir(t)}
	dir := p.dir
	p.pool = brokerCertificate(t, dir)
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "nats-server"), "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	conf := strings.NewReplacer(
		"/var/lib/nats", dir+"/store", "/etc/nats/", dir+"/", "0.0.0.0:8883", p.addr, "127.0.0.1:4222", freeAddr(t),
	).Replace(deployed(t, "nats/nats-server.conf"))
	users := strings.NewReplacer("replace: a bcrypt hash, or a password of 32 random characters", "secret of correctiond").
		Replace(deployed(t, "nats/users.conf"))
	var lines strings.Builder
	for _, id := range devices {
		line, err := natsLogin("jz", roster.DeviceID(id), "secret of "+id)
		if err != nil {
			t.Fatal(err)
		}
		lines.WriteString(line)
	}
	users = strings.Replace(users, "\n]", "\n"+lines.String()+"]", 1)
	for name, text := range map[string]string{"nats-server.conf": conf, "users.conf": users} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.boot()
	return p
}

func (p *natsBroker) boot() {
	p.t.Helper()
	p.proc = start(p.t, nil, filepath.Join(p.dir, "nats-server"), "-c", filepath.Join(p.dir, "nats-server.conf"))
	eventually(p.t, 20*time.Second, "nats-server listens", func() bool {
		conn, err := net.Dial("tcp", p.addr)
		if err == nil {
			conn.Close()
		}
		return err == nil || !p.proc.running()
	})
}

// A device speaks under its own name only. What is refused is acknowledged and
// dropped, so each refused message is followed by an allowed one, which must be
// the first to come.
func TestNATSProfileConfinesDevices(t *testing.T) {
	p := natsProfile(t, "W1", "W2")
	daemon, w1 := p.mustLogin("correctiond"), p.mustLogin("W1")
	daemon.subscribe("jz/v1/+/+")
	w1.subscribe("jz/v1/W1/challenge")
	w1.publish("jz/v1/W2/location", "jz/v1/W1/challenge", "jz/v1/W1/other", "jz/notify/F1", "other", "jz/v1/W1/location")
	daemon.receives("jz/v1/W1/location")
	daemon.publish("jz/v1/W1/challenge")
	w1.receives("jz/v1/W1/challenge")
	for name, change := range map[string]func(*tls.Config, *string){
		"a wrong password":     func(_ *tls.Config, secret *string) { *secret = "secret of W2" },
		"a broker not of ours": func(c *tls.Config, _ *string) { c.RootCAs = nil },
		"TLS 1.1":              func(c *tls.Config, _ *string) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 },
	} {
		if p.admits("W1", change) {
			t.Errorf("%s: let in", name)
		}
	}
}

// What arrives while the daemon is away waits for it, and survives a broker that
// is killed.
func TestNATSProfileKeepsWhatTheDaemonMissed(t *testing.T) {
	p := natsProfile(t, "W1")
	w := newWorld(t)
	w.mqtt = p.addr
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	_, port, _ := net.SplitHostPort(p.addr)
	w.flags = []string{
		"--mqtt.url", "mqtts://localhost:" + port, "--mqtt.ca_file", filepath.Join(p.dir, "server.pem"),
		"--mqtt.username", "correctiond", "--mqtt.password_file", filepath.Join(p.dir, "password"),
	}
	if err := os.WriteFile(filepath.Join(p.dir, "password"), []byte("secret of correctiond\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := w.serve()
	send := func(ids ...string) {
		w1 := p.mustLogin("W1")
		defer w1.Disconnect(250)
		for _, id := range ids {
			token := w1.Publish("jz/v1/W1/location", 1, false, fix(id, 0, inTown))
			if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
				t.Fatalf("publish %s: %v", id, token.Error())
			}
		}
	}
	send("n1")
	eventually(t, 10*time.Second, "the first fix is stored", func() bool { return len(w.track("S0001")) == 1 })
	d.stop(15 * time.Second)
	send("n2", "n3")
	p.proc.kill()
	p.boot()
	w.serve()
	eventually(t, 45*time.Second, "what was missed is stored", func() bool { return strings.Join(w.track("S0001"), " ") == "n1 n2 n3" })
}

// A shared subscription would be granted and never served: the profile refuses it.
func TestNATSProfileDoesNotShare(t *testing.T) {
	p := natsProfile(t)
	sub := ingest.NewSubscriber(ingest.Config{
		URL: "ssl://" + p.addr, ClientID: "jzd-test", Username: "correctiond", Password: "secret of correctiond",
		TLS: &tls.Config{RootCAs: p.pool, ServerName: "localhost"}, ShareGroup: "jz",
		Find: func(roster.DeviceID) *roster.Directory { return nil }, IDs: ingest.NewRecentIDs(nil),
		Sink: discard{}, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sub.Run(ctx) }()
	eventually(t, 30*time.Second, "it is told", func() bool {
		err := sub.Ready()
		return errors.Is(err, ingest.ErrRefused) && strings.Contains(err.Error(), "$share/jz")
	})
	cancel()
	if err := <-done; !errors.Is(err, ingest.ErrRefused) {
		t.Errorf("ended with %v", err)
	}
}

// admits tries a login that is spoilt.
func (p *natsBroker) admits(user string, change func(*tls.Config, *string)) bool {
	secret := "secret of " + user
	conf := &tls.Config{RootCAs: p.pool, ServerName: "localhost"}
	change(conf, &secret)
	_, err := p.login(user, func(o *mqtt.ClientOptions) { o.SetTLSConfig(conf).SetPassword(secret) })
	return err == nil
}
