package email

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

func letter(to string) notice.Letter {
	return notice.Letter{Key: "a1/0/mail/F1", To: to, Lang: "zh", Messages: []notice.Message{{
		Alert: "a1", Why: notice.ToOpen, Kind: "越界", Severity: "P1", Name: "李*", Office: "城关司法所",
		At: roster.InstantOf(time.Date(2026, 3, 2, 6, 5, 0, 0, time.UTC)), Link: "https://jz.example/alerts/a1",
	}}}
}

func (s *server) channel(t *testing.T, settings *tls.Config, change func(*Config)) *Channel {
	t.Helper()
	addr := s.listener.Addr().(*net.TCPAddr)
	cfg := Config{Host: "127.0.0.1", Port: addr.Port, Username: username, Password: password, From: "社区矫正监管 <jz@example.cn>"}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg, settings)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantFailure(t *testing.T, name string, err error, want notice.SendError) {
	t.Helper()
	got, ok := errors.AsType[*notice.SendError](err)
	if !ok || got.Failing != want.Failing || got.Code != want.Code || got.After != want.After || !strings.Contains(got.Detail, want.Detail) {
		t.Errorf("%s: got %+v, want %+v", name, err, want)
		return
	}
	if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "zhang@") {
		t.Errorf("%s: a secret or an address is in %v", name, err)
	}
}

// Every way in: STARTTLS or TLS, PLAIN or LOGIN.
func TestSend(t *testing.T) {
	for _, tc := range []struct {
		name, ways string
		implicit   bool
	}{{"STARTTLS, PLAIN", "LOGIN PLAIN", false}, {"STARTTLS, LOGIN", "LOGIN", false}, {"TLS, PLAIN", "PLAIN", true}} {
		s, settings := newServer(t, func(s *server) { s.ways, s.implicit = tc.ways, tc.implicit })
		c := s.channel(t, settings, func(c *Config) {
			if tc.implicit {
				c.Security = "tls"
			}
		})
		receipt, err := c.Send(t.Context(), letter(`"张三" <zhang@example.cn>`))
		if err != nil || receipt != (notice.Receipt{Answer: "2.0.0 Ok: queued as 4ABC"}) || !s.secured {
			t.Errorf("%s: %+v, %v, heard %q", tc.name, receipt, err, s.heard)
		}
	}
}

