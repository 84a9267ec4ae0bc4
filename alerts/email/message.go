package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"correctiond/alerts/notice"
)

// Bounds of what is written: of a text, and of a line (RFC 2045, 6.8), in bytes.
const (
	maxText = 64 << 10
	maxLine = 76
)

// address reads exactly one address, with or without a name: "值班室 <a@b.cn>".
// Its error does not repeat it.
func address(text string) (*mail.Address, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || domainOf(parsed.Address) == "" {
		return nil, errors.New("is not one mail address; write it like duty@example.cn")
	}
	return parsed, nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// compose writes the message (RFC 5322). Whatever is not ASCII in a header is
// encoded (RFC 2047). Its id follows from the letter's key, so that attempts at
// the same letter have the same one, and mailboxes show it once.
func compose(from, to *mail.Address, l *notice.Letter, now time.Time) []byte {
	id := sha256.Sum256([]byte(l.Key))
	b := &bytes.Buffer{}
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", to.String()},
		{"Subject", subject(l)},
		{"Date", now.In(zone(l)).Format(time.RFC1123Z)},
		{"Message-ID", "<" + hex.EncodeToString(id[:16]) + "@" + domainOf(from.Address) + ">"},
		{"Auto-Submitted", "auto-generated"}, // nobody's holiday notice answers (RFC 3834)
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		fmt.Fprintf(b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(l.Text(maxText), "\n", "\r\n") + "\r\n"))
	for len(body) > 0 {
		n := min(maxLine, len(body))
		b.WriteString(body[:n] + "\r\n")
		body = body[n:]
	}
	return b.Bytes()
}

// subject is folded between its encoded words (RFC 5322, 2.2.3).
func subject(l *notice.Letter) string {
	return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", notice.Shorten(l.Subject())), "?= =?", "?=\r\n =?")
}

func zone(l *notice.Letter) *time.Location {
	if l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}
