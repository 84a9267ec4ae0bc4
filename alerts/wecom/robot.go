package wecom

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// Robot writes into the group it was added to, at most 20 messages a minute
// (https://developer.work.weixin.qq.com/document/path/91770, as others quote it).
type Robot struct {
	base
	pace *notice.Pace
}

const robotMinute = 20

// NewRobot makes a channel of a checked configuration with the robot's key, or
// the whole address that contains it.
func NewRobot(c Config, client *http.Client) *Robot {
	if u, err := url.Parse(c.RobotKey); err == nil && strings.Contains(c.RobotKey, "key=") {
		c.RobotKey = u.Query().Get("key")
	}
	return &Robot{newBase(c, client), notice.NewPace(robotMinute, time.Minute)}
}

type robotText struct {
	MsgType string  `json:"msgtype"`
	Text    content `json:"text"`
}

// Send writes the letter into the group.
func (r *Robot) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	if early := r.pace.Book("", r.now()); early != nil {
		return notice.Receipt{}, early
	}
	address := r.cfg.URL + "/cgi-bin/webhook/send?" + url.Values{"key": {r.cfg.RobotKey}}.Encode()
	raw, err := post.JSON(ctx, r.client, address, robotText{"text", content{l.Text(maxText)}})
	if err != nil {
		return notice.Receipt{}, notice.Unreached(err)
	}
	got, failed := read(&raw, r.now())
	if failed == nil {
		failed = got.failure(r.cfg.RobotKey)
	}
	if failed != nil {
		return notice.Receipt{}, failed
	}
	return notice.Receipt{Answer: "errcode 0"}, nil
}

// Try asks whether the service answers; a key can only be tried by sending.
func (r *Robot) Try(ctx context.Context) (string, error) {
	if err := post.Reach(ctx, r.client, r.cfg.URL); err != nil {
		return "", err
	}
	return "the service answers; whether the key is good shows when something is sent", nil
}
