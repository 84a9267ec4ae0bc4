package dingtalk

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
	token  = "566cc69da782ec33"
	secret = "SEChunter2"
	stamp  = "1772431500123"
	signed = "z26uBnVDPgfEY6wGTECYAt4FSTig4eR9ko9rAnstyco="
)

// service is 钉钉 as its documentation describes it: it knows one token and checks
// the signature, which was computed elsewhere, of one instant.
type service struct {
	*httptest.Server
	answer string
	status int
	sent   []map[string]any
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{answer: `{"errcode":0,"errmsg":"ok"}`, status: 200}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodHead:
	case r.URL.Path != "/robot/send" || q.Get("access_token") != token:
		fmt.Fprintf(w, `{"errcode":300001,"errmsg":"token is not exist %s"}`, q.Get("access_token"))
	case q.Get("timestamp") != stamp || q.Get("sign") != signed:
		fmt.Fprintf(w, `{"errcode":310000,"errmsg":"sign not match %s"}`, secret)
	case json.NewDecoder(r.Body).Decode(&body) != nil:
		fmt.Fprint(w, `{"errcode":40035,"errmsg":"缺少参数 json"}`)
	default:
		s.sent = append(s.sent, body)
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.answer)
	}
}

func (s *service) robot(t *testing.T, tok, sec string) *Robot {
	t.Helper()
	client := post.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	r := New(Config{URL: s.URL, Token: tok, Secret: sec}, client)
	r.now = func() time.Time { return time.UnixMilli(1772431500123) }
	return r
}

func letter() notice.Letter {
	return notice.Letter{Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: "越界", Severity: "P1", Name: "李*"}}}
}

func wantFailure(t *testing.T, name string, err error, want notice.SendError) {
	t.Helper()
	got, ok := errors.AsType[*notice.SendError](err)
	if !ok || got.Failing != want.Failing || got.Code != want.Code || got.After != want.After || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), secret) {
		t.Errorf("%s: got %+v, want %+v", name, err, want)
	}
}

// The token may be the whole address that the group's settings show.
func TestSend(t *testing.T) {
	for _, tok := range []string{token, DefaultURL + "/robot/send?access_token=" + token} {
		s := newService(t)
		receipt, err := s.robot(t, tok, secret).Send(t.Context(), letter())
		if err != nil || receipt != (notice.Receipt{Answer: "errcode 0"}) {
			t.Fatalf("%+v, %v", receipt, err)
		}
		if text := s.sent[0]["text"].(map[string]any)["content"]; s.sent[0]["msgtype"] != "text" || text != "[P1] 越界 · 李*\n编号 a1" {
			t.Errorf("sent %v", s.sent[0])
		}
	}
}

func TestAnswers(t *testing.T) {
	limited := func(code string) notice.SendError {
		return notice.SendError{Failing: notice.Limited, After: 10 * time.Minute, Code: code}
	}
	for name, tc := range map[string]struct {
		status int
		answer string
		want   notice.SendError
	}{
		"too fast":       {200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, limited("errcode 130101")},
		"too fast, word": {200, `{"errcode":"130101"}`, limited("errcode 130101")},
		"over limit":     {200, `{"errcode":90030,"errmsg":"webhook over limit"}`, limited("errcode 90030")},
		"entrance":       {200, `{"status":1111,"wait":5,"source":"x5","punish":"deny"}`, limited("errcode missing")},
		"blocked":        {302, ``, limited("HTTP 302")},
		"keywords":       {200, `{"errcode":310000,"errmsg":"keywords not in content"}`, notice.SendError{Failing: notice.Refused, Code: "errcode 310000"}},
		"busy":           {200, `{"errcode":-1,"errmsg":"系统繁忙"}`, notice.SendError{Code: "errcode -1"}},
		"unknown":        {200, `{"errcode":7,"errmsg":"` + token + `"}`, notice.SendError{Code: "errcode 7"}},
		"no code":        {200, `{"errmsg":"ok"}`, notice.SendError{Code: "errcode missing"}},
		"page":           {200, `<html>`, notice.SendError{Code: "HTTP 200"}},
		"huge":           {200, strings.Repeat(" ", 100_000) + `{"errcode":0}`, notice.SendError{Code: "HTTP 200"}},
		"out of order":   {500, `{"errcode":0}`, notice.SendError{Code: "HTTP 500"}},
		"forbidden":      {403, ``, notice.SendError{Failing: notice.Refused, Code: "HTTP 403"}},
	} {
		s := newService(t)
		s.status, s.answer = tc.status, tc.answer
		_, err := s.robot(t, token, secret).Send(t.Context(), letter())
		wantFailure(t, name, err, tc.want)
	}
}

func TestSecrets(t *testing.T) {
	s := newService(t)
	_, err := s.robot(t, "wrong-token", secret).Send(t.Context(), letter())
	wantFailure(t, "token", err, notice.SendError{Failing: notice.Refused, Code: "errcode 300001"})
	if strings.Contains(err.Error(), "wrong-token") {
		t.Error(err)
	}
	r := s.robot(t, token, secret)
	r.now = time.Now
	_, err = r.Send(t.Context(), letter())
	wantFailure(t, "signature", err, notice.SendError{Failing: notice.Refused, Code: "errcode 310000"})
}

func TestPaceAndReach(t *testing.T) {
	s := newService(t)
	r := s.robot(t, token, secret)
	if _, err := r.Try(t.Context()); err != nil || len(s.sent) != 0 {
		t.Errorf("%d sent, %v", len(s.sent), err)
	}
	for range mostMinute {
		if _, err := r.Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Send(t.Context(), letter())
	wantFailure(t, "21st", err, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "pace"})
	s.Close()
	if _, err := r.Try(t.Context()); err == nil {
		t.Error("nobody answers, and it is well")
	}
	_, err = s.robot(t, token, secret).Send(t.Context(), letter())
	wantFailure(t, "gone", err, notice.SendError{Code: "no answer"})
	if (&Config{}).Check() != nil || (&Config{URL: "http://h"}).Check() == nil {
		t.Error("check")
	}
}

// Only a zero errcode with a 2xx is a success.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"errcode":0}`, `{"errcode":"0"}`, `{"status":1111}`, `{"errcode":0,"errcode":1}`, `{`, `null`} {
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
	if (&Config{Token: token}).Complete() == nil || (&Config{Secret: secret}).Complete() == nil || (&Config{Token: token, Secret: secret}).Complete() != nil {
		t.Error("token and secret are needed, and nothing else")
	}
}
