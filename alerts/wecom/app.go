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

// A member gets 30 messages of an application in a minute; what is more is dropped
// without an error (https://developer.work.weixin.qq.com/document/path/90236).
const memberMinute = 30

// repeatWindow is for how long the receiver drops the same request, in seconds:
// as long as an attempt whose answer was lost may be repeated, and shorter than
// the half hour after which an unacknowledged alert is announced again
// (enable_duplicate_check, https://developer.work.weixin.qq.com/document/path/90236).
const repeatWindow = 600

// App sends messages of an application to members.
type App struct {
	base
	tokens *tokens
	pace   *notice.Pace
}

// NewApp makes a channel of a checked configuration with its secret.
func NewApp(c Config, client *http.Client) *App {
	b := newBase(c, client)
	return &App{base: b, tokens: &tokens{base: b}, pace: notice.NewPace(memberMinute, time.Minute)}
}

type appText struct {
	ToUser         string  `json:"touser"`
	MsgType        string  `json:"msgtype"`
	AgentID        int     `json:"agentid"`
	Text           content `json:"text"`
	CheckDuplicate int     `json:"enable_duplicate_check"`
	RepeatWindow   int     `json:"duplicate_check_interval"`
}

type content struct {
	Content string `json:"content"`
}

// Send sends the letter to one member. When the service calls the access token
// invalid, which it may do at any time, a new one is tried once.
func (a *App) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	if a.cfg.To != "" {
		l.To = a.cfg.To
	}
	// A bar separates members and @all is everybody.
	if l.To == "" || strings.ContainsAny(l.To, "|@") {
		return notice.Receipt{}, notice.Undeliverable("no recipient", "the officer has no member account for this channel, or not just one")
	}
	token, failed := a.tokens.get(ctx, "")
	if failed == nil {
		failed = a.pace.Book(strings.ToLower(l.To), a.now())
	}
	if failed != nil {
		return notice.Receipt{}, failed
	}
	got, failed := a.post(ctx, token, &l)
	if failed == nil && staleToken(got.Code) {
		fresh, notGiven := a.tokens.get(ctx, token)
		if notGiven != nil {
			return notice.Receipt{}, notGiven
		}
		token = fresh
		got, failed = a.post(ctx, fresh, &l)
	}
	if failed != nil {
		return notice.Receipt{}, failed
	}
	return a.receipt(got, token, l.To)
}

func (a *App) post(ctx context.Context, token string, l *notice.Letter) (*answer, *notice.SendError) {
	raw, err := post.JSON(ctx, a.client, a.cfg.URL+"/cgi-bin/message/send?"+url.Values{"access_token": {token}}.Encode(), appText{
		ToUser: l.To, MsgType: "text", AgentID: a.cfg.AgentID, Text: content{l.Text(maxText)},
		CheckDuplicate: 1, RepeatWindow: repeatWindow,
	})
	if err != nil {
		return nil, notice.Unreached(err)
	}
	return read(&raw, a.now())
}

// receipt takes a person among the invalid ones for a failure, although the
// service calls such an answer ok when it names others, too.
func (a *App) receipt(got *answer, token, to string) (notice.Receipt, error) {
	if staleToken(got.Code) {
		return notice.Receipt{}, &notice.SendError{
			Failing: notice.Temporary, Code: "errcode " + got.Code.String(), Detail: "the service takes no access token, not even a new one",
		}
	}
	if failed := got.failure(a.cfg.Secret, token, to); failed != nil {
		return notice.Receipt{}, failed
	}
	if got.InvalidUser != "" {
		return notice.Receipt{}, notice.Undeliverable("invaliduser", "no such member, or outside the application's visible range (可见范围)")
	}
	if got.Unlicensed != "" {
		return notice.Receipt{}, notice.Undeliverable("unlicenseduser", "the member has no licence for the interface (基础接口许可)")
	}
	return notice.Receipt{Request: notice.Shorten(got.ID), Answer: "errcode 0"}, nil
}

// Try asks for an access token, which shows that corp_id and secret are right.
// Whether this machine's address is trusted shows with the first message only.
func (a *App) Try(ctx context.Context) (string, error) {
	if _, failed := a.tokens.get(ctx, ""); failed != nil {
		return "", failed
	}
	return "corp_id and secret are good for an access token", nil
}
