// Package feishu writes notices into a group of 飞书 through a custom robot with
// signature.
//
// Rules: https://open.larkoffice.com/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN.md
package feishu

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// DefaultURL is the public service in China.
const DefaultURL = "https://open.feishu.cn"

// maxText keeps a request, with what JSON adds, below the 20 KB that are taken.
const maxText = 12 << 10

// A robot may send 5 messages a second and 100 a minute; limitPause follows when
// it did, and no header says more.
const (
	mostSecond = 5
	mostMinute = 100
	limitPause = time.Minute
)

// Config is what a robot needs.
type Config struct {
	URL        string `yaml:"url"`
	HookFile   string `yaml:"hook_file" secret:"Hook"`
	Hook       string `yaml:"-"` // last part of the address that 飞书 shows, or all of it
	SecretFile string `yaml:"secret_file" secret:"Secret"`
	Secret     string `yaml:"-"` // of 签名校验
	CAFile     string `yaml:"ca_file"`
}

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	return post.CheckURL(cmp.Or(c.URL, DefaultURL), false)
}

// Complete reports a missing secret.
func (c *Config) Complete() error {
	if c.Hook == "" {
		return errors.New("hook_file: there is no hook of the robot")
	}
	if c.Secret == "" {
		return errors.New("secret_file: there is no secret to sign with; choose 签名校验 in the robot's settings")
	}
	return nil
}

// Robot writes into one group.
type Robot struct {
	cfg    Config
	client *http.Client
	now    func() time.Time
	paces  []*notice.Pace
}

// New makes a channel of a checked configuration with its secrets.
func New(c Config, client *http.Client) *Robot {
	c.Hook = path.Base(strings.TrimRight(c.Hook, "/"))
	c.URL = cmp.Or(c.URL, DefaultURL)
	return &Robot{cfg: c, client: client, now: time.Now, paces: []*notice.Pace{
		notice.NewPace(mostSecond, time.Second), notice.NewPace(mostMinute, time.Minute),
	}}
}

type message struct {
	Timestamp string  `json:"timestamp"` // seconds, not older than an hour
	Sign      string  `json:"sign"`
	MsgType   string  `json:"msg_type"`
	Content   content `json:"content"`
}

type content struct {
	Text string `json:"text"`
}

type answer struct {
	Code    post.Code `json:"code"`
	Message string    `json:"msg"`
}

// Send writes the letter into the group.
func (r *Robot) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	for _, pace := range r.paces {
		if early := pace.Book("", r.now()); early != nil {
			return notice.Receipt{}, early
		}
	}
	stamp := strconv.FormatInt(r.now().Unix(), 10)
	raw, err := post.JSON(ctx, r.client, r.cfg.URL+"/open-apis/bot/v2/hook/"+r.cfg.Hook,
		message{stamp, sign(stamp, r.cfg.Secret), "text", content{l.Text(maxText)}})
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	if failed := r.judge(&raw); failed != nil {
		return notice.Receipt{}, failed
	}
	return notice.Receipt{Request: notice.Shorten(raw.Header.Get("X-Tt-Logid")), Answer: "code 0"}, nil
}

// sign is the HMAC-SHA256 of nothing under timestamp, newline and secret: unlike
// that of 钉钉, what is signed there is the key here.
func sign(stamp, secret string) string {
	return base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte(stamp+"\n"+secret)).Sum(nil))
}

// judge says why the answer is no success; nil: it is one. The code counts before
// the status, which is 400 or 429 with some of them.
func (r *Robot) judge(raw *post.Answer) *notice.SendError {
	got := &answer{}
	err := raw.Decode(got)
	status := notice.HTTPFailure(raw.Status, r.pause(raw))
	switch {
	case status != nil && !got.Code.Known:
		return status
	case err != nil:
		return &notice.SendError{Failing: notice.Temporary, Code: fmt.Sprintf("HTTP %d", raw.Status), Detail: err.Error()}
	case got.Code.OK():
		return status
	}
	failing, hint := got.meaning()
	failed := &notice.SendError{Failing: failing, Code: "code " + got.Code.String(), Detail: notice.Shorten(hint+got.Message, r.cfg.Hook, r.cfg.Secret)}
	if failing == notice.Limited {
		failed.After = cmp.Or(r.pause(raw), limitPause)
	}
	return failed
}

// pause is what the headers ask for: x-ogw-ratelimit-reset, in seconds
// (https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control).
func (r *Robot) pause(raw *post.Answer) time.Duration {
	seconds, err := strconv.ParseUint(raw.Header.Get("X-Ogw-Ratelimit-Reset"), 10, 16)
	if err != nil {
		return raw.RetryAfter(r.now())
	}
	return time.Duration(seconds) * time.Second
}

// meaning knows the codes that people can do something about; all others are
// tried again. 9499 is documented for a malformed request. With "too many" in its
// message it is taken for a limit, to be careful: no document says so.
func (a *answer) meaning() (failing notice.Failing, hint string) {
	if !a.Code.Known {
		return notice.Temporary, "the answer has no code"
	}
	switch a.Code.Value {
	case 11232, 99991400:
		return notice.Limited, "too many messages: "
	case 9499:
		if strings.Contains(strings.ToLower(a.Message), "too many") {
			return notice.Limited, "too many messages: "
		}
		return notice.Refused, "the request is not understood: "
	case 19001:
		return notice.Refused, "the hook is wrong, or the robot was removed: "
	case 19021, 19022, 19024:
		return notice.Refused, "the robot's security settings refuse it (signature, IP or keywords): "
	}
	return notice.Temporary, ""
}

// Try asks whether the service answers; a hook can only be tried by sending.
func (r *Robot) Try(ctx context.Context) (string, error) {
	if err := post.Reach(ctx, r.client, r.cfg.URL); err != nil {
		return "", err
	}
	return "the service answers; whether hook and secret are good shows when something is sent", nil
}
