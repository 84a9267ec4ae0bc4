// Package webhook posts notices to a program of the operator's: as JSON, signed,
// with a key by which duplicates are told.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// Headers of a request. The signature is "sha256=" and the hexadecimal HMAC-SHA256,
// under the shared secret, of the timestamp, a full stop and the body. A
// receiver refuses timestamps (seconds since 1970) that are minutes old, and keys
// that it has taken already.
const (
	SignatureHeader = "X-Correctiond-Signature"
	TimestampHeader = "X-Correctiond-Timestamp"
	KeyHeader       = "X-Correctiond-Key"
)

// Config is what a webhook needs.
type Config struct {
	URL        string `yaml:"url"`
	SecretFile string `yaml:"secret_file" secret:"Secret"`
	Secret     string `yaml:"-"`
	CAFile     string `yaml:"ca_file"`
	AllowHTTP  bool   `yaml:"allow_http"`
}

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	return post.CheckURL(c.URL, c.AllowHTTP)
}

// Complete reports a missing secret: nothing goes out unsigned.
func (c *Config) Complete() error {
	if c.Secret == "" {
		return errors.New("secret_file: there is no secret to sign with")
	}
	return nil
}

// Channel is one receiver.
type Channel struct {
	cfg    Config
	client *http.Client
	now    func() time.Time
}

// New makes a channel of a checked configuration with its secret.
func New(c Config, client *http.Client) *Channel {
	return &Channel{cfg: c, client: client, now: time.Now}
}

// Send posts the letter. Any 2xx means that the receiver has it.
func (c *Channel) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	req, err := c.request(ctx, &l)
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	answer, err := post.Do(c.client, req)
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	if failed := notice.HTTPFailure(answer.Status, answer.RetryAfter(c.now())); failed != nil {
		return notice.Receipt{}, failed
	}
	return notice.Receipt{
		Request: notice.Shorten(answer.Header.Get("X-Request-Id"), c.cfg.Secret),
		Answer:  fmt.Sprintf("HTTP %d", answer.Status),
	}, nil
}

func (c *Channel) request(ctx context.Context, l *notice.Letter) (*http.Request, error) {
	body, err := l.JSON()
	if err != nil {
		return nil, err
	}
	req, err := post.Request(ctx, http.MethodPost, c.cfg.URL, body)
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(c.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set(TimestampHeader, stamp)
	req.Header.Set(SignatureHeader, "sha256="+Sign(c.cfg.Secret, stamp, body))
	req.Header.Set(KeyHeader, (&url.URL{Path: l.Key}).EscapedPath())
	return req, nil
}

// Sign gives the hexadecimal signature of a body, for receivers to compare.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Try asks whether the receiver's server answers, without sending anything.
func (c *Channel) Try(ctx context.Context) (string, error) {
	if err := post.Reach(ctx, c.client, c.cfg.URL); err != nil {
		return "", err
	}
	return "the receiver's server answers", nil
}
