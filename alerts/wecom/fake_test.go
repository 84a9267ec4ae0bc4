package wecom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret   = "hunter2-corpsecret"
	robotKey = "693a91f6-7xxx-4bc4-97a0"
)

// service is 企业微信 as its documentation describes it: tokens that live for a
// while and are the same when asked for again, members, a robot.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	serial   int // of the valid token
	expires  int // seconds
	tokens   int // requests for one
	sent     []map[string]any
	answer   string // to messages, instead of judging them
	status   int
	tokenNow string // answer to requests for a token, instead of one
	gate     chan struct{}
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{serial: 1, expires: 7200}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cgi-bin/gettoken", s.token)
	mux.HandleFunc("POST /cgi-bin/message/send", s.message)
	mux.HandleFunc("POST /cgi-bin/webhook/send", s.robot)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *service) valid() string { return fmt.Sprintf("token%07d", s.serial) }

func (s *service) token(w http.ResponseWriter, r *http.Request) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	switch q := r.URL.Query(); {
	case s.tokenNow != "":
		fmt.Fprint(w, s.tokenNow)
	case q.Get("corpid") != "ww1" || q.Get("corpsecret") != secret:
		fmt.Fprintf(w, `{"errcode":40001,"errmsg":"invalid credential %s"}`, q.Get("corpsecret"))
	default:
		fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok","access_token":%q,"expires_in":%d}`, s.valid(), s.expires)
	}
}

func (s *service) message(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Query().Get("access_token") != s.valid() {
		fmt.Fprint(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
		return
	}
	s.take(w, r, `{"errcode":0,"errmsg":"ok","msgid":"m7"}`)
}

func (s *service) robot(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Query().Get("key") != robotKey {
		fmt.Fprintf(w, `{"errcode":93000,"errmsg":"invalid webhook url %s"}`, r.URL.Query().Get("key"))
		return
	}
	s.take(w, r, `{"errcode":0,"errmsg":"ok"}`)
}

func (s *service) take(w http.ResponseWriter, r *http.Request, ok string) {
	var body map[string]any
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		fmt.Fprint(w, `{"errcode":40008,"errmsg":"invalid message type"}`)
		return
	}
	s.sent = append(s.sent, body)
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	if s.answer != "" {
		ok = s.answer
	}
	fmt.Fprint(w, ok)
}

func (s *service) app(t *testing.T) *App {
	t.Helper()
	client := post.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	a := NewApp(Config{URL: s.URL, CorpID: "ww1", AgentID: 1000002, Secret: secret}, client)
	at(a, time.Unix(1772431500, 0))
	return a
}

// at sets an application's clock.
func at(a *App, now time.Time) {
	a.now = func() time.Time { return now }
	a.tokens.now = a.now
}

func letter(to string) notice.Letter {
	return notice.Letter{Key: "a1/0/duty/F1", Officer: "F1", To: to, Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: "越界", Severity: "P1", Name: "李*"}}}
}