func TestMessage(t *testing.T) {
	s, settings := newServer(t)
	c := s.channel(t, settings, nil)
	c.now = func() time.Time { return time.Unix(1772431500, 0) }
	if _, err := c.Send(t.Context(), letter("张三 <zhang@example.cn>")); err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(strings.NewReader(s.text))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []byte(s.text) {
		if b > 126 {
			t.Fatalf("not encoded: %q", s.text)
		}
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	to, _ := got.Header.AddressList("To")
	from, _ := got.Header.AddressList("From")
	date, _ := got.Header.Date()
	if subject != "[P1] 越界 · 李* · 城关司法所" || *to[0] != (mail.Address{Name: "张三", Address: "zhang@example.cn"}) || from[0].Name != "社区矫正监管" || date.Unix() != 1772431500 {
		t.Errorf("%q %v %v %v", subject, to, from, date)
	}
	if id := got.Header.Get("Message-ID"); !strings.HasSuffix(id, "@example.cn>") || strings.Contains(id, "a1") {
		t.Errorf("id %q", id)
	}
	body, _ := io.ReadAll(decoded(got.Body))
	if want := "[P1] 越界 · 李* · 城关司法所\r\n2026-03-02 06:05 新告警 编号 a1\r\nhttps://jz.example/alerts/a1\r\n"; string(body) != want {
		t.Errorf("body %q", body)
	}
}

// The server's word decides: 4xx for now, 5xx for good.
func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		verb, reply string
		want        notice.SendError
	}{
		"greeting":   {"GREETING", "421 4.3.2 shutting down", notice.SendError{Code: "SMTP 421"}},
		"closed":     {"GREETING", "554 no", notice.SendError{Failing: notice.Refused, Code: "SMTP 554"}},
		"hello":      {"EHLO", "550 who are you", notice.SendError{Failing: notice.Refused}},
		"starttls":   {"STARTTLS", "454 4.3.0 TLS not available", notice.SendError{Code: "SMTP 454"}},
		"password":   {"AUTH", "535 5.7.8 wrong: " + password, notice.SendError{Failing: notice.Refused, Code: "SMTP 535", Detail: "***"}},
		"sender":     {"MAIL", "451 4.3.0 queue file write error", notice.SendError{Code: "SMTP 451"}},
		"greylisted": {"RCPT", "450 4.7.1 zhang@example.cn greylisted", notice.SendError{Failing: notice.Limited, After: 5 * time.Minute, Code: "SMTP 450", Detail: "4.7.1 ***"}},
		"no mailbox": {"RCPT", "550 5.1.1 zhang@example.cn unknown", notice.SendError{Failing: notice.Refused, Code: "SMTP 550"}},
		"no data":    {"DATA", "452 4.3.1 no space", notice.SendError{Code: "SMTP 452"}},
		"spam":       {"TEXT", "554 5.7.1 spam", notice.SendError{Failing: notice.Refused, Code: "SMTP 554"}},
		"later":      {"TEXT", "451 4.3.0 later", notice.SendError{Code: "SMTP 451"}},
		"odd":        {"TEXT", "299 ?", notice.SendError{Code: "SMTP 299"}},
		"garbage":    {"TEXT", "??", notice.SendError{Code: "no answer"}},
		"endless":    {"MAIL", "250 " + strings.Repeat("x", 200_000), notice.SendError{}},
	} {
		s, settings := newServer(t)
		s.tell(tc.verb, tc.reply)
		_, err := s.channel(t, settings, nil).Send(t.Context(), letter("zhang@example.cn"))
		if name == "endless" {
			continue // however it ends, it ends
		}
		if name == "hello" {
			tc.want.Code = "SMTP 550" // of HELO, which net/smtp tries next
			s.tell("HELO", tc.reply)
			_, err = s.channel(t, settings, nil).Send(t.Context(), letter("zhang@example.cn"))
		}
		wantFailure(t, name, err, tc.want)
	}
}

// A letter that was accepted is delivered, whatever comes of the goodbye.
func TestQuit(t *testing.T) {
	s, settings := newServer(t)
	s.tell("QUIT", "500 what?")
	if _, err := s.channel(t, settings, nil).Send(t.Context(), letter("zhang@example.cn")); err != nil {
		t.Error(err)
	}
}

// Nothing is said in the clear that TLS was configured for.
func TestNoTLS(t *testing.T) {
	s, settings := newServer(t, func(s *server) { s.plain = true })
	_, err := s.channel(t, settings, nil).Send(t.Context(), letter("zhang@example.cn"))
	wantFailure(t, "no STARTTLS", err, notice.SendError{Failing: notice.Refused, Code: "SMTP 530", Detail: "security: tls"})
	stranger, _ := newServer(t)
	_, err = stranger.channel(t, &tls.Config{}, nil).Send(t.Context(), letter("zhang@example.cn"))
	wantFailure(t, "strange certificate", err, notice.SendError{Code: "no answer", Detail: "certificate"})
	if heard := strings.Join(append(s.heard, stranger.heard...), "\n"); strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL") {
		t.Errorf("said in the clear: %s", heard)
	}
}

func TestTime(t *testing.T) {
	s, settings := newServer(t)
	s.tell("RCPT", "-")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := s.channel(t, settings, nil).Send(ctx, letter("zhang@example.cn"))
	wantFailure(t, "no word", err, notice.SendError{Code: "no answer", Detail: "deadline"})
	_, err = s.channel(t, settings, nil).Send(ctx, letter("zhang@example.cn"))
	wantFailure(t, "too late", err, notice.SendError{Code: "no answer"})
}

