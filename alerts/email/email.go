// Package email sends notices by SMTP (RFC 5321), over TLS from the start or by
// STARTTLS (RFC 3207), as text in UTF-8.
package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts/notice"
)

// Bounds of one delivery, from the connection to the server's last word.
const (
	timeout     = 30 * time.Second
	quitTimeout = 3 * time.Second // for the goodbye, which changes nothing
)

// greyPause follows a refusal for now by policy (enhanced code 4.7.x, RFC 3463):
// greylisting and limits ask for minutes.
const greyPause = 5 * time.Minute

// Config is what a mailbox needs.
type Config struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`     // 0: 587 with starttls, 465 with tls
	Security     string `yaml:"security"` // starttls or tls; none only on this machine
	Username     string `yaml:"username"` // empty: no authentication
	PasswordFile string `yaml:"password_file" secret:"Password"`
	Password     string `yaml:"-"`
	From         string `yaml:"from"`
	To           string `yaml:"to"` // fixed address: for duty mailboxes
	CAFile       string `yaml:"ca_file"`
}

// Check reports what is wrong with the configuration, secrets aside.
func (c *Config) Check() error {
	switch {
	case c.Host == "":
		return errors.New("host: is empty; name the mail server")
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("port: %d is out of range; use 1 to 65535", c.Port)
	case c.security() != "tls" && c.security() != "starttls" && c.security() != "none":
		return fmt.Errorf("security: %q is not known; use starttls or tls", c.Security)
	case c.security() == "none" && !loopback(c.Host):
		return errors.New("security: none is for a server on this machine only; use starttls or tls")
	}
	if _, err := address(c.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if c.To == "" {
		return nil
	}
	if _, err := address(c.To); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	return nil
}

// Complete reports a missing password.
func (c *Config) Complete() error {
	if c.Username != "" && c.Password == "" {
		return errors.New("password_file: there is no password for the user name")
	}
	return nil
}

func (c *Config) security() string { return cmp.Or(c.Security, "starttls") }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Channel hands letters to one mail server.
type Channel struct {
	cfg  Config
	tls  *tls.Config
	from *mail.Address
	now  func() time.Time
}

// New makes a channel of a checked configuration with its password. TLS settings
// are for the server's certificate; nil: the system's authorities.
func New(c Config, settings *tls.Config) (*Channel, error) {
	from, err := address(c.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if settings == nil {
		settings = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	settings = settings.Clone()
	settings.ServerName = c.Host
	if c.Port == 0 {
		c.Port = 587
		if c.security() == "tls" {
			c.Port = 465
		}
	}
	return &Channel{cfg: c, tls: settings, from: from, now: time.Now}, nil
}

// Send hands the letter to the server for one address. The server's acceptance
// of the text is the success; what it says then usually holds its queue's id.
func (c *Channel) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	to, err := address(cmp.Or(c.cfg.To, l.To))
	if err != nil {
		return notice.Receipt{}, notice.Undeliverable("no recipient", "the officer has no mail address for this channel, or not just one")
	}
	said, err := c.deliver(ctx, to, &l)
	if err != nil {
		return notice.Receipt{}, c.failure(ctx, err, to.Address)
	}
	return notice.Receipt{Answer: notice.Shorten(said, c.cfg.Password, to.Address)}, nil
}

func (c *Channel) deliver(ctx context.Context, to *mail.Address, l *notice.Letter) (said string, err error) {
	client, end, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	if err := client.Mail(c.from.Address); err != nil {
		return "", err
	}
	if err := client.Rcpt(to.Address); err != nil {
		return "", err
	}
	return data(client.Text, compose(c.from, to, l, c.now()))
}

// data sends the text; net/smtp would drop what the server says to it.
func data(conn *textproto.Conn, text []byte) (said string, err error) {
	if err := conn.PrintfLine("DATA"); err != nil {
		return "", err
	}
	if _, _, err := conn.ReadResponse(354); err != nil {
		return "", err
	}
	w := conn.DotWriter()
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	_, said, err = conn.ReadResponse(250)
	return said, err
}

// open connects, secures and signs in. The connection ends with ctx, after the
// timeout, and with the function it returns.
func (c *Channel) open(ctx context.Context) (*smtp.Client, func(), error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(c.cfg.Host, strconv.Itoa(c.cfg.Port)))
	if err != nil {
		cancel()
		return nil, nil, err
	}
	raw := conn
	context.AfterFunc(ctx, func() { raw.Close() })
	if c.cfg.security() == "tls" {
		conn = tls.Client(conn, c.tls)
	}
	client, err := smtp.NewClient(conn, c.cfg.Host)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	if err := c.signIn(client); err != nil {
		cancel()
		return nil, nil, err
	}
	end := func() {
		_ = raw.SetDeadline(c.now().Add(quitTimeout))
		_ = client.Quit() // the letter is accepted or not by now
		cancel()
	}
	return client, end, nil
}

// signIn never goes on in the clear where TLS is configured.
func (c *Channel) signIn(client *smtp.Client) error {
	if err := client.Hello(domainOf(c.from.Address)); err != nil {
		return err
	}
	if c.cfg.security() == "starttls" {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return &textproto.Error{Code: 530, Msg: "the server offers no STARTTLS; try security: tls"}
		}
		if err := client.StartTLS(c.tls); err != nil {
			return err
		}
	}
	if c.cfg.Username == "" {
		return nil
	}
	_, ways := client.Extension("AUTH")
	return client.Auth(c.auth(strings.Fields(strings.ToUpper(ways))))
}

// failure says what an error of the conversation means: 4xx is for now, 5xx for
// good (RFC 5321, 4.2.1), everything else is the network.
func (c *Channel) failure(ctx context.Context, err error, to string) *notice.SendError {
	if ctx.Err() != nil {
		return notice.Unreached(ctx.Err()) // not: use of closed network connection
	}
	said, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return notice.Unreached(errors.New(notice.Shorten(err.Error(), c.cfg.Password, to)))
	}
	failed := &notice.SendError{Failing: notice.Refused, Code: fmt.Sprintf("SMTP %d", said.Code), Detail: notice.Shorten(said.Msg, c.cfg.Password, to)}
	switch {
	case said.Code/100 == 4 && strings.HasPrefix(said.Msg, "4.7."):
		failed.Failing, failed.After = notice.Limited, greyPause
	case said.Code/100 != 5:
		failed.Failing = notice.Temporary
	}
	return failed
}

// Try connects, secures and signs in, and sends nothing.
func (c *Channel) Try(ctx context.Context) (string, error) {
	_, end, err := c.open(ctx)
	if err != nil {
		return "", c.failure(ctx, err, "")
	}
	end()
	return "the server lets us in", nil
}
