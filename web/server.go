// Package web is the face of the daemon: the JSON API, the live event stream,
// the health answers and the server-rendered pages. It declares the small
// interfaces it reads through, and cmd plugs the store and the pipeline in.
//
// Access is decided in one place: routes lists every path with the right it
// needs, guard judges each request against it, and a Scope limits what is read.
// What lies outside a caller's scope does not exist for that caller (404).
//
// It exports many names because cmd fills them in: about thirty interfaces, one for
// each thing that pages read or do, some sixty forms that those exchange, the errors
// they answer with, and the roles. Five functions make use of them. The forms stay
// beside their interface: a package of its own for each would need the scope, the
// caller and the words of this one.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of the server's patience.
const (
	headerTime   = 5 * time.Second
	requestTime  = 15 * time.Second
	answerTime   = 30 * time.Second
	idleTime     = 2 * time.Minute
	shutdownTime = 10 * time.Second
	maxHeader    = 16 << 10 // bytes
)

// Config of the server.
type Config struct {
	// PublicURL is where people reach the pages; https makes cookies Secure.
	PublicURL string
	// Language of callers who state none: "zh" or "en"; empty is "zh".
	Language string
	// Zone of the times shown; nil is UTC.
	Zone *time.Location
	// SessionKey seals cookies: at least 32 random bytes, the same on all nodes.
	// Empty: made at the start, so that sign-ins end with the process.
	SessionKey []byte
	// MetricsHere serves /metrics on the main listener, too, for the role ops.
	MetricsHere bool
	// Tiles are the background of maps.
	Tiles Tiles
	// Claims of the identity provider, as pages name them.
	Claims Claims
}

// Claims are what an identity provider calls a role and an office.
type Claims struct{ Role, Office string }

// Deps are the parts the server reads from and acts through. Log and Registry
// may be nil.
type Deps struct {
	Tokens     Tokens
	Accounts   Accounts
	Provider   Provider // nil: nobody signs in through one
	Members    Members
	Audit      Audit
	AuditLog   AuditLog
	Caseload   Caseload
	Privates   Privates
	Alerts     Alerts
	Actor      Actor
	Changes    Changes
	Overviews  Overviews
	Readiness  Readiness
	Offices    Offices
	Officers   Officers
	Files      Files
	Atlas      Atlas // nil: no maps
	Register   Register
	Deeds      Deeds
	Notified   Notified
	Dossiers   Dossiers
	Tracks     Tracks
	Rosters    Rosters
	Letters    Letters
	Evidence   Evidence
	Registers  Registers
	Reports    Reports
	Silences   Silences
	Rotas      Rotas
	Plans      Plans
	PlanLists  PlanLists
	Zoning     Zoning
	Thresholds Thresholds
	Log        *slog.Logger
	Registry   *prometheus.Registry
}

// Server answers HTTP requests.
type Server struct {
	cfg       Config
	deps      Deps
	log       *slog.Logger
	metrics   *metrics
	sessions  *sessions
	origin    *http.CrossOriginProtection
	signIns   limiter
	noise     noise // of strangers
	trespass  noise // of people who are signed in
	feed      *feed
	described func() (described, error)
	counted   overviewCache
	hidden    hiddenCache
	pages     *pages
	policy    string // of the contents of pages
	handler   http.Handler
}

// New builds a server. The error names what of the configuration is wrong.
func New(cfg Config, deps Deps) (*Server, error) {
	u, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("public url: %w", err)
	}
	s := &Server{cfg: cfg, deps: deps, policy: policyWith(cfg.Tiles.URL), log: deps.Log, feed: newFeed(), origin: http.NewCrossOriginProtection()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.cfg.Zone == nil {
		s.cfg.Zone = time.UTC
	}
	if s.cfg.Language == "" {
		s.cfg.Language = "zh"
	}
	if u.Host != "" {
		if err := s.origin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("public url: %w", err)
		}
	}
	if s.sessions, err = newSessions(cfg.SessionKey, u.Scheme == "https"); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(); err != nil {
		return nil, err
	}
	s.described = sync.OnceValues(describe)
	s.metrics = newMetrics(deps.Registry)
	s.handler = s.mux()
	return s, nil
}

// Handler answers everything of the main listener. Live events need Run.
func (s *Server) Handler() http.Handler { return s.handler }

// MetricsHandler answers on the listener for metrics, without sign-in.
func (s *Server) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler)
	return mux
}

// Wake tells the server that alerts have changed, so that it need not wait for
// its next look. It never blocks.
func (s *Server) Wake() { s.feed.wake() }

// Run serves ln and the event streams until ctx ends, then lets running
// requests finish for at most ten seconds.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		s.pump(ctx)
	}()
	err := Serve(ctx, ln, s.handler)
	cancel()
	<-pumped
	return err
}

// Serve answers requests on ln with the bounds of this package until ctx ends,
// then lets running requests finish for at most ten seconds.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime,
		WriteTimeout: answerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := srv.Shutdown(patience)
	if err != nil {
		err = errors.Join(fmt.Errorf("drain http: %w", err), srv.Close())
	}
	if closed := <-failed; !errors.Is(closed, http.ErrServerClosed) {
		err = errors.Join(err, closed)
	}
	return err
}