func TestRecipients(t *testing.T) {
	s, settings := newServer(t)
	c := s.channel(t, settings, nil)
	for _, to := range []string{"", "zhang", "a@b.cn, c@d.cn", "a@b.cn\r\nRCPT TO:<x@y.cn>", "a@b.cn\r\nBcc: x@y.cn", "x\n <a@b.cn>", "<>", "undisclosed:;"} {
		_, err := c.Send(t.Context(), letter(to))
		wantFailure(t, to, err, notice.SendError{Failing: notice.Refused, Code: "no recipient"})
	}
	if len(s.heard) != 0 {
		t.Errorf("heard %q", s.heard)
	}
	c.cfg.To = "duty@example.cn"
	if _, err := c.Send(t.Context(), letter("")); err != nil || !strings.Contains(strings.Join(s.heard, "\n"), "RCPT TO:<duty@example.cn>") {
		t.Errorf("%v, heard %q", err, s.heard)
	}
}

func TestTry(t *testing.T) {
	s, settings := newServer(t)
	if _, err := s.channel(t, settings, nil).Try(t.Context()); err != nil || strings.Contains(strings.Join(s.heard, "\n"), "MAIL") {
		t.Errorf("%v, heard %q", err, s.heard)
	}
	_, err := s.channel(t, settings, func(c *Config) { c.Password = "wrong-" + password }).Try(t.Context())
	wantFailure(t, "password", err, notice.SendError{Failing: notice.Refused, Code: "SMTP 535"})
	if _, err := s.channel(t, settings, func(c *Config) { c.Username, c.Security = "", "none" }).Try(t.Context()); err != nil {
		t.Error(err)
	}
	s.listener.Close()
	_, err = s.channel(t, settings, nil).Try(t.Context())
	wantFailure(t, "gone", err, notice.SendError{Code: "no answer"})
}

func TestLogin(t *testing.T) {
	l := &login{"u", "p", "h"}
	for _, info := range []smtp.ServerInfo{{Name: "h"}, {Name: "other", TLS: true}} {
		if _, _, err := l.Start(&info); err == nil {
			t.Errorf("%+v gets the password", info)
		}
	}
	if _, err := l.Next([]byte("One-time code:"), true); err == nil {
		t.Error("a question nobody can answer")
	}
	if answer, err := l.Next(nil, false); answer != nil || err != nil {
		t.Error("the end is no question")
	}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"good":      {Config{Host: "h", From: "a@b.cn", To: "c@d.cn"}, ""},
		"no host":   {Config{From: "a@b.cn"}, "host: is empty; name the mail server"},
		"port":      {Config{Host: "h", From: "a@b.cn", Port: 70000}, "port: 70000 is out of range; use 1 to 65535"},
		"security":  {Config{Host: "h", From: "a@b.cn", Security: "ssl"}, `security: "ssl" is not known; use starttls or tls`},
		"clear":     {Config{Host: "h", From: "a@b.cn", Security: "none"}, "security: none is for a server on this machine only; use starttls or tls"},
		"clear, me": {Config{Host: "::1", From: "a@b.cn", Security: "none"}, ""},
		"no from":   {Config{Host: "h"}, "from: is not one mail address; write it like duty@example.cn"},
		"bad to":    {Config{Host: "h", From: "a@b.cn", To: "c"}, "to: is not one mail address; write it like duty@example.cn"},
	} {
		got := ""
		if err := tc.cfg.Check(); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if _, err := New(Config{}, nil); err == nil {
		t.Error("no sender, and it is well")
	}
	if c, err := New(Config{From: "a@b.cn", Security: "tls"}, nil); err != nil || c.cfg.Port != 465 {
		t.Error("tls is on 465")
	}
	if c, err := New(Config{From: "a@b.cn"}, nil); err != nil || c.cfg.Port != 587 {
		t.Error("starttls is on 587")
	}
}

func TestComplete(t *testing.T) {
	if (&Config{}).Complete() != nil || (&Config{Username: username}).Complete() == nil || (&Config{Username: username, Password: password}).Complete() != nil {
		t.Error("whoever has a name needs a password")
	}
}
