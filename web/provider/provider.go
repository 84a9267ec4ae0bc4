// Package provider signs people in through the organisation's identity provider:
// OpenID Connect, the code flow with PKCE. It says who the provider vouches for; what
// that person may do here is for others to decide.
//
// Errors never hold tokens, codes or claims.
package provider

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Patience with the provider: one request, and all that one step of a sign-in needs.
const (
	requestTime = 5 * time.Second
	stepTime    = 10 * time.Second
)

var (
	// ErrAway says that the provider does not answer, or not as a provider does: it
	// may be well at the next attempt.
	ErrAway = errors.New("the identity provider does not answer as it should")
	// ErrRefused says that what came back does not prove who somebody is.
	ErrRefused = errors.New("the identity provider's answer is not accepted")
)

// Config is what provider and daemon have agreed on.
type Config struct {
	Issuer, ClientID string
	ClientSecret     string // empty: a public client, which PKCE alone protects
	RedirectURL      string
	// RoleClaim and OfficeClaim name the claims of the ID token to be read.
	RoleClaim, OfficeClaim string
}

// Errand is what one sign-in is recognised by when it comes back: State by the
// browser, Nonce in the ID token, Verifier at the exchange of the code.
type Errand struct{ State, Nonce, Verifier string }

// NewErrand draws one.
func NewErrand() Errand {
	return Errand{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
}

// Claims are what the provider says of a person. Name is preferred_username, or sub
// without one; NameClaim tells which.
type Claims struct {
	Name, NameClaim string
	Roles           []string
	Office          string
}

// Provider is an identity provider. Sign-ins ask it for its addresses, again when they
// are old.
type Provider struct {
	cfg    Config
	client *http.Client
	search search
}

// New opens no connection.
func New(cfg Config) *Provider {
	return &Provider{cfg: cfg, client: newClient()}
}

// Try asks the provider for its addresses and keys' place.
func (p *Provider) Try(ctx context.Context) error {
	_, err := p.find(ctx, time.Time{})
	return err
}

// Begin answers the address that the browser is sent to.
func (p *Provider) Begin(ctx context.Context, now time.Time, e Errand) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	found, err := p.find(ctx, now)
	if err != nil {
		return "", err
	}
	return found.oauth.AuthCodeURL(e.State, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)), nil
}

// Finish exchanges the code that came back for an ID token and reads it. The caller
// has checked the state.
func (p *Provider) Finish(ctx context.Context, now time.Time, e Errand, code string) (Claims, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	found, err := p.find(ctx, now)
	if err != nil {
		return Claims{}, err
	}
	if code == "" || e.Nonce == "" || e.Verifier == "" {
		return Claims{}, fmt.Errorf("%w: nothing to exchange", ErrRefused)
	}
	answer, err := found.oauth.Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return Claims{}, exchangeError(err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return Claims{}, fmt.Errorf("%w: it holds no ID token; is the scope openid allowed?", ErrRefused)
	}
	token, err := p.verify(ctx, found, raw)
	if err != nil {
		return Claims{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(e.Nonce)) != 1 {
		return Claims{}, fmt.Errorf("%w: the ID token is of another sign-in (nonce)", ErrRefused)
	}
	return p.read(token)
}

// verify checks signature, issuer, audience and expiry. What the library says about
// it is not passed on: it repeats the claims.
func (p *Provider) verify(ctx context.Context, found *endpoints, raw string) (*oidc.IDToken, error) {
	keys := &witness{keys: found.keys}
	verifier := oidc.NewVerifier(p.cfg.Issuer, keys, &oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: algorithms()})
	token, err := verifier.Verify(ctx, raw)
	_, expired := errors.AsType[*oidc.TokenExpiredError](err)
	switch {
	case keys.away:
		return nil, fmt.Errorf("%w: its keys cannot be read", ErrAway)
	case keys.forged:
		return nil, fmt.Errorf("%w: the ID token is not signed by its keys", ErrRefused)
	case expired:
		return nil, fmt.Errorf("%w: the ID token has expired; compare the clocks", ErrRefused)
	case err != nil:
		return nil, fmt.Errorf("%w: the ID token is not for us (algorithm, issuer, audience or form)", ErrRefused)
	}
	return token, nil
}

// algorithms that sign ID tokens: with keys that only the provider has. Neither none
// nor the client's secret is one of them.
func algorithms() []string {
	return []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512,
		oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
	}
}

// exchangeError tells a code that is refused from a provider that is not well. Of
// the answer only the error's name from RFC 6749 is repeated.
func exchangeError(err error) error {
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	if !answered || refused.Response.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%w: no tokens came for the code", ErrAway)
	}
	name := refused.ErrorCode
	if !regexp.MustCompile(`^[a-z_]{1,40}$`).MatchString(name) {
		name = "no reason given"
	}
	return fmt.Errorf("%w: the code was refused with %d, %s", ErrRefused, refused.Response.StatusCode, name)
}
