package tracks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	influxdb2 "github.com/influxdata/influxdb-client-go/v2"
	"github.com/influxdata/influxdb-client-go/v2/api"

	"correctiond/event"
	"correctiond/roster"
)

// Cursors keeps how far the journal of a district has been written to a sink,
// durably. InfluxDB has no transactions, so the cursor lives elsewhere and moves
// after the answer; a rewrite of what is there already changes nothing.
type Cursors interface {
	SinkCursor(ctx context.Context, sink string, district roster.DistrictID) (uint64, error)
	SaveSinkCursor(ctx context.Context, sink string, district roster.DistrictID, seq uint64) error
}

// SinkObserver counts what becomes of the events given to a sink. Classes of
// retries are a closed set: network, busy, server, denied, refused, setup,
// too_large, rejected, dead_letter.
type SinkObserver interface {
	Stored(events int)
	Retried(class string)
	DeadLettered(events int)
}

// Refused is an event that the server will never take, as a single line that it
// rejected while it took others.
type Refused struct {
	District roster.DistrictID
	Seq      uint64 // of the journal, as given to Write
	Nth      int    // position among the events of that Write
	Event    event.Event
	Line     string // as sent; may hold coordinates
	Status   int    // of the server's answer
	Message  string // of the server; may repeat the line
}

// InfluxConfig says where a track history in InfluxDB is and how to write it.
// URL, Bucket, Cursors and Refused are required; zero values of the lengths mean
// their defaults.
type InfluxConfig struct {
	URL, Org string
	Bucket   string // "db/rp" on InfluxDB 1.8
	Token    string // "user:password" on InfluxDB 1.8
	Gzip     bool
	// CreateBucket creates a bucket (1.8: database, retention policy) that is missing.
	CreateBucket bool
	Retention    time.Duration // that the bucket must have at least; 0: for ever
	Cursors      Cursors
	// Refused keeps an event that the server will never take. Its error is a
	// reason to try again: the event is not let go before.
	Refused  func(context.Context, Refused) error
	Observer SinkObserver // nil: nobody counts
	Log      *slog.Logger // nil: silence

	Timeout    time.Duration // of one write, 20 s; longer after the server ran into it
	BatchLines int           // of one write, 5 000
	Backoff    time.Duration // first wait for a server that fails, 100 ms, then doubled
	MaxBackoff time.Duration // 30 s
	Pause      time.Duration // wait when a person has to help, 30 s
	Transport  http.RoundTripper
}

// Influx is a track history in InfluxDB: 1.8 and 2.x to write and read, 3 Core
// to write. Its methods are safe for concurrent use.
type Influx struct {
	cfg    InfluxConfig
	sink   string
	http   *influxDoer
	client influxdb2.Client
	writer api.WriteAPIBlocking
	health health

	setup    sync.Mutex // one check at a time
	ready    atomic.Bool
	version  atomic.Int32 // major, 0: not known yet
	maxBytes atomic.Int64 // of one write; shrinks when the server finds one too large

	mu      sync.Mutex
	cursors map[roster.DistrictID]uint64
}

const (
	maxWriteBytes = 1 << 20
	minWriteBytes = 4 << 10
)

// OpenInflux prepares a history in InfluxDB and tries the server once. Only a
// configuration that can never work is an error: a server that is down, denies
// or lacks its bucket is logged, shown by Status and tried again by Write, so
// that it stops nothing else. Check says what is wrong with it.
func OpenInflux(ctx context.Context, cfg InfluxConfig) (*Influx, error) {
	if cfg.Cursors == nil || cfg.Refused == nil {
		return nil, errors.New("open InfluxDB: cursors or dead letters have no place to be kept")
	}
	x, err := newInflux(cfg)
	if err != nil {
		return nil, err
	}
	if err := x.Check(ctx); err != nil {
		x.report(classify(err))
	}
	return x, nil
}

