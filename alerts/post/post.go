// Package post makes the HTTP requests of notification channels: bounded in time
// and answer, never redirected, and with errors that repeat no address, because
// addresses of robots hold their keys.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Bounds of a request. Answers of receivers are a line or two.
const (
	Timeout   = 10 * time.Second
	MaxAnswer = 64 << 10 // bytes
	maxPause  = 24 * time.Hour
)

// NewClient returns a client that trusts the given authorities, nil for the
// system's. It goes through the proxy of the environment, if there is one.
func NewClient(roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: Timeout, Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
	}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most MaxAnswer
	Cut    bool   // the body broke off or is longer
}

// JSON posts a body as JSON.
func JSON(ctx context.Context, client *http.Client, to string, body any) (Answer, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // some receivers refuse \u003c
	if err := enc.Encode(body); err != nil {
		return Answer{}, fmt.Errorf("encode request: %w", err)
	}
	req, err := Request(ctx, http.MethodPost, to, text.Bytes())
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	return Do(client, req)
}

// Request makes a request; its error holds no address.
func Request(ctx context.Context, method, to string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, bare(err)
	}
	return req, nil
}

// Get fetches an address.
func Get(ctx context.Context, client *http.Client, from string) (Answer, error) {
	req, err := Request(ctx, http.MethodGet, from, nil)
	if err != nil {
		return Answer{}, err
	}
	return Do(client, req)
}

// Do sends a request and reads the answer, following no redirection. An error
// means that no answer has come; its text holds no address.
func Do(client *http.Client, req *http.Request) (Answer, error) {
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := direct.Do(req)
	if err != nil {
		return Answer{}, bare(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	cut := err != nil || len(body) > MaxAnswer
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body[:min(len(body), MaxAnswer)], Cut: cut}, nil
}

// bare takes the address away from an error of net/http.
func bare(err error) error {
	if with, ok := errors.AsType[*url.Error](err); ok {
		return with.Err
	}
	return err
}

// Decode reads the answer as JSON over into. Its error does not repeat the answer.
func (a *Answer) Decode(into any) error {
	if a.Cut {
		return errors.New("the answer breaks off or is too long")
	}
	if json.Unmarshal(a.Body, into) != nil {
		return errors.New("the answer is not the JSON that was expected")
	}
	return nil
}

// RetryAfter is how long the answer asks to wait (RFC 9110, 10.2.3), at most a
// day; 0: it does not say.
func (a *Answer) RetryAfter(now time.Time) time.Duration {
	value := a.Header.Get("Retry-After")
	pause := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		pause = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		pause = at.Sub(now)
	}
	return min(max(pause, 0), maxPause)
}

// Reach asks the server of an address for nothing in particular; any answer is one.
func Reach(ctx context.Context, client *http.Client, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return bare(err)
	}
	req, err := Request(ctx, http.MethodHead, u.Scheme+"://"+u.Host+"/", nil)
	if err != nil {
		return err
	}
	_, err = Do(client, req)
	return err
}

// CheckURL refuses what cannot be posted to: only https, http also on this
// machine or when it is allowed, and no password in it.
func CheckURL(raw string, allowHTTP bool) error {
	if err := checkAddress(raw, allowHTTP); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	return nil
}

func checkAddress(raw string, allowHTTP bool) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return errors.New("is not understood; write it like https://host/path")
	}
	if u.User != nil {
		return errors.New("holds a user or password; put them into a file")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowHTTP && !local(u.Hostname())) {
		return errors.New("is not https; what is sent could be read on the way")
	}
	return nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
