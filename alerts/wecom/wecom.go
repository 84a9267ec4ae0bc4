// Package wecom sends notices through 企业微信: to a member by an application's
// message, or into a group by its robot. Success is HTTP 200 with errcode 0 and
// nobody among the invalid recipients.
//
// Error codes: https://developer.work.weixin.qq.com/document/path/90455 (whose
// advice is to judge by errcode, never by errmsg).
package wecom

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// DefaultURL is the public service. 政务微信 and other installations of an
// organisation's own have the same interface elsewhere.
const DefaultURL = "https://qyapi.weixin.qq.com"

// maxText is how long a text may be, in bytes; more is cut off by the receiver.
// Application: https://developer.work.weixin.qq.com/document/path/90236, robot:
// https://developer.work.weixin.qq.com/document/path/91770.
const maxText = 2048

// Pauses after a limit is reached: what blocks by the minute blocks for 60 s
// (https://developer.work.weixin.qq.com/document/path/90454, at the end, of which
// only the edition for third-party applications could be read). The
// sender's own pauses grow beyond that when the limit was that of an hour.
const (
	limitPause = time.Minute
	crowdPause = 10 * time.Second
)

// Config is what a channel needs: an application (corp_id, agent_id, secret), or
// the key of a group's robot.
type Config struct {
	URL          string `yaml:"url"`
	CorpID       string `yaml:"corp_id"`
	AgentID      int    `yaml:"agent_id"`
	SecretFile   string `yaml:"secret_file" secret:"Secret"`
	Secret       string `yaml:"-"`
	To           string `yaml:"to"` // fixed member: for duty accounts
	RobotKeyFile string `yaml:"robot_key_file" secret:"RobotKey"`
	RobotKey     string `yaml:"-"` // or the whole address that 企业微信 shows
	CAFile       string `yaml:"ca_file"`
}

// IsRobot reports whether the channel is a group's robot: everything else is empty.
func (c *Config) IsRobot() bool { return c.CorpID == "" && c.AgentID == 0 && c.SecretFile == "" }

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	if err := post.CheckURL(cmp.Or(c.URL, DefaultURL), false); err != nil {
		return err
	}
	switch {
	case c.IsRobot() && c.To != "":
		return errors.New("to: a robot writes to its group; remove it")
	case c.IsRobot():
		return nil
	case c.RobotKeyFile != "":
		return errors.New("robot_key_file: is for a group's robot, corp_id, agent_id and secret_file for an application; give one or the other")
	case c.CorpID == "":
		return errors.New("corp_id: is empty; the administration shows it under 我的企业")
	case c.AgentID <= 0:
		return errors.New("agent_id: is not a number above 0; the application's page shows it")
	}
	return nil
}

// Complete reports a missing secret.
func (c *Config) Complete() error {
	switch {
	case c.IsRobot() && c.RobotKey == "":
		return errors.New("robot_key_file: there is no robot's key, and no application (corp_id, agent_id, secret_file) instead")
	case !c.IsRobot() && c.Secret == "":
		return errors.New("secret_file: there is no secret of the application")
	}
	return nil
}

// answer is what every call returns, with the fields of the calls we make.
type answer struct {
	Code        post.Code `json:"errcode"`
	Message     string    `json:"errmsg"`
	Token       string    `json:"access_token"`
	ExpiresIn   int64     `json:"expires_in"` // seconds
	ID          string    `json:"msgid"`
	InvalidUser string    `json:"invaliduser"`
	Unlicensed  string    `json:"unlicenseduser"`
}

// read judges the HTTP side of an answer and decodes it.
func read(a *post.Answer, now time.Time) (*answer, *notice.SendError) {
	if failed := notice.HTTPFailure(a.Status, a.RetryAfter(now)); failed != nil {
		return nil, failed
	}
	got := &answer{}
	if err := a.Decode(got); err != nil {
		return nil, &notice.SendError{Failing: notice.Temporary, Code: fmt.Sprintf("HTTP %d", a.Status), Detail: err.Error()}
	}
	return got, nil
}

// failure says what an error code means for the letter; nil: there is none.
func (a *answer) failure(hidden ...string) *notice.SendError {
	if a.Code.OK() {
		return nil
	}
	failing, after, hint := meaning(a.Code.Value)
	if !a.Code.Known {
		failing, after, hint = notice.Temporary, 0, "the answer has no errcode"
	}
	return &notice.SendError{
		Failing: failing, After: after, Code: "errcode " + a.Code.String(),
		Detail: notice.Shorten(hint+a.Message, hidden...),
	}
}

// meaning knows the codes that people can do something about. All others are
// tried again: a transient one that is given up would cost a notice. The end of
// the table, from 45033 on, could not be compared with the documentation.
func meaning(code int) (failing notice.Failing, after time.Duration, hint string) {
	switch code {
	case 45009: // 接口调用超过限制
		return notice.Limited, limitPause, "too many calls: "
	case 45033: // 接口并发调用超过限制
		return notice.Limited, crowdPause, "too many calls at once: "
	case 60020: // 访问ip不在白名单之中
		return notice.Refused, 0, "this machine's address is not among the application's trusted IPs (企业可信IP): "
	case 40003, 40031, 60111, 81013: // 无效的UserID, UserID不存在, 全部非法
		return notice.Refused, 0, "no such member, or outside the application's visible range (可见范围): "
	case 40001, 40013, 40091: // secret, CorpID
		return notice.Refused, 0, "corp_id or secret is wrong: "
	case 40056, 301002, 48002: // agentid, 无权限操作指定的应用, API 禁止
		return notice.Refused, 0, "agent_id is wrong, or the application may not send: "
	case 93000, 93004, 93008: // 机器人webhookurl不合法, 机器人被停用, 不在群里
		return notice.Refused, 0, "the robot's key is wrong, or the robot was removed: "
	}
	return notice.Temporary, 0, ""
}

// staleToken reports codes after which a new access token helps.
func staleToken(code post.Code) bool {
	return code.Known && (code.Value == 40014 || code.Value == 42001 || code.Value == 40001)
}

// base is what both ways of sending have.
type base struct {
	cfg    Config
	client *http.Client
	now    func() time.Time
}

func newBase(c Config, client *http.Client) base {
	c.URL = cmp.Or(c.URL, DefaultURL)
	return base{cfg: c, client: client, now: time.Now}
}
