package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// One suite for all kinds of channels: what they promise to whoever sends.

const conformSecret = "hunter2-of-conformance"

// conforming is a kind under test: its options, with FILE for a file that holds
// the secret and URL, HOST and PORT for the receiver, and what a receiver answers.
type conforming struct {
	kind, options, to                    string
	success, temporary, limited, refused string
}

func conformingKinds() map[string]conforming {
	const (
		ok = `{"errcode":0,"errmsg":"ok","access_token":"T","expires_in":7200,"code":0}`
		no = `{"errcode":%s,"code":%s,"errmsg":"` + conformSecret + ` 13800000000","msg":"` + conformSecret + ` 13800000000"}`
	)
	answer := func(code string) string { return "200 " + strings.ReplaceAll(no, "%s", code) }
	return map[string]conforming{
		"webhook":     {"webhook", "url: URL/x, secret_file: FILE", "13800000000", "204 ", "503 " + conformSecret, "429 ", "410 "},
		"wecom":       {"wecom", "url: URL, corp_id: ww1, agent_id: 7, secret_file: FILE", "13800000000", "200 " + ok, answer("-1"), answer("45009"), answer("81013")},
		"wecom robot": {"wecom", "url: URL, robot_key_file: FILE", "", "200 " + ok, answer("-1"), answer("45009"), answer("93000")},
		"dingtalk":    {"dingtalk", "url: URL, token_file: FILE, secret_file: FILE", "", "200 " + ok, answer("-1"), answer("130101"), answer("310000")},
		"feishu":      {"feishu", "url: URL, hook_file: FILE, secret_file: FILE", "", "200 " + ok, answer("7"), answer("11232"), answer("19021")},
		"sms": {
			"sms", "url: 'URL?k={secret}', body: '{\"m\":\"{to}\",\"t\":\"{text}\"}', secret_file: FILE, success: code == 0, limited: code == 9, refused: code == 5",
			"13800000000", "200 " + ok, answer("1"), answer("9"), answer("5"),
		},
		"email": {
			"email", "host: HOST, port: PORT, security: none, username: u, password_file: FILE, from: a@b.cn", "13800000000@b.cn",
			"250 queued", "451 4.3.0 " + conformSecret, "450 4.7.1 13800000000@b.cn", "550 5.1.1 13800000000@b.cn",
		},
		"mqtt": {"mqtt", "", "", "", "not connected " + conformSecret[:3], "", ""},
	}
}

// receiver answers everybody alike, and keeps what it was sent.
type receiver struct {
	mu     sync.Mutex
	answer string
	got    bytes.Buffer
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.got, "%s %v %s\n", req.URL, req.Header, body)
	status, text, _ := strings.Cut(r.answer, " ")
	if strings.HasSuffix(req.URL.Path, "/gettoken") {
		status, text = "200", `{"errcode":0,"access_token":"T","expires_in":7200}`
	}
	code := 0
	fmt.Sscan(status, &code)
	w.WriteHeader(code)
	io.WriteString(w, text)
}

// mail speaks as much SMTP as it takes; the answer is that to the text.
func (r *receiver) mail(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	fmt.Fprint(conn, "220 mail\r\n")
	for text := false; in.Scan(); {
		line := in.Text()
		r.mu.Lock()
		answer := r.answer
		fmt.Fprintln(&r.got, line)
		r.mu.Unlock()
		switch {
		case text && line != ".":
			continue
		case text:
			text = false
		case strings.HasPrefix(line, "EHLO"):
			answer = "250 AUTH PLAIN"
		case strings.HasPrefix(line, "AUTH"):
			answer = "235 ok"
		case line == "DATA":
			answer, text = "354 go on", true
		default:
			answer = "250 ok"
		}
		fmt.Fprint(conn, answer+"\r\n")
	}
}

// Publish takes the place of a broker.
func (r *receiver) Publish(ctx context.Context, topic string, payload []byte) error {
	fmt.Fprintf(&r.got, "%s %s\n", topic, payload)
	if r.answer != "" {
		return errors.New(r.answer)
	}
	return ctx.Err()
}

