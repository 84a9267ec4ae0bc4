// Package dingtalk writes notices into a group of 钉钉 through a custom robot with
// signature (加签).
//
// Rules: https://open.dingtalk.com/document/group/custom-robot-access. The page
// was not at hand; limit and signature are as several copies of it quote them.
package dingtalk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// DefaultURL is the public service.
const DefaultURL = "https://oapi.dingtalk.com"

// maxText is how long a text may be, in bytes, below the 5000 characters that
// the list of error codes names with 34016 for messages of a conversation.
const maxText = 4096

// A robot that sends more than 20 messages within a minute is blocked for ten
// minutes.
const (
	mostMinute = 20
	limitPause = 10 * time.Minute
)

// Config is what a robot needs.
type Config struct {
	URL        string `yaml:"url"`
	TokenFile  string `yaml:"token_file" secret:"Token"`
	Token      string `yaml:"-"` // access_token, or the whole address that 钉钉 shows
	SecretFile string `yaml:"secret_file" secret:"Secret"`
	Secret     string `yaml:"-"` // SEC…, of 加签
	CAFile     string `yaml:"ca_file"`
}

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	return post.CheckURL(cmp.Or(c.URL, DefaultURL), false)
}

// Complete reports a missing secret.
func (c *Config) Complete() error {
	if c.Token == "" {
		return errors.New("token_file: there is no access_token of the robot")
	}
	if c.Secret == "" {
		return errors.New("secret_file: there is no secret to sign with; choose 加签 in the robot's settings")
	}
	return nil
}

// Robot writes into one group.
type Robot struct {
	cfg    Config
	client *http.Client
	now    func() time.Time
	pace   *notice.Pace
}

// New makes a channel of a checked configuration with its secrets.
func New(c Config, client *http.Client) *Robot {
	if u, err := url.Parse(c.Token); err == nil && strings.Contains(c.Token, "access_token=") {
		c.Token = u.Query().Get("access_token")
	}
	c.URL = cmp.Or(c.URL, DefaultURL)
	return &Robot{cfg: c, client: client, now: time.Now, pace: notice.NewPace(mostMinute, time.Minute)}
}

type message struct {
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
}

// answer has, when the entrance blocks by itself, a status instead of an errcode:
// {"status":1111,"wait":5,"punish":"deny"}, as operators report it; the
// documentation does not mention it.
type answer struct {
	Code    post.Code `json:"errcode"`
	Message string    `json:"errmsg"`
	Status  post.Code `json:"status"`
}

// Send writes the letter into the group.
func (r *Robot) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	if early := r.pace.Book("", r.now()); early != nil {
		return notice.Receipt{}, early
	}
	text := message{MsgType: "text"}
	text.Text.Content = l.Text(maxText)
	raw, err := post.JSON(ctx, r.client, r.address(), text)
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	if failed := r.judge(&raw); failed != nil {
		return notice.Receipt{}, failed
	}
	return notice.Receipt{Answer: "errcode 0"}, nil
}

// address has the signature of the moment, good for an hour: timestamp in
// milliseconds, HMAC-SHA256 under the secret of timestamp, newline and secret.
func (r *Robot) address() string {
	stamp := strconv.FormatInt(r.now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(r.cfg.Secret))
	mac.Write([]byte(stamp + "\n" + r.cfg.Secret))
	query := url.Values{
		"access_token": {r.cfg.Token}, "timestamp": {stamp}, "sign": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
	return r.cfg.URL + "/robot/send?" + query.Encode()
}

// judge says why the answer is no success; nil: it is one. Who goes on while it is
// blocked is led away from the service by a 302, operators report
// (https://m.elefans.com/dongtai/1725725310a1038879.html): the letter can wait.
func (r *Robot) judge(raw *post.Answer) *notice.SendError {
	if raw.Status == http.StatusFound {
		return &notice.SendError{Failing: notice.Limited, After: limitPause, Code: "HTTP 302", Detail: "the robot is blocked for a while after too many messages"}
	}
	if failed := notice.HTTPFailure(raw.Status, raw.RetryAfter(r.now())); failed != nil {
		return failed
	}
	got := &answer{}
	if err := raw.Decode(got); err != nil {
		return &notice.SendError{Failing: notice.Temporary, Code: fmt.Sprintf("HTTP %d", raw.Status), Detail: err.Error()}
	}
	if got.Code.OK() {
		return nil
	}
	failing, after, hint := got.meaning()
	return &notice.SendError{
		Failing: failing, After: after, Code: "errcode " + got.Code.String(),
		Detail: notice.Shorten(hint+got.Message, r.cfg.Token, r.cfg.Secret),
	}
}

// meaning knows the codes that people can do something about; all others are
// tried again. 130101 (https://github.com/ccfos/nightingale/issues/369), 90030 and
// 310000 are as operators report them; the others could not be compared with the
// documentation.
func (a *answer) meaning() (failing notice.Failing, after time.Duration, hint string) {
	switch {
	case !a.Code.Known && a.Status.Value == 1111:
		return notice.Limited, limitPause, "more than 20 messages within a minute"
	case !a.Code.Known:
		return notice.Temporary, 0, "the answer has no errcode"
	}
	switch a.Code.Value {
	case 130101, 410100, 90030:
		return notice.Limited, limitPause, "too many messages: "
	case 310000:
		return notice.Refused, 0, "the robot's security settings refuse it (加签, keywords or IP): "
	case 300001, 400013, 400101, 400102, 400106:
		return notice.Refused, 0, "the token is wrong, or the robot or its group is gone: "
	}
	return notice.Temporary, 0, ""
}

// Try asks whether the service answers; a token can only be tried by sending.
func (r *Robot) Try(ctx context.Context) (string, error) {
	if err := post.Reach(ctx, r.client, r.cfg.URL); err != nil {
		return "", err
	}
	return "the service answers; whether token and secret are good shows when something is sent", nil
}
