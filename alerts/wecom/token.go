package wecom

import (
	"context"
	"net/url"
	"sync"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

// maxMargin is how long before its end a token is no longer used.
const maxMargin = 5 * time.Minute

// tokens keeps the application's access token. It lasts as long as the answer
// says, may become invalid sooner, and must not be asked for often
// (https://developer.work.weixin.qq.com/document/path/91039): so however many
// letters wait for one, one request is under way.
type tokens struct {
	base
	mu     sync.Mutex
	token  string
	until  time.Time
	flight *flight
}

// flight is a request for a token that is under way; done closes when it ends.
type flight struct {
	done   chan struct{}
	token  string
	failed *notice.SendError
}

// get returns a token other than the stale one, unless the service insists.
func (t *tokens) get(ctx context.Context, stale string) (string, *notice.SendError) {
	t.mu.Lock()
	if t.token != "" && t.token != stale && t.now().Before(t.until) {
		defer t.mu.Unlock()
		return t.token, nil
	}
	f := t.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		t.flight = f
		go t.land(context.WithoutCancel(ctx), f) // whoever gives up must not fail the others
	}
	t.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.failed
	case <-ctx.Done():
		return "", notice.Unreached(ctx.Err())
	}
}

func (t *tokens) land(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, post.Timeout)
	defer cancel()
	got, failed := t.fetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flight = nil
	f.failed = failed
	if failed == nil {
		life := time.Duration(got.ExpiresIn) * time.Second
		f.token, t.token, t.until = got.Token, got.Token, t.now().Add(life-min(maxMargin, life/2))
	}
	close(f.done)
}

func (t *tokens) fetch(ctx context.Context) (*answer, *notice.SendError) {
	query := url.Values{"corpid": {t.cfg.CorpID}, "corpsecret": {t.cfg.Secret}}
	raw, err := post.Get(ctx, t.client, t.cfg.URL+"/cgi-bin/gettoken?"+query.Encode())
	if err != nil {
		return nil, notice.Unreached(err)
	}
	got, failed := read(&raw, t.now())
	if failed != nil {
		return nil, failed
	}
	if failed := got.failure(t.cfg.Secret); failed != nil {
		return nil, failed
	}
	if got.Token == "" {
		return nil, &notice.SendError{Failing: notice.Temporary, Code: "errcode 0", Detail: "the answer has no access_token"}
	}
	return got, nil
}
