package email

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	username = "jz@example.cn"
	password = "hunter2-mail"
)

// server is a mail server. It answers a verb as it is told to, else as a server
// does that takes everything from who is signed in.
type server struct {
	listener net.Listener
	tls      *tls.Config
	ways     string            // of AUTH
	plain    bool              // no STARTTLS
	implicit bool              // TLS from the start
	replies  map[string]string // by verb; TEXT: after the text; "-": none at all
	done     sync.WaitGroup

	mu      sync.Mutex
	heard   []string
	secured bool
	text    string
}

// session is one connection to the server.
type session struct {
	*server
	conn net.Conn
	safe bool
	*textproto.Conn
}

func newServer(t *testing.T, changes ...func(*server)) (*server, *tls.Config) {
	t.Helper()
	cert := httptest.NewTLSServer(nil)
	roots := x509.NewCertPool()
	roots.AddCert(cert.Certificate())
	s := &server{tls: cert.TLS.Clone(), ways: "PLAIN LOGIN", replies: map[string]string{}}
	s.tls.NextProtos = nil
	cert.Close()
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(s)
	}
	s.done.Go(s.accept)
	t.Cleanup(func() { s.listener.Close(); s.done.Wait() })
	return s, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.done.Go(func() {
			defer conn.Close()
			ses := &session{server: s, conn: conn, Conn: textproto.NewConn(conn)}
			if s.implicit {
				ses.secure()
			}
			ses.reply("GREETING", "220 mail.example.cn ESMTP")
			for ses.serve() {
			}
		})
	}
}

func (s *session) secure() {
	s.conn = tls.Server(s.conn, s.tls)
	s.Conn = textproto.NewConn(s.conn)
	s.safe = true
	s.mu.Lock()
	s.secured = true
	s.mu.Unlock()
}

// tell sets the answer to a verb.
func (s *server) tell(verb, reply string) {
	s.mu.Lock()
	s.replies[verb] = reply
	s.mu.Unlock()
}

func (s *session) reply(verb, otherwise string) bool {
	s.mu.Lock()
	text, ok := s.replies[verb]
	s.mu.Unlock()
	if !ok {
		text = otherwise
	}
	return text == "-" || s.PrintfLine("%s", text) == nil && text < "4"
}

// serve answers one command; false: the connection is over.
func (s *session) serve() bool {
	line, err := s.ReadLine()
	if err != nil {
		return false
	}
	s.mu.Lock()
	s.heard = append(s.heard, line)
	s.mu.Unlock()
	verb, rest, _ := strings.Cut(line, " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO":
		s.reply(verb, s.extensions())
	case "STARTTLS":
		if s.reply(verb, "220 go ahead") {
			s.secure()
		}
	case "AUTH":
		s.authenticate(rest)
	case "DATA":
		return s.take()
	case "QUIT":
		s.reply(verb, "221 bye")
		return false
	default:
		s.reply(verb, "250 ok")
	}
	return true
}

func (s *session) extensions() string {
	all := "250-mail.example.cn\r\n"
	if !s.plain && !s.safe {
		all += "250-STARTTLS\r\n"
	}
	return all + "250 AUTH " + s.ways
}

func (s *session) authenticate(line string) {
	var given string
	if strings.HasPrefix(line, "LOGIN") {
		for _, ask := range []string{"Username:", "Password:"} {
			s.PrintfLine("334 %s", base64.StdEncoding.EncodeToString([]byte(ask)))
			answer, _ := s.ReadLine()
			text, _ := base64.StdEncoding.DecodeString(answer)
			given += "\x00" + string(text)
		}
	} else {
		text, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "PLAIN "))
		given = string(text)
	}
	if given != "\x00"+username+"\x00"+password {
		s.reply("AUTH", "535 5.7.8 authentication failed for "+given)
		return
	}
	s.reply("AUTH", "235 welcome")
}

func (s *session) take() bool {
	if !s.reply("DATA", "354 go ahead") {
		return true
	}
	lines, err := s.ReadDotLines()
	if err != nil {
		return false
	}
	s.mu.Lock()
	s.text = strings.Join(lines, "\r\n")
	s.mu.Unlock()
	s.reply("TEXT", "250 2.0.0 Ok: queued as 4ABC")
	return true
}
