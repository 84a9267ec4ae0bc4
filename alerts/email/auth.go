package email

import (
	"errors"
	"net/smtp"
	"slices"
	"strings"
)

// auth chooses PLAIN where the server has it, else LOGIN, which is all that some
// Exchange servers offer.
func (c *Channel) auth(ways []string) smtp.Auth {
	if slices.Contains(ways, "PLAIN") || !slices.Contains(ways, "LOGIN") {
		return smtp.PlainAuth("", c.cfg.Username, c.cfg.Password, c.cfg.Host)
	}
	return &login{c.cfg.Username, c.cfg.Password, c.cfg.Host}
}

// login is the mechanism LOGIN, which is written down only in an expired draft
// (draft-murchison-sasl-login).
type login struct{ username, password, host string }

var errClear = errors.New("the password is not sent over a connection without TLS")

// Start begins, over TLS or on this machine only.
func (l *login) Start(server *smtp.ServerInfo) (mechanism string, first []byte, err error) {
	if !server.TLS && !loopback(server.Name) || server.Name != l.host {
		return "", nil, errClear
	}
	return "LOGIN", nil, nil
}

// Next answers "Username:" and "Password:".
func (l *login) Next(asked []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case strings.HasPrefix(strings.ToLower(string(asked)), "user"):
		return []byte(l.username), nil
	case strings.HasPrefix(strings.ToLower(string(asked)), "pass"):
		return []byte(l.password), nil
	}
	return nil, errors.New("the server asks for something else than user name and password")
}