// open makes the channel and its receiver.
func (c conforming) open(t *testing.T) (openChannel, *receiver) {
	t.Helper()
	r := &receiver{}
	web := httptest.NewServer(r)
	t.Cleanup(web.Close)
	post, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { post.Close(); done.Wait() })
	done.Go(func() {
		for conn, err := post.Accept(); err == nil; conn, err = post.Accept() {
			done.Go(func() { r.mail(conn) })
		}
	})
	file := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(file, []byte(conformSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(post.Addr().String())
	options := strings.NewReplacer("FILE", file, "URL", web.URL, "HOST", "127.0.0.1", "PORT", port).Replace(c.options)
	cfg := defaultConfig()
	if err := decodeConfig([]byte("alerts: {channels: [{name: a, kind: "+c.kind+", "+options+"}]}"), "F", cfg); err != nil {
		t.Fatal(err)
	}
	if err := cfg.validate(); err != nil {
		t.Fatal(err)
	}
	all, err := cfg.openChannels(r)
	if err != nil {
		t.Fatal(err)
	}
	return all[0], r
}

func (c conforming) letter() notice.Letter {
	return notice.Letter{
		Key: "a1/0/a/F1", Officer: "F1", To: c.to, Lang: "zh", Zone: time.UTC,
		Messages: []notice.Message{
			{Alert: "a1", Why: notice.ToOpen, Kind: "KIND1", Severity: "P2", Name: "LI*", At: roster.Minute, Link: "https://jz.example/a1"},
			{Alert: "a2", Why: notice.ToEnd, Kind: "KIND2", Severity: "P1", Name: "WANG*", Office: "OFFICE", Link: "https://jz.example/a2"},
		},
	}
}

func TestChannelsConform(t *testing.T) {
	for name, c := range conformingKinds() {
		t.Run(name, func(t *testing.T) {
			c.delivers(t)
			for failing, answer := range map[notice.Failing]string{notice.Temporary: c.temporary, notice.Limited: c.limited, notice.Refused: c.refused} {
				if answer != "" {
					c.fails(t, answer, failing)
				}
			}
			c.stops(t)
		})
	}
}

// delivers: all messages leave, in one letter, and nothing is said of the secret.
func (c conforming) delivers(t *testing.T) {
	t.Helper()
	ch, r := c.open(t)
	r.answer = c.success
	receipt, err := ch.Send(t.Context(), c.letter())
	if err != nil || receipt.Answer == "" || c.leaks(receipt.Request+receipt.Answer) {
		t.Errorf("%+v, %v", receipt, err)
	}
	sent := unwrapped(r.got.String())
	for _, want := range []string{"KIND1", "LI*", "jz.example/a1", "KIND2", "WANG*", "OFFICE", "jz.example/a2"} {
		if strings.Count(sent, want) == 0 {
			t.Errorf("%s does not leave: %s", want, sent)
		}
	}
	if c.kind != "webhook" && c.kind != "mqtt" && strings.Contains(sent, "F1") {
		t.Errorf("the officer's id leaves: %s", sent)
	}
}

func (c conforming) fails(t *testing.T, answer string, want notice.Failing) {
	t.Helper()
	ch, r := c.open(t)
	r.answer = answer
	_, err := ch.Send(t.Context(), c.letter())
	failed, ok := err.(*notice.SendError) //nolint:errorlint // the contract: nothing else is returned
	if !ok || failed.Failing != want || failed.Code == "" || c.leaks(err.Error()) {
		t.Errorf("%s: %+v, want %d", answer, err, want)
	}
	if want == notice.Limited && failed.After <= 0 {
		t.Errorf("%s: limited, and no word how long", answer)
	}
}

// stops: a sending that is called off fails for now, and says so.
func (c conforming) stops(t *testing.T) {
	t.Helper()
	ch, r := c.open(t)
	r.answer = c.success
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ch.Send(ctx, c.letter())
	if failed, ok := err.(*notice.SendError); !ok || failed.Failing != notice.Temporary || c.leaks(err.Error()) { //nolint:errorlint // as above
		t.Errorf("%+v", err)
	}
}

func (c conforming) leaks(text string) bool {
	return strings.Contains(text, conformSecret) || c.to != "" && strings.Contains(text, c.to)
}

// unwrapped decodes the text of a mail.
func unwrapped(sent string) string {
	_, body, ok := strings.Cut(sent, "Content-Transfer-Encoding: base64\n\n")
	if !ok {
		return sent
	}
	body, _, _ = strings.Cut(body, "\n.\n")
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	return string(text) + fmt.Sprint(err)
}
