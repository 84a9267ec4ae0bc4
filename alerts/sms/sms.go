// Package sms sends short messages through the HTTP gateway of whoever sells
// them: the configuration says what the request looks like and which answer means
// success.
package sms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// Config is what a gateway needs.
type Config struct {
	URL        string            `yaml:"url"`    // with places
	Method     string            `yaml:"method"` // POST or GET
	Format     string            `yaml:"format"` // json, form or xml: of the body
	Body       string            `yaml:"body"`   // with places
	Headers    map[string]string `yaml:"headers"`
	User       string            `yaml:"user"`
	SecretFile string            `yaml:"secret_file" secret:"Secret"`
	Secret     string            `yaml:"-"`
	To         string            `yaml:"to"` // fixed number: for duty telephones
	Success    string            `yaml:"success"`
	Limited    string            `yaml:"limited"`
	Refused    string            `yaml:"refused"`
	RequestID  string            `yaml:"request_id"` // field of the answer
	MaxBytes   int               `yaml:"max_bytes"`
	CAFile     string            `yaml:"ca_file"`
	AllowHTTP  bool              `yaml:"allow_http"`
}

// Bounds of a message's text in bytes; a Chinese character takes three. The
// default is what most companies send as one long message.
const (
	defaultBytes = 900
	leastBytes   = 100
	mostBytes    = 6000
	limitPause   = time.Minute
)

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	_, err := c.compile()
	return err
}

// Complete reports a secret that the request needs and that is missing.
func (c *Config) Complete() error {
	places := c.URL + c.Body + fmt.Sprint(c.Headers)
	if c.Secret == "" && strings.Contains(places, "{secret}") {
		return errors.New("secret_file: there is no secret for {secret}")
	}
	return nil
}

// Gateway is one way to send short messages.
type Gateway struct {
	cfg     Config
	escape  escape
	success rule
	limited rule // empty: no answer says so
	refused rule
	client  *http.Client
	now     func() time.Time
}

// New makes a channel of a configuration with its secret; the error is that of
// Check.
func New(c Config, client *http.Client) (*Gateway, error) {
	g, err := c.compile()
	if err != nil {
		return nil, err
	}
	g.client, g.now = client, time.Now
	return g, nil
}

func (c *Config) compile() (*Gateway, error) {
	g := &Gateway{cfg: *c}
	g.cfg.Method, g.cfg.Format = cmp.Or(c.Method, http.MethodPost), cmp.Or(c.Format, "json")
	g.cfg.MaxBytes = cmp.Or(c.MaxBytes, defaultBytes)
	g.escape = escapeFor(g.cfg.Format)
	var err error
	if g.success, err = parseRule(c.Success); err != nil {
		return nil, fmt.Errorf("success: %w", err)
	}
	if g.limited, err = optionalRule(c.Limited); err != nil {
		return nil, fmt.Errorf("limited: %w", err)
	}
	if g.refused, err = optionalRule(c.Refused); err != nil {
		return nil, fmt.Errorf("refused: %w", err)
	}
	return g, g.check()
}

func optionalRule(text string) (rule, error) {
	if text == "" {
		return nil, nil
	}
	return parseRule(text)
}

func (g *Gateway) check() error {
	c := &g.cfg
	switch {
	case c.Method != http.MethodPost && c.Method != http.MethodGet:
		return fmt.Errorf("method: %q is not known; use POST or GET", c.Method)
	case g.escape == nil:
		return fmt.Errorf("format: %q is not known; use json or form or xml", c.Format)
	case c.MaxBytes < leastBytes || c.MaxBytes > mostBytes:
		return fmt.Errorf("max_bytes: %d is out of range; use %d to %d", c.MaxBytes, leastBytes, mostBytes)
	case !strings.Contains(c.URL+c.Body, "{to}") || !strings.Contains(c.URL+c.Body, "{text}"):
		return errors.New("body: {to} and {text} must stand in url or body")
	}
	if err := post.CheckURL(template(c.URL).fill(nil, url.QueryEscape), c.AllowHTTP); err != nil {
		return err
	}
	return g.checkPlaces()
}

func (g *Gateway) checkPlaces() error {
	if err := template(g.cfg.URL).check(); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	if err := template(g.cfg.Body).check(); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(g.cfg.Headers)) {
		if err := template(g.cfg.Headers[name]).check(); err != nil {
			return fmt.Errorf("headers.%s: %w", name, err)
		}
	}
	return nil
}

// Send sends the letter to one number. It is delivered when the answer is 2xx
// and the success expression holds.
func (g *Gateway) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	l.To = cmp.Or(g.cfg.To, l.To)
	if !isNumber(l.To) {
		return notice.Receipt{}, notice.Undeliverable("no recipient", "the officer has no telephone number for this channel, or not just one")
	}
	req, err := g.request(ctx, &l)
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	answer, err := post.Do(g.client, req)
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	return g.judge(&answer, l.To)
}

// isNumber takes digits with an optional + before them, as carriers do.
func isNumber(to string) bool {
	digits := strings.TrimPrefix(to, "+")
	return len(digits) >= 5 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

func (g *Gateway) request(ctx context.Context, l *notice.Letter) (*http.Request, error) {
	values := map[string]string{
		"to": l.To, "key": l.Key, "count": strconv.Itoa(len(l.Messages)), "secret": g.cfg.Secret, "user": g.cfg.User,
		"text": strings.ReplaceAll(l.Text(g.cfg.MaxBytes), "\n", " "),
	}
	body := template(g.cfg.Body).fill(values, g.escape)
	req, err := post.Request(ctx, g.cfg.Method, template(g.cfg.URL).fill(values, url.QueryEscape), []byte(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", contentType(g.cfg.Format))
	}
	for name, t := range g.cfg.Headers {
		req.Header.Set(name, template(t).fill(values, inHeader))
	}
	return req, nil
}

// judge takes the answer for what the expressions say; an answer that none of
// them knows is tried again.
func (g *Gateway) judge(answer *post.Answer, to string) (notice.Receipt, error) {
	hidden := []string{g.cfg.Secret, url.QueryEscape(g.cfg.Secret), to}
	failed := &notice.SendError{Code: fmt.Sprintf("HTTP %d", answer.Status), Detail: notice.Shorten(string(answer.Body), hidden...)}
	status := notice.HTTPFailure(answer.Status, answer.RetryAfter(g.now()))
	switch {
	case g.limited.holds(answer.Status, answer.Body):
		failed.Failing, failed.After = notice.Limited, cmp.Or(answer.RetryAfter(g.now()), limitPause)
	case g.refused.holds(answer.Status, answer.Body):
		failed.Failing = notice.Refused
	case status != nil:
		return notice.Receipt{}, status
	case answer.Cut:
		failed.Detail = "the answer breaks off or is too long"
	case g.success.holds(answer.Status, answer.Body):
		id, _ := lookUp(cmp.Or(g.cfg.RequestID, "-"), answer.Status, answer.Body)
		return notice.Receipt{Request: notice.Shorten(id, hidden...), Answer: "success"}, nil
	}
	return notice.Receipt{}, failed
}

// Try asks whether the gateway's server answers, without sending anything.
func (g *Gateway) Try(ctx context.Context) (string, error) {
	if err := post.Reach(ctx, g.client, template(g.cfg.URL).fill(nil, url.QueryEscape)); err != nil {
		return "", err
	}
	return "the gateway's server answers", nil
}
