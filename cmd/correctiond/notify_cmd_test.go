package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// notified runs notify test against a webhook and a short message gateway.
func notified(t *testing.T, handler http.HandlerFunc, argv ...string) outcome {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	text := fmt.Sprintf(`
language: en
alerts:
  channels:
    - {name: hook, kind: webhook, url: %q, secret_file: %q}
    - {name: sms, kind: sms, url: %q, body: '{"to":"{to}","text":"{text}"}', success: code == 0, request_id: id}
    - {name: broken, kind: dingtalk}
    - {name: app, kind: mqtt}
`, s.URL, filepath.Join(dir, "s"), s.URL)
	for name, content := range map[string]string{"c.yaml": text, "s": "hunter2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return runTable(commands(), nil, append([]string{"notify", "test", "--config", filepath.Join(dir, "c.yaml"), "--data", filepath.Join(dir, "data")}, argv...)...)
}

func TestNotifyTest(t *testing.T) {
	var sent string
	answer := `{"code":0,"id":"m7"}`
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = string(body)
		fmt.Fprint(w, answer)
	}
	got := notified(t, handler, "hook")
	var letter struct{ Key, Text string }
	if got.code != 0 || got.out != "hook: delivered: HTTP 200\n" || json.Unmarshal([]byte(sent), &letter) != nil || !strings.HasPrefix(letter.Key, "test/") || !strings.Contains(letter.Text, "test notice") {
		t.Errorf("%+v, sent %s", got, sent)
	}
	if got := notified(t, handler, "sms", "--to", "13800000000"); got.code != 0 || got.out != "sms: delivered: success, request m7\n" || !strings.Contains(sent, "13800000000") {
		t.Errorf("%+v, sent %s", got, sent)
	}
	answer = `{"code":5,"msg":"13800000000 unknown"}`
	got = notified(t, handler, "sms", "--to", "13800000000")
	if got.code != 1 || got.out != "" || got.err != "correctiond: sms: not delivered: HTTP 200: {\"code\":5,\"msg\":\"*** unknown\"}\n" {
		t.Errorf("%+v", got)
	}
}

func TestNotifyTestRefuses(t *testing.T) {
	silent := func(http.ResponseWriter, *http.Request) {}
	for _, tc := range []struct {
		argv []string
		code int
		want string
	}{
		{[]string{"sms"}, 2, "--to: whom? the channel sms writes to each officer"},
		{[]string{"hok"}, 2, `unknown channel "hok"; did you mean hook?`},
		{[]string{"broken"}, 2, "alerts.channels.broken.token_file: there is no access_token of the robot"},
		{[]string{"app", "--to", "F1"}, 1, "app: not delivered: no answer: only the running daemon is connected to the broker"},
	} {
		if got := notified(t, silent, tc.argv...); got.code != tc.code || got.err != "correctiond: "+tc.want+"\n" {
			t.Errorf("%q: %+v", tc.argv, got)
		}
	}
	if got := runTable(commands(), nil, "notify", "test", "x"); got.code != 2 || !strings.Contains(got.err, "no channel is configured") {
		t.Errorf("%+v", got)
	}
}
