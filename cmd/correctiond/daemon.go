package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"correctiond/alerts/delivery"
	"correctiond/event"
	"correctiond/ingest"
	"correctiond/journal"
	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/seal"
	"correctiond/web"
)

// daemon is everything that serve runs, built in the order of the data's way:
//
//	devices ─▶ embedded broker or mqtt.url
//	             │ +1 subscriber: decode, accept; PUBACK after the journal's sync
//	             ▼
//	           journal: one log per district, and one for unknown devices
//	             │ +1 district each: rules ─▶ alerts ─▶ state.db ─▶ web (API, pages, stream)
//	             └ +1 recorder each: track history ─▶ history.db
//
// Commands of other processes come in through the control socket.
type daemon struct {
	*openState
	rules      atomic.Pointer[rules.Config] // of the file
	ladder     atomic.Pointer[rules.Ladder]
	templates  atomic.Pointer[plans.Library] // of the configuration
	parsed     sync.Map                      // templates of districts, by their id
	escalation *escalation
	log        *slog.Logger
	registry   *registry
	prom       *prometheus.Registry
	metrics    *pipelineMetrics
	journal    *journal.Server
	ids        *ingest.RecentIDs
	unwritten  *unwritten
	// amendments names districts whose roster acts have changed.
	amendments chan roster.DistrictID
	losses     chan string // client ids whose sessions the broker has lost
	waiting    *waiters
	notices    *noticeBoard
	delivery   *delivery.Worker
	web        *web.Server
	uploads    *uploads
	strangers  atomic.Pointer[roster.DistrictID] // nil while starting; see unplaced
	subscribe  atomic.Pointer[ingest.Subscriber] // nil while starting
	chain      atomic.Pointer[web.Chain]         // nil: the audit is not verified yet
	admitted   atomic.Bool                       // devices may log in to the embedded broker
	parts      *group
	pages      net.Listener
	scrapes    net.Listener // nil: metrics are among the pages

	replaying sync.Mutex // of dead letters
	tending   sync.Mutex // of what is old
	ruling    sync.Mutex // of rules into the journals
	editing   sync.Mutex // of rosters through the API
	storing   sync.Mutex // of rosters: none is stored, or used, after a newer one
	comparing sync.Mutex // of rules, for a page

	mu        sync.Mutex
	districts map[roster.DistrictID]*lane
}

// lane is one district's way from the journal on.
type lane struct {
	district *district
	recorder *recorder
	ruled    string // version of the rules that the journal had last
}

// nobody is the log of messages that belong to no district: dead letters of
// unknown devices.
const nobody roster.DistrictID = "_"

