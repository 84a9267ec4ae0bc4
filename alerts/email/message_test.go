package email

import (
	"encoding/base64"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"correctiond/alerts/notice"
)

func decoded(body io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, body) }

// Whatever address and text come, a message has exactly the headers it should
// have, in lines that may be sent.
func FuzzCompose(f *testing.F) {
	f.Add("张三 <a@b.cn>", "越界")
	f.Add("\"a\r\nBcc: x@y.cn\" <a@b.cn>", "k\r\nBcc: x@y.cn")
	f.Add("a@b.cn", strings.Repeat("长 ?= =? ", 200))
	f.Fuzz(func(t *testing.T, to, kind string) {
		parsed, err := address(to)
		if err != nil {
			return
		}
		l := &notice.Letter{Messages: []notice.Message{{Kind: kind, Severity: "P1"}}}
		text := string(compose(&mail.Address{Address: "jz@example.cn"}, parsed, l, time.Unix(0, 0)))
		got, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil || len(got.Header) != 9 || got.Header.Get("Bcc") != "" {
			t.Fatalf("%v, %d headers in %q", err, len(got.Header), text)
		}
		for line := range strings.SplitSeq(text, "\r\n") {
			if len(line) > 998 && len(to) < 300 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("line of %d bytes: %q", len(line), line)
			}
		}
	})
}