// newInflux prepares the client and asks the server nothing.
func newInflux(cfg InfluxConfig) (*Influx, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("open InfluxDB: %q is no URL like http://host:8086", cfg.URL)
	}
	if cfg.Bucket == "" {
		return nil, errors.New("open InfluxDB: no bucket given")
	}
	cfg.setDefaults()
	x := &Influx{
		cfg: cfg, sink: fmt.Sprintf("influxdb %s %s/%s", u.Host, cfg.Org, cfg.Bucket),
		cursors: map[roster.DistrictID]uint64{},
	}
	x.http = newInfluxDoer(cfg)
	options := influxdb2.DefaultOptions().SetPrecision(time.Nanosecond).SetApplicationName("correctiond")
	options.HTTPOptions().SetHTTPDoer(x.http)
	x.client = influxdb2.NewClientWithOptions(cfg.URL, cfg.Token, options)
	x.writer = x.client.WriteAPIBlocking(cfg.Org, cfg.Bucket)
	x.maxBytes.Store(maxWriteBytes)
	return x, nil
}

func (cfg *InfluxConfig) setDefaults() {
	for _, d := range []struct{ have, use *time.Duration }{
		{&cfg.Timeout, new(20 * time.Second)},
		{&cfg.Backoff, new(100 * time.Millisecond)},
		{&cfg.MaxBackoff, new(30 * time.Second)},
		{&cfg.Pause, new(30 * time.Second)},
	} {
		if *d.have <= 0 {
			*d.have = *d.use
		}
	}
	if cfg.BatchLines <= 0 {
		cfg.BatchLines = 5000
	}
	if cfg.Observer == nil {
		cfg.Observer = nobody{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
}

type nobody struct{}

var _ SinkObserver = nobody{}

func (nobody) Stored(int)       {}
func (nobody) Retried(string)   {}
func (nobody) DeadLettered(int) {}

// Close lets go of idle connections. Writes under way end by their contexts.
func (x *Influx) Close() error {
	x.client.Close()
	x.http.client.CloseIdleConnections()
	return nil
}

// Cursor tells how far a district's journal has been written to this bucket; 0
// means not at all.
func (x *Influx) Cursor(ctx context.Context, district roster.DistrictID) (uint64, error) {
	x.mu.Lock()
	seq, known := x.cursors[district]
	x.mu.Unlock()
	if known {
		return seq, nil
	}
	seq, err := x.cfg.Cursors.SinkCursor(ctx, x.sink, district)
	if err != nil {
		return 0, fmt.Errorf("read cursor of InfluxDB: %w", err)
	}
	x.remember(district, seq)
	return seq, nil
}

func (x *Influx) remember(district roster.DistrictID, seq uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cursors[district] = max(seq, x.cursors[district])
}

// Write stores the events of a district's journal up to entry seq, then moves
// the district's cursor there. It returns when the server has confirmed every
// event, or refused it for itself and the dead letter is kept; until then it
// tries again, however long that takes, or until ctx ends. What is at or behind
// the cursor changes nothing. One district must not be written concurrently.
// Event times must lie in the years 1678 to 2261.
func (x *Influx) Write(ctx context.Context, district roster.DistrictID, seq uint64, events []event.Event) error {
	what := func(err error) error {
		return fmt.Errorf("write history of %s through %d: %w", district, seq, err)
	}
	if seq == 0 || seq > 1<<63-1 {
		return what(fmt.Errorf("%d is not a journal sequence", seq))
	}
	have, err := x.Cursor(ctx, district)
	if err != nil {
		return what(err)
	}
	if seq <= have {
		return nil
	}
	if err := x.deliver(ctx, newLines(district, seq, events)); err != nil {
		return what(err)
	}
	if err := x.cfg.Cursors.SaveSinkCursor(ctx, x.sink, district, seq); err != nil {
		return what(err)
	}
	x.remember(district, seq)
	return nil
}