// newDaemon opens everything on the locked directory. On error what was opened
// is closed again.
func newDaemon(ctx context.Context, st *openState, log *slog.Logger) (*daemon, error) {
	d := &daemon{
		openState: st, log: log, registry: newRegistry(), waiting: newWaiters(),
		notices: newNoticeBoard(st.cfg, log),
		prom:    prometheus.NewRegistry(), districts: map[roster.DistrictID]*lane{},
		unwritten: newUnwritten(unwrittenLimit, log), losses: make(chan string, 16), amendments: make(chan roster.DistrictID, 64),
	}
	d.uploads = newUploads(files{d.dir.file("files"), d.vault})
	d.prom.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.metrics = newPipelineMetrics(d.prom)
	st.sink.metrics.Store(d.metrics)
	d.ids = ingest.NewRecentIDs(newAccepted(ctx, d.unwritten, st.history, log))
	cfg, err := st.cfg.readRules()
	if err != nil {
		return nil, err
	}
	d.rules.Store(&cfg)
	ladder, err := st.cfg.readLadder()
	if err != nil {
		return nil, err
	}
	d.ladder.Store(ladder)
	templates, err := st.cfg.readTemplates()
	if err != nil {
		return nil, err
	}
	d.templates.Store(templates)
	if d.escalation, err = d.newEscalation(); err != nil {
		return nil, err
	}
	if d.journal, err = d.openJournal(ctx); err != nil {
		return nil, err
	}
	if err := d.listen(); err != nil {
		d.close()
		return nil, err
	}
	if d.web, err = d.newWeb(); err != nil {
		d.close()
		return nil, err
	}
	if d.delivery, err = d.newDelivery(); err != nil {
		d.close()
		return nil, err
	}
	d.registerGauges()
	if _, err := d.state.SetAuditHash(ctx, seal.Hash(d.cfg.Security.AuditHash), nowInstant()); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// listen binds the addresses for pages and metrics before anything runs.
func (d *daemon) listen() (err error) {
	if d.pages, err = net.Listen("tcp", d.cfg.HTTP.Listen); err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	if pair := d.cfg.HTTP.TLS; pair.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
		if err != nil {
			return fmt.Errorf("http.tls: %w", err)
		}
		d.pages = tls.NewListener(d.pages, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	if addr := d.cfg.HTTP.MetricsListen; addr != "" {
		if d.scrapes, err = net.Listen("tcp", addr); err != nil {
			return fmt.Errorf("http.metrics_listen: %w", err)
		}
	}
	return nil
}

func (d *daemon) openJournal(ctx context.Context) (*journal.Server, error) {
	key, err := d.dir.key(journalKeyFile)
	if err != nil {
		return nil, err
	}
	cfg := journal.Config{
		Dir: d.dir.file("journal"), Key: key, MaxBytes: int64(d.cfg.Journal.MaxBytes), MaxAge: d.cfg.Journal.MaxAge,
		Logger: d.log.With("component", "journal"), Metrics: d.prom,
	}
	if m := d.cfg.MQTT; m.embedded() {
		cfg.MQTT = &journal.MQTT{
			Listen: m.Listen, CertFile: m.TLS.CertFile, KeyFile: m.TLS.KeyFile, ClientCAFile: m.TLS.ClientCAFile,
			Insecure: d.cfg.insecure, Prefix: m.Prefix, Authenticate: d.authenticate,
			MaxInflight: min(d.cfg.Limits.MaxInflight, embeddedInflight),
			OwnTracks:   slices.Contains(m.Adapters, "owntracks"),
		}
	}
	return journal.Open(ctx, cfg)
}

// embeddedInflight is what one subscription of the embedded broker may have
// unacknowledged: a fifth of what a session may.
const embeddedInflight = 13107

// authenticate checks the password of a device on the embedded broker.
func (d *daemon) authenticate(device, password string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ok, err := d.state.VerifyDevice(ctx, roster.DeviceID(device), password)
	if err != nil {
		d.log.Error("device password is not checked", "err", err)
	}
	return ok && err == nil
}

// run serves until ctx ends or a part fails.
func (d *daemon) run(ctx context.Context, ready func()) error {
	d.parts = newGroup(ctx)
	err := d.start(d.parts.ctx)
	if err == nil {
		ready()
	} else {
		d.parts.fail(err)
		d.parts.cancel()
	}
	err = d.parts.wait()
	for _, l := range d.lanes() {
		l.district.census.renewing.Wait()
	}
	d.saveEngines()
	return err
}

// start brings the rules of every district up to the end of its journal, and only
// then lets messages in: by then every accepted id is known.
func (d *daemon) start(ctx context.Context) error {
	if err := d.openDistricts(ctx); err != nil {
		return err
	}
	cfg, err := d.ingestConfig()
	if err != nil {
		return err
	}
	sub := ingest.NewSubscriber(cfg)
	d.subscribe.Store(sub)
	d.parts.add("notices", func(ctx context.Context) error { return d.notices.run(ctx, sub) })
	d.parts.add("ingest", sub.Run)
	d.parts.add("devices", d.admitDevices)
	d.parts.add("broker sessions", d.recordLosses)
	d.parts.add("amended rosters", d.followAmendments)
	d.parts.add("upkeep", d.upkeep)
	d.parts.add("audit chain", d.watchAudit().run)
	d.parts.add("steps", d.newStepper().run)
	d.parts.add("delivery", d.delivery.Run)
	d.parts.add("reload", d.reloads)
	d.parts.add("plans", d.matchPlans)
	d.parts.add("pages", func(ctx context.Context) error { return d.web.Run(ctx, d.pages) })
	if d.scrapes != nil {
		d.parts.add("metrics", func(ctx context.Context) error { return web.Serve(ctx, d.scrapes, d.web.MetricsHandler()) })
	}
	return nil
}

// collectSeldom lets the heap grow to four times what is in use before garbage is
// collected, until the function that it returns is called: of what is allocated for a
// snapshot, most is kept. Who has set GOGC gets that.
func collectSeldom() (asBefore func()) {
	const byDefault, seldom = 100, 300
	before := debug.SetGCPercent(seldom)
	if before != byDefault {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}

// admitDevices opens the embedded broker once the daemon itself listens to it.
func (d *daemon) admitDevices(ctx context.Context) error {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for d.subscribe.Load().Ready() != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
	d.journal.AllowDevices(true)
	d.admitted.Store(true)
	<-ctx.Done()
	return nil
}

func (d *daemon) ingestConfig() (ingest.Config, error) {
	cfg := ingest.Config{
		URL: d.cfg.MQTT.URL, ClientID: d.cfg.MQTT.ClientID, Username: d.cfg.MQTT.Username, Prefix: d.cfg.MQTT.Prefix,
		ShareGroup: d.cfg.MQTT.ShareGroup, Connections: d.cfg.MQTT.Connections, SessionLost: d.sessionLost, MaxInflight: d.cfg.Limits.MaxInflight,
		BatchEvents: d.cfg.Limits.BatchEvents, DefaultDistrict: d.unplaced(),
		Find: d.registry.find, IDs: d.ids, Sink: d, Metrics: ingest.NewMetrics(d.prom),
		Policy: func(id roster.DistrictID) roster.Policy { return d.rules.Load().Policy(id) },
		Log:    d.log.With("component", "ingest"),
	}
	book, err := d.dir.sessions()
	if err != nil {
		return cfg, err
	}
	cfg.Sessions = book
	if cfg.Adapters, err = ingest.Adapters(d.cfg.MQTT.Adapters, d.cfg.MQTT.TraccarTopic); err != nil {
		return cfg, fmt.Errorf("mqtt.adapters: %w", err)
	}
	if login := d.journal.Login(); login.URL != "" {
		cfg.URL, cfg.Username, cfg.Password, cfg.ClientID, cfg.TLS = login.URL, login.User, login.Password, login.ClientID, login.TLS
		return cfg, nil
	}
	if err := d.cfg.externalBroker(&cfg); err != nil {
		return cfg, err
	}
	if cfg.ClientID == "" {
		cfg.ClientID, err = d.dir.clientID()
	}
	return cfg, err
}

// externalBroker adds how to sign in to the broker of mqtt.url.
func (cfg *config) externalBroker(to *ingest.Config) (err error) {
	if to.Password, err = cfg.secret("mqtt.password_file"); err != nil {
		return err
	}
	u, err := url.Parse(to.URL)
	if err != nil {
		return fmt.Errorf("mqtt.url: %w", err)
	}
	if u.Scheme == "mqtts" {
		to.TLS, err = cfg.MQTT.clientTLS(u.Hostname())
	}
	return err
}

// Append stores accepted and rejected messages of one district.
func (d *daemon) Append(ctx context.Context, id roster.DistrictID, entries []event.Entry) error {
	l := d.lane(id)
	if l == nil {
		return fmt.Errorf("no journal for district %q: it %w", id, errElsewhere)
	}
	return d.unwritten.append(ctx, l.district, entries)
}

var _ ingest.Sink = (*daemon)(nil)

func (d *daemon) lane(id roster.DistrictID) *lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.districts[id]
}

// lanes lists the open ones.
func (d *daemon) lanes() []*lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*lane, 0, len(d.districts))
	for _, l := range d.districts {
		all = append(all, l)
	}
	return all
}

// saveEngines writes a last snapshot of every engine, so that the next start is
// quick. It runs when nothing else does.
func (d *daemon) saveEngines() {
	for _, l := range d.lanes() {
		if seq := l.district.applied.Load(); seq > 0 && l.district.unsaved > 0 && l.district.whole() {
			l.district.snapshot(seq)
		}
	}
}

// close ends what newDaemon opened; the listeners close with their servers.
func (d *daemon) close() {
	for _, l := range []net.Listener{d.pages, d.scrapes} {
		if l != nil {
			_ = l.Close()
		}
	}
	d.journal.Close()
}
