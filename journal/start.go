package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	serverName = "correctiond"
	startLimit = 10 * time.Second
	// callLimit bounds a call without a deadline; a slow disk syncs in less.
	callLimit = 30 * time.Second
	// unbounded is the server-wide store limit. The bound that counts is the
	// one of each stream: with a shared one a full log would also stop the
	// broker from saving its sessions.
	unbounded = 1 << 60
	maxMemory = 64 << 20
	// syncInterval is JetStream's own; with SyncAlways nothing waits for it.
	syncInterval = 2 * time.Minute
)

// start brings up server, connection and broker in this order. What it set up
// when it fails is taken down by Close.
func (s *Server) start(ctx context.Context) error {
	access := newAccess(s.cfg, s.metrics)
	opts, err := s.options(access)
	if err != nil {
		return err
	}
	if s.nats, err = server.NewServer(opts); err != nil {
		return fmt.Errorf("create server: %w", err)
	}
	s.nats.SetLoggerV2(s.log, false, false, false)
	s.nats.Start()
	if err := s.awaitReady(); err != nil {
		return err
	}
	if err := s.connect(access); err != nil {
		return err
	}
	if err := s.checkStore(ctx); err != nil {
		return err
	}
	if s.cfg.MQTT == nil {
		return nil
	}
	s.broker = &broker{cfg: *s.cfg.MQTT, access: access, addr: opts.MQTT}
	if err := s.boundBroker(ctx); err != nil {
		return err
	}
	return s.identify(ctx)
}

func (s *Server) options(a *access) (*server.Options, error) {
	cipher := server.AES
	if s.cfg.Cipher == ChaCha {
		cipher = server.ChaCha
	}
	opts := &server.Options{
		ServerName:                 serverName,
		DontListen:                 true,
		NoSigs:                     true,
		JetStream:                  true,
		StoreDir:                   s.cfg.Dir,
		SyncAlways:                 true,
		JetStreamKey:               hex.EncodeToString(s.cfg.Key),
		JetStreamCipher:            cipher,
		JetStreamMaxStore:          unbounded,
		JetStreamMaxMemory:         maxMemory,
		SyncInterval:               syncInterval,
		MaxPayload:                 MaxBatch + 64<<10, // room for headers
		MaxPending:                 256 << 20,
		WriteDeadline:              time.Minute,
		CustomClientAuthentication: a,
	}
	if s.cfg.MQTT == nil {
		return opts, nil
	}
	var err error
	opts.MQTT, err = s.cfg.MQTT.options()
	return opts, err
}

// awaitReady waits for the listener; recovery of the store is over by now.
func (s *Server) awaitReady() error {
	if why := s.log.fatal(); why != "" {
		return errors.New(why)
	}
	if !s.nats.ReadyForConnections(startLimit) || !s.nats.JetStreamEnabled() {
		return fmt.Errorf("server not ready after %s", startLimit)
	}
	return nil
}

// connect opens the in-process connection all logs share.
func (s *Server) connect(a *access) error {
	conn, err := nats.Connect("", nats.InProcessServer(s.nats),
		nats.UserInfo(a.own.user, a.own.password), nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond), nats.Name(serverName))
	if err != nil {
		return fmt.Errorf("connect in process: %w", err)
	}
	s.conn = conn
	if s.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(callLimit)); err != nil {
		return fmt.Errorf("use jetstream: %w", err)
	}
	return nil
}

// random returns n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the process instead
	return hex.EncodeToString(b)
}
