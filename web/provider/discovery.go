package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// endpoints are where a provider is asked what.
type endpoints struct {
	oauth oauth2.Config
	keys  oidc.KeySet
}

// addressLife is how long the endpoints hold, and with them keys that the provider has
// withdrawn since.
const addressLife = 10 * time.Minute

// search finds the endpoints. Whoever asks while it is under way waits for the same
// answer. After a failure those from before serve; without any it is tried again.
type search struct {
	mu    sync.Mutex
	found *endpoints
	asked time.Time
	going *attempt
}

type attempt struct {
	done  chan struct{}
	found *endpoints
	err   error
}

// find answers the endpoints, and asks for them if nobody has of late.
func (p *Provider) find(ctx context.Context, now time.Time) (*endpoints, error) {
	s := &p.search
	s.mu.Lock()
	if age := now.Sub(s.asked); s.found != nil && age >= 0 && age < addressLife {
		defer s.mu.Unlock()
		return s.found, nil
	}
	if s.going == nil {
		s.asked, s.going = now, &attempt{done: make(chan struct{})}
		go p.discover(context.WithoutCancel(ctx), s.going) // others may wait for it, too
	}
	a := s.going
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.found, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrAway, ctx.Err())
	}
}

func (p *Provider) discover(ctx context.Context, a *attempt) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	a.found, a.err = p.ask(ctx)
	p.search.mu.Lock()
	defer p.search.mu.Unlock()
	if a.err != nil && p.search.found != nil {
		a.found, a.err = p.search.found, nil
	}
	p.search.found, p.search.going = a.found, nil
	close(a.done)
}

// ask reads the discovery document.
func (p *Provider) ask(ctx context.Context) (*endpoints, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	found, err := oidc.NewProvider(ctx, p.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrAway, brief(err))
	}
	var said struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&said); err != nil {
		return nil, fmt.Errorf("%w: its description is not understood", ErrAway)
	}
	at := found.Endpoint()
	for _, u := range []string{at.AuthURL, at.TokenURL, said.Keys} {
		if !Trusted(u) {
			return nil, fmt.Errorf("%w: its description names an address that is not https", ErrAway)
		}
	}
	at.AuthStyle = p.authStyle(said.Methods)
	return &endpoints{
		oauth: oauth2.Config{
			ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, RedirectURL: p.cfg.RedirectURL,
			Endpoint: at, Scopes: []string{oidc.ScopeOpenID, "profile"},
		},
		keys: oidc.NewRemoteKeySet(ctx, said.Keys),
	}, nil
}

// authStyle says how we tell the provider who we are. To find out by trial would use
// the code up.
func (p *Provider) authStyle(methods []string) oauth2.AuthStyle {
	posts := len(methods) > 0 && !slices.Contains(methods, "client_secret_basic")
	if p.cfg.ClientSecret == "" || posts {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// Trusted tells whether an address may be one of a provider: https, or on this machine.
func Trusted(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

// brief is the beginning of what a library says; it may repeat a whole page.
func brief(err error) string {
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	return string(text[:min(len(text), 200)])
}

// witness notes why keys did not confirm a signature: the library's error does not
// tell it in a way that can be asked.
type witness struct {
	keys         oidc.KeySet
	away, forged bool
}

// VerifySignature asks the keys.
func (w *witness) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, token)
	if err != nil {
		w.away = strings.HasPrefix(err.Error(), "fetching keys") || errors.Is(err, context.DeadlineExceeded)
		w.forged = !w.away
	}
	return payload, err
}

// maxAnswer bounds what the provider can make us read, in bytes.
const maxAnswer = 1 << 20

// newClient asks providers, with bounds. Sign-ins are too rare to keep connections.
func newClient() *http.Client {
	direct := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	return &http.Client{
		Timeout: requestTime, Transport: bounded{direct},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers off.
type bounded struct{ http.RoundTripper }

// RoundTrip sends the request on.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}
