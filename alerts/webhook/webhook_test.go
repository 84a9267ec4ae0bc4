package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "hunter2-of-the-hook"

func letter() notice.Letter {
	return notice.Letter{Key: "a1/0/钩子/F1\r\nX: y", To: "F1", Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: "越界", Severity: "P1"}}}
}

// hook is a channel to a receiver that verifies as the documentation tells it to.
func hook(t *testing.T, handler http.HandlerFunc) *Channel {
	t.Helper()
	s := httptest.NewServer(handler)
	client := post.NewClient(nil)
	t.Cleanup(func() { client.CloseIdleConnections(); s.Close() })
	c := New(Config{URL: s.URL + "/notify", Secret: secret}, client)
	c.now = func() time.Time { return time.Unix(1772431500, 0) }
	return c
}

func TestSend(t *testing.T) {
	var problem, key string
	c := hook(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key = r.Header.Get(KeyHeader)
		if want := "sha256=" + Sign(secret, "1772431500", body); r.Header.Get(SignatureHeader) != want || r.Header.Get(TimestampHeader) != "1772431500" {
			problem = "signature"
		}
		if !strings.Contains(string(body), `"alert":"a1"`) || r.Header.Get("X") != "" {
			problem = "body or headers"
		}
		w.Header().Set("X-Request-Id", "r7")
		w.WriteHeader(http.StatusAccepted)
	})
	receipt, err := c.Send(t.Context(), letter())
	if err != nil || problem != "" || receipt != (notice.Receipt{Request: "r7", Answer: "HTTP 202"}) {
		t.Errorf("%+v, %v, wrong: %q", receipt, err, problem)
	}
	if key != "a1/0/%E9%92%A9%E5%AD%90/F1%0D%0AX:%20y" {
		t.Errorf("key %q", key)
	}
}

// A signature computed elsewhere: printf '1.{}' | openssl dgst -sha256 -hmac s.
func TestSign(t *testing.T) {
	if got := Sign("s", "1", []byte("{}")); got != "b253639bcd705ed1cda3073f66104f16988bd40272584dea7d0d345ae93e61cc" {
		t.Error(got)
	}
}

func TestFailures(t *testing.T) {
	for status, want := range map[int]notice.SendError{
		http.StatusFound:              {Failing: notice.Refused, Code: "HTTP 302"},
		http.StatusUnauthorized:       {Failing: notice.Refused, Code: "HTTP 401"},
		http.StatusTooManyRequests:    {Failing: notice.Limited, Code: "HTTP 429", After: 30 * time.Second},
		http.StatusServiceUnavailable: {Failing: notice.Temporary, Code: "HTTP 503", After: 30 * time.Second},
	} {
		c := hook(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			if status != http.StatusFound {
				w.Header().Set("Retry-After", "30")
			}
			w.WriteHeader(status)
			fmt.Fprint(w, r.Header.Get(SignatureHeader), secret)
		})
		_, err := c.Send(t.Context(), letter())
		failed, ok := errors.AsType[*notice.SendError](err)
		if !ok || failed.Failing != want.Failing || failed.Code != want.Code || failed.After != want.After || strings.Contains(err.Error(), secret) {
			t.Errorf("%d: %+v", status, err)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	slow := hook(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	gone := New(Config{URL: "http://127.0.0.1:1/", Secret: secret}, post.NewClient(nil))
	for i, send := range []func() (notice.Receipt, error){
		func() (notice.Receipt, error) { return slow.Send(ctx, letter()) },
		func() (notice.Receipt, error) { return gone.Send(t.Context(), letter()) },
	} {
		_, err := send()
		if failed, ok := errors.AsType[*notice.SendError](err); !ok || failed.Failing != notice.Temporary {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestTryAndCheck(t *testing.T) {
	c := hook(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			t.Error("something is sent")
		}
	})
	if _, err := c.Try(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := New(Config{URL: "http://127.0.0.1:1/"}, post.NewClient(nil)).Try(t.Context()); err == nil {
		t.Error("nobody answers, and it is well")
	}
	for raw, ok := range map[string]bool{"https://h/": true, "http://h/": false, "": false} {
		if err := (&Config{URL: raw}).Check(); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestComplete(t *testing.T) {
	if (&Config{}).Complete() == nil || (&Config{Secret: secret}).Complete() != nil {
		t.Error("a secret is needed, and nothing else")
	}
}
