package wecom

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/alerts/notice"
)

// wantFailure compares what a failure means, and that it holds no secret.
func wantFailure(t *testing.T, name string, err error, want notice.SendError) {
	t.Helper()
	got, ok := errors.AsType[*notice.SendError](err)
	if !ok || got.Failing != want.Failing || got.Code != want.Code || got.After != want.After || !strings.Contains(got.Detail, want.Detail) {
		t.Errorf("%s: got %+v, want %+v", name, err, want)
		return
	}
	for _, hidden := range []string{secret, robotKey, "token0000", "zhangsan"} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %s is in %v", name, hidden, err)
		}
	}
}

func TestAppSend(t *testing.T) {
	s := newService(t)
	receipt, err := s.app(t).Send(t.Context(), letter("zhangsan"))
	if err != nil || receipt != (notice.Receipt{Request: "m7", Answer: "errcode 0"}) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	got := s.sent[0]
	text := got["text"].(map[string]any)["content"]
	if got["touser"] != "zhangsan" || got["msgtype"] != "text" || got["agentid"] != 1000002.0 || got["enable_duplicate_check"] != 1.0 || text != "[P1] 越界 · 李*\n编号 a1" {
		t.Errorf("sent %v", got)
	}
}

func TestAppFixedMember(t *testing.T) {
	s := newService(t)
	a := s.app(t)
	a.cfg.To = "duty"
	if _, err := a.Send(t.Context(), letter("")); err != nil || s.sent[0]["touser"] != "duty" {
		t.Errorf("%v, sent %v", err, s.sent)
	}
}

// 200 is no success: each code means what the service's table says.
func TestAppAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		answer string
		want   notice.SendError
	}{
		"limit":            {200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "errcode 45009", Detail: "too many"}},
		"limit as string":  {200, `{"errcode":"45009"}`, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "errcode 45009"}},
		"crowd":            {200, `{"errcode":45033}`, notice.SendError{Failing: notice.Limited, After: 10 * time.Second, Code: "errcode 45033"}},
		"address":          {200, `{"errcode":60020,"errmsg":"not allow to access from your ip, from ip: 1.2.3.4"}`, notice.SendError{Failing: notice.Refused, Code: "errcode 60020", Detail: "1.2.3.4"}},
		"nobody":           {200, `{"errcode":81013,"errmsg":"user & party & tag all invalid","invaliduser":"zhangsan"}`, notice.SendError{Failing: notice.Refused, Code: "errcode 81013", Detail: "可见范围"}},
		"bad member":       {200, `{"errcode":40003,"errmsg":"invalid userid zhangsan"}`, notice.SendError{Failing: notice.Refused, Code: "errcode 40003", Detail: "userid ***"}},
		"partly invalid":   {200, `{"errcode":0,"errmsg":"ok","invaliduser":"zhangsan"}`, notice.SendError{Failing: notice.Refused, Code: "invaliduser"}},
		"unlicensed":       {200, `{"errcode":0,"errmsg":"ok","unlicenseduser":"zhangsan"}`, notice.SendError{Failing: notice.Refused, Code: "unlicenseduser"}},
		"agent":            {200, `{"errcode":40056}`, notice.SendError{Failing: notice.Refused, Code: "errcode 40056", Detail: "agent_id"}},
		"busy":             {200, `{"errcode":-1,"errmsg":"system busy"}`, notice.SendError{Code: "errcode -1", Detail: "system busy"}},
		"unknown":          {200, `{"errcode":99999,"errmsg":"token0000001 ` + secret + `"}`, notice.SendError{Code: "errcode 99999", Detail: "*** ***"}},
		"no code":          {200, `{"errmsg":"ok"}`, notice.SendError{Code: "errcode missing", Detail: "no errcode"}},
		"null":             {200, `{"errcode":null,"errmsg":"ok"}`, notice.SendError{Code: "errcode missing"}},
		"a word":           {200, `{"errcode":"ok"}`, notice.SendError{Code: "errcode missing"}},
		"a page":           {200, `<html>login</html>`, notice.SendError{Code: "HTTP 200", Detail: "not the JSON"}},
		"truncated":        {200, `{"errcode":0,"errm`, notice.SendError{Code: "HTTP 200"}},
		"huge":             {200, `{"errcode":0,"errmsg":"` + strings.Repeat("x", 100_000) + `"}`, notice.SendError{Code: "HTTP 200", Detail: "too long"}},
		"out of order":     {502, `{"errcode":0}`, notice.SendError{Code: "HTTP 502"}},
		"redirected":       {301, `{"errcode":0}`, notice.SendError{Failing: notice.Refused, Code: "HTTP 301"}},
		"invalid for ever": {200, `{"errcode":40014}`, notice.SendError{Code: "errcode 40014", Detail: "not even a new one"}},
	} {
		s := newService(t)
		s.status, s.answer = tc.status, tc.answer
		_, err := s.app(t).Send(t.Context(), letter("zhangsan"))
		wantFailure(t, name, err, tc.want)
	}
}

