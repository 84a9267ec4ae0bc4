package feishu

import (
	"encoding/json"
	"errors"
	"fmt"
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

const (
	hook   = "b2c7-4d1e-hook"
	secret = "hunter2-feishu"
	stamp  = "1772431500"
	signed = "xiJKW/iS+mfGRCNB6+M3o+251ew/VrCv2YmOpm0YxJ8="
)

// service is 飞书 as its documentation describes it: it knows one hook and checks
// the signature, which was computed elsewhere, of one instant.
type service struct {
	*httptest.Server
	answer, reset string
	status        int
	sent          []message
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{answer: `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`, status: 200}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body message
	switch {
	case r.Method == http.MethodHead:
	case r.URL.Path != "/open-apis/bot/v2/hook/"+hook:
		fmt.Fprintf(w, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid %s"}`, r.URL.Path)
	case json.NewDecoder(r.Body).Decode(&body) != nil:
		fmt.Fprint(w, `{"code":9499,"msg":"Bad Request","data":{}}`)
	case body.Timestamp != stamp || body.Sign != signed:
		fmt.Fprintf(w, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time %s"}`, secret)
	default:
		s.sent = append(s.sent, body)
		w.Header().Set("X-Tt-Logid", "log7")
		w.Header().Set("X-Ogw-Ratelimit-Reset", s.reset)
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.answer)
	}
}

func (s *service) robot(t *testing.T, hook string) *Robot {
	t.Helper()
	client := post.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	r := New(Config{URL: s.URL, Hook: hook, Secret: secret}, client)
	r.now = func() time.Time { return time.Unix(1772431500, 999_000_000) }
	return r
}

func letter() notice.Letter {
	return notice.Letter{Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: "越界", Severity: "P1", Name: "李*"}}}
}

func wantFailure(t *testing.T, name string, err error, want notice.SendError) {
	t.Helper()
	got, ok := errors.AsType[*notice.SendError](err)
	if !ok || got.Failing != want.Failing || got.Code != want.Code || got.After != want.After || strings.Contains(err.Error(), hook) || strings.Contains(err.Error(), secret) {
		t.Errorf("%s: got %+v, want %+v", name, err, want)
	}
}

// The hook may be the whole address that the group's settings show.
func TestSend(t *testing.T) {
	for _, h := range []string{hook, DefaultURL + "/open-apis/bot/v2/hook/" + hook + "/"} {
		s := newService(t)
		receipt, err := s.robot(t, h).Send(t.Context(), letter())
		if err != nil || receipt != (notice.Receipt{Request: "log7", Answer: "code 0"}) {
			t.Fatalf("%+v, %v", receipt, err)
		}
		if got := s.sent[0]; got.MsgType != "text" || got.Content.Text != "[P1] 越界 · 李*\n编号 a1" {
			t.Errorf("sent %+v", got)
		}
	}
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		status        int
		answer, reset string
		want          notice.SendError
	}{
		"limit":         {200, `{"code":11232,"msg":"create message trigger frequency limit"}`, "", notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "code 11232"}},
		"limit, header": {429, `{"code":99991400,"msg":"request trigger frequency limit"}`, "52", notice.SendError{Failing: notice.Limited, After: 52 * time.Second, Code: "code 99991400"}},
		"limit, old":    {400, `{"code":"99991400"}`, "52", notice.SendError{Failing: notice.Limited, After: 52 * time.Second, Code: "code 99991400"}},
		"limit, bare":   {429, ``, "", notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "HTTP 429"}},
		"too many":      {200, `{"code":9499,"msg":"too many request"}`, "", notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "code 9499"}},
		"malformed":     {200, `{"code":9499,"msg":"Bad Request"}`, "", notice.SendError{Failing: notice.Refused, Code: "code 9499"}},
		"keywords":      {200, `{"code":19024,"msg":"Key Words Not Found"}`, "", notice.SendError{Failing: notice.Refused, Code: "code 19024"}},
		"address":       {200, `{"code":19022,"msg":"Ip Not Allowed"}`, "", notice.SendError{Failing: notice.Refused, Code: "code 19022"}},
		"unknown":       {200, `{"code":7,"msg":"` + secret + `"}`, "", notice.SendError{Code: "code 7"}},
		"no code":       {200, `{"StatusCode":0}`, "", notice.SendError{Code: "code missing"}},
		"page":          {200, `<html>`, "", notice.SendError{Code: "HTTP 200"}},
		"huge":          {200, strings.Repeat(" ", 100_000) + `{"code":0}`, "", notice.SendError{Code: "HTTP 200"}},
		"out of order":  {500, `{"code":0}`, "", notice.SendError{Code: "HTTP 500"}},
		"not found":     {404, `404 page not found`, "", notice.SendError{Failing: notice.Refused, Code: "HTTP 404"}},
	} {
		s := newService(t)
		s.status, s.answer, s.reset = tc.status, tc.answer, tc.reset
		_, err := s.robot(t, hook).Send(t.Context(), letter())
		wantFailure(t, name, err, tc.want)
	}
}

func TestSecrets(t *testing.T) {
	s := newService(t)
	_, err := s.robot(t, "wrong-hook").Send(t.Context(), letter())
	wantFailure(t, "hook", err, notice.SendError{Failing: notice.Refused, Code: "code 19001"})
	if strings.Contains(err.Error(), "wrong-hook") {
		t.Error(err)
	}
	r := s.robot(t, hook)
	r.now = time.Now
	_, err = r.Send(t.Context(), letter())
	wantFailure(t, "signature", err, notice.SendError{Failing: notice.Refused, Code: "code 19021"})
}

func TestPaceAndReach(t *testing.T) {
	s := newService(t)
	r := s.robot(t, hook)
	if _, err := r.Try(t.Context()); err != nil || len(s.sent) != 0 {
		t.Errorf("%d sent, %v", len(s.sent), err)
	}
	for range mostSecond {
		if _, err := r.Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Send(t.Context(), letter())
	wantFailure(t, "6th", err, notice.SendError{Failing: notice.Limited, After: time.Second, Code: "pace"})
	s.Close()
	if _, err := r.Try(t.Context()); err == nil {
		t.Error("nobody answers, and it is well")
	}
	_, err = s.robot(t, hook).Send(t.Context(), letter())
	wantFailure(t, "gone", err, notice.SendError{Code: "no answer"})
	if (&Config{}).Check() != nil || (&Config{URL: "http://h"}).Check() == nil {
		t.Error("check")
	}
}

// Only a zero code with a 2xx is a success.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"code":0}`, `{"code":"0"}`, `{"StatusCode":0}`, `{"code":0,"code":1}`, `{`, `null`} {
		f.Add(200, seed)
	}
	r := New(Config{}, nil)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if r.judge(&post.Answer{Status: status, Body: []byte(body)}) == nil && (status/100 != 2 || !strings.Contains(body, "0")) {
			t.Errorf("HTTP %d %q passes for a success", status, body)
		}
	})
}

func TestComplete(t *testing.T) {
	if (&Config{Hook: hook}).Complete() == nil || (&Config{Secret: secret}).Complete() == nil || (&Config{Hook: hook, Secret: secret}).Complete() != nil {
		t.Error("hook and secret are needed, and nothing else")
	}
}
