// Package journal is the durable log between the parts of the daemon: one
// totally ordered log per district, kept by a NATS server with JetStream that
// runs inside this process and listens on no port. The same server is the
// embedded MQTT broker when a listener is configured.
//
// One message of a log is one batch of entries (event.AppendEntry, several
// concatenated). Append returns when the batch is synced to disk, and its
// sequence is the position consumers keep as their cursor. Sequences have no
// holes except below the first message still kept; Follow reports every other
// hole as damage.
//
// Everything on disk is encrypted with the key of the configuration. Only one
// process may open a directory; locking it is the caller's duty.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"correctiond/roster"
)

// Ciphers of the store.
const (
	AES    = "aes"
	ChaCha = "chacha"
)

// MaxBatch bounds the encoded size of one Append, in bytes.
const MaxBatch = 1 << 20

// Errors that callers test with errors.Is.
var (
	// ErrFull: the log has reached its bound or the disk is nearly full.
	// Nothing was stored; Append works again after Purge or when space returns.
	ErrFull = errors.New("journal full")
	// ErrTooLarge: the batch is over MaxBatch; the caller must split it.
	ErrTooLarge = errors.New("batch too large")
	// ErrDamaged: messages that were stored are missing from the log.
	ErrDamaged = errors.New("journal damaged")
)

// Config of the journal. Dir and Key are required.
type Config struct {
	Dir    string // store directory, created when missing
	Key    []byte // encrypts the store, at least 16 bytes; losing it loses the journal
	Cipher string // AES (default) or ChaCha

	MaxBytes int64         // bound of each district's log, default 20 GiB
	MaxAge   time.Duration // older batches are dropped, 0 never
	MinFree  int64         // Append refuses below this free disk space in bytes; default 256 MiB + MQTT.MaxBytes
	Replicas int           // copies of a log, default 1; more needs a cluster

	MQTT    *MQTT                 // nil: no embedded broker
	Logger  *slog.Logger          // default: none
	Metrics prometheus.Registerer // default: none
}

// Server owns the in-process NATS server and the logs kept by it.
type Server struct {
	cfg     Config
	nats    *server.Server
	conn    *nats.Conn
	js      jetstream.JetStream
	log     *serverLog
	metrics *metrics
	keeper  *keeper
	buffers sync.Pool // of *[]byte, for Append
	closing sync.Once
	broker  *broker // nil without MQTT

	mu   sync.Mutex
	logs map[roster.DistrictID]*Log
}

// Open starts the server, recovers the logs in cfg.Dir and, when configured,
// binds the MQTT listener. Devices stay locked out until AllowDevices.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("journal configuration: %w", err)
	}
	s := &Server{cfg: cfg, keeper: newKeeper(), logs: map[roster.DistrictID]*Log{}}
	s.log = &serverLog{to: cfg.Logger, watch: s.keeper.notice}
	s.metrics = newMetrics(s)
	s.keeper.done.Go(s.keep)
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open journal in %s: %w", cfg.Dir, err)
	}
	return s, nil
}

func (c *Config) complete() error {
	if c.Dir == "" {
		return errors.New("no directory; set data_dir")
	}
	if len(c.Key) < 16 {
		return errors.New("the encryption key needs at least 16 bytes")
	}
	if c.Cipher != "" && c.Cipher != AES && c.Cipher != ChaCha {
		return fmt.Errorf("unknown cipher %q; use %s or %s", c.Cipher, AES, ChaCha)
	}
	if c.MaxBytes < 0 || c.MaxAge < 0 {
		return errors.New("max_bytes and max_age must not be negative")
	}
	setDefault(&c.MaxBytes, 20<<30)
	setDefault(&c.Replicas, 1)
	setDefault(&c.Logger, slog.New(slog.DiscardHandler))
	minFree := int64(256 << 20)
	if c.MQTT != nil {
		own := *c.MQTT
		if err := own.complete(); err != nil {
			return err
		}
		c.MQTT = &own
		minFree += own.MaxBytes // the broker goes on writing when Append does not
	}
	setDefault(&c.MinFree, minFree)
	return nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Close ends the connections of devices and stops the server. Follow calls
// still running return an error. Closing again does nothing.
func (s *Server) Close() {
	s.closing.Do(func() {
		close(s.keeper.stop)
		s.keeper.done.Wait()
		if s.conn != nil {
			s.conn.Close()
		}
		if s.nats != nil {
			s.nats.Shutdown()
			s.nats.WaitForShutdown()
		}
		s.metrics.unregister()
	})
}
