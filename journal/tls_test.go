package journal_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"correctiond/journal"
)

// selfSigned writes a certificate that is its own authority, and its key.
func selfSigned(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestBrokerWithTLSAndClientCertificates(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := selfSigned(t, dir, "broker")
	deviceCert, deviceKey := selfSigned(t, dir, "device")
	strangerCert, strangerKey := selfSigned(t, dir, "stranger")
	s, _ := openBroker(t, func(m *journal.MQTT) {
		m.Listen, m.CertFile, m.KeyFile, m.ClientCAFile = "0.0.0.0:0", certFile, keyFile, deviceCert
	})
	defer s.Close()
	c, _ := daemon(t, s)
	defer c.Disconnect(100)
	s.AllowDevices(true)

	login := func(certFile, keyFile string) error {
		config := s.Login().TLS.Clone()
		if certFile != "" {
			cert, err := tls.LoadX509KeyPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{cert}
		}
		d := paho.NewClient(paho.NewClientOptions().AddBroker(s.Login().URL).SetTLSConfig(config).
			SetClientID("x").SetUsername("d1").SetPassword("secret-d1").SetAutoReconnect(false))
		tok := d.Connect()
		if !tok.WaitTimeout(20 * time.Second) {
			return errors.New("no answer")
		}
		d.Disconnect(10)
		return tok.Error()
	}
	if err := login(deviceCert, deviceKey); err != nil {
		t.Errorf("device with certificate: %v", err)
	}
	if login("", "") == nil {
		t.Error("a device without certificate was let in")
	}
	if login(strangerCert, strangerKey) == nil {
		t.Error("a device with another certificate was let in")
	}
	if pub(t, s, "d1", "-P", "secret-d1", "-t", "jz/v1/d1/location", "-m", "x") == nil {
		t.Error("a device without TLS was let in")
	}
}

func TestListenerThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := config(t.TempDir())
	cfg.MQTT = broker(taken.Addr().String())
	if _, err := journal.Open(context.Background(), cfg); err == nil {
		t.Fatal("opened on a port that is taken")
	}
}

func TestDirectoryThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(context.Background(), config(file)); err == nil {
		t.Fatal("opened in a file")
	}
}