func TestAppRecipients(t *testing.T) {
	for _, to := range []string{"", "@all", "a|b"} {
		s := newService(t)
		_, err := s.app(t).Send(t.Context(), letter(to))
		wantFailure(t, to, err, notice.SendError{Failing: notice.Refused, Code: "no recipient"})
		if s.tokens != 0 {
			t.Errorf("%q: something is asked for", to)
		}
	}
}

// A token serves until shortly before it expires, and is replaced when the
// service takes it back sooner.
func TestTokenLife(t *testing.T) {
	s := newService(t)
	a := s.app(t)
	start := a.now()
	for _, tc := range []struct {
		at      time.Duration
		rotated bool
		tokens  int // requests so far
	}{{0, false, 1}, {time.Hour, false, 1}, {114 * time.Minute, false, 1}, {115 * time.Minute, false, 2}, {116 * time.Minute, true, 3}, {117 * time.Minute, false, 3}} {
		if tc.rotated {
			s.serial++
		}
		at(a, start.Add(tc.at))
		if _, err := a.Send(t.Context(), letter("zhangsan")); err != nil || s.tokens != tc.tokens {
			t.Errorf("%s: %d requests for a token, want %d; %v", tc.at, s.tokens, tc.tokens, err)
		}
	}
}

func TestTokenWithoutLife(t *testing.T) {
	s := newService(t)
	s.expires = 0
	a := s.app(t)
	for want := 1; want <= 2; want++ {
		if _, err := a.Send(t.Context(), letter("zhangsan")); err != nil || s.tokens != want {
			t.Errorf("%d requests, %v", s.tokens, err)
		}
	}
}

func TestTokenFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		answer string
		want   notice.SendError
	}{
		"secret":   {`{"errcode":40001,"errmsg":"` + secret + `"}`, notice.SendError{Failing: notice.Refused, Code: "errcode 40001", Detail: "secret is wrong"}},
		"limit":    {`{"errcode":45009}`, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "errcode 45009"}},
		"no token": {`{"errcode":0,"expires_in":7200}`, notice.SendError{Code: "errcode 0", Detail: "no access_token"}},
		"garbage":  {`???`, notice.SendError{Code: "HTTP 200"}},
	} {
		s := newService(t)
		s.tokenNow = tc.answer
		a := s.app(t)
		_, err := a.Send(t.Context(), letter("zhangsan"))
		wantFailure(t, name, err, tc.want)
		if _, err := a.Try(t.Context()); err == nil {
			t.Errorf("%s: it is well", name)
		}
	}
}

// However many letters wait, one request for a token is under way; whoever stops
// waiting does not end it.
func TestTokenSingleFlight(t *testing.T) {
	s := newService(t)
	s.gate = make(chan struct{})
	a := s.app(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := a.Send(ctx, letter("zhangsan")); first <- err }()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := a.Send(t.Context(), letter("lisi")); err != nil {
				t.Error(err)
			}
		})
	}
	cancel()
	wantFailure(t, "cancelled", <-first, notice.SendError{Code: "no answer", Detail: "canceled"})
	close(s.gate)
	all.Wait()
	if s.tokens != 1 || len(s.sent) != 8 {
		t.Errorf("%d requests for a token, %d messages", s.tokens, len(s.sent))
	}
}

// What goes to one member beyond 30 a minute would vanish without an error.
func TestAppPace(t *testing.T) {
	s := newService(t)
	a := s.app(t)
	for range memberMinute {
		if _, err := a.Send(t.Context(), letter("ZhangSan")); err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.Send(t.Context(), letter("zhangsan"))
	wantFailure(t, "31st", err, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "pace"})
	if _, err := a.Send(t.Context(), letter("lisi")); err != nil || len(s.sent) != memberMinute+1 {
		t.Errorf("%d sent, %v", len(s.sent), err)
	}
}

func TestAppUnreached(t *testing.T) {
	s := newService(t)
	a := s.app(t)
	if _, err := a.Try(t.Context()); err != nil || len(s.sent) != 0 {
		t.Errorf("%d sent, %v", len(s.sent), err)
	}
	s.Close()
	_, err := a.Send(t.Context(), letter("zhangsan"))
	wantFailure(t, "message", err, notice.SendError{Code: "no answer", Detail: ""})
	a.tokens.token = ""
	_, err = a.Send(t.Context(), letter("zhangsan"))
	wantFailure(t, "token", err, notice.SendError{Code: "no answer", Detail: ""})
}
