package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"

	"correctiond/alerts/dingtalk"
	"correctiond/alerts/email"
	"correctiond/alerts/feishu"
	"correctiond/alerts/mqtt"
	"correctiond/alerts/notice"
	"correctiond/alerts/post"
	"correctiond/alerts/sms"
	"correctiond/alerts/webhook"
	"correctiond/alerts/wecom"
)

// channel is a way to reach people. Errors of Send are *alerts.SendError; Try
// finds out what can be found out without sending.
type channel interface {
	Send(ctx context.Context, l notice.Letter) (notice.Receipt, error)
	Try(ctx context.Context) (string, error)
}

// channelOptions are the keys of one kind: Check judges what the file says,
// Complete what was read from the files it names.
type channelOptions interface {
	Check() error
	Complete() error
}

// channelTools are what channels are made with.
type channelTools struct {
	roots     *x509.CertPool // nil: the system's authorities
	prefix    string         // of topics
	publisher mqtt.Publisher // nil outside of a daemon
}

// channelKind is a row of the table of kinds.
type channelKind struct {
	name    string
	options func() channelOptions
	open    func(o channelOptions, t channelTools) (channel, error)
}

// channelKinds is the table of all kinds of channels.
func channelKinds() []channelKind {
	return []channelKind{
		kindOf("webhook", func(c webhook.Config, t channelTools) (channel, error) {
			return webhook.New(c, post.NewClient(t.roots)), nil
		}),
		kindOf("wecom", func(c wecom.Config, t channelTools) (channel, error) {
			if c.IsRobot() {
				return wecom.NewRobot(c, post.NewClient(t.roots)), nil
			}
			return wecom.NewApp(c, post.NewClient(t.roots)), nil
		}),
		kindOf("dingtalk", func(c dingtalk.Config, t channelTools) (channel, error) {
			return dingtalk.New(c, post.NewClient(t.roots)), nil
		}),
		kindOf("feishu", func(c feishu.Config, t channelTools) (channel, error) {
			return feishu.New(c, post.NewClient(t.roots)), nil
		}),
		kindOf("email", func(c email.Config, t channelTools) (channel, error) {
			return email.New(c, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.roots})
		}),
		kindOf("sms", func(c sms.Config, t channelTools) (channel, error) {
			return sms.New(c, post.NewClient(t.roots))
		}),
		kindOf("mqtt", func(_ mqtt.Config, t channelTools) (channel, error) {
			return mqtt.New(t.prefix, t.publisher), nil
		}),
	}
}

// kindOf makes a row for options of type C.
func kindOf[C any, P interface {
	*C
	channelOptions
}](name string, open func(C, channelTools) (channel, error)) channelKind {
	return channelKind{
		name:    name,
		options: func() channelOptions { return P(new(C)) },
		open: func(o channelOptions, t channelTools) (channel, error) {
			c, ok := o.(P)
			if !ok {
				return nil, fmt.Errorf("%T are not the options of %s", o, name)
			}
			return open(*c, t)
		},
	}
}

// openChannel is a configured channel, ready to send.
type openChannel struct {
	channel
	name, kind string
	// group: the channel has a recipient of its own, such as the group of a robot,
	// and takes notices for no officer.
	group bool
}

// openChannels makes all configured channels, reading their secrets. Those that
// publish need a publisher; without one they fail for now.
func (cfg *config) openChannels(publisher mqtt.Publisher) ([]openChannel, error) {
	var all []openChannel
	var problems []error
	for i := range cfg.Alerts.Channels {
		ch := &cfg.Alerts.Channels[i]
		opened, err := cfg.openChannel(ch, publisher)
		if err != nil {
			problems = append(problems, prefixed(ch.path(i)+".", err))
			continue
		}
		all = append(all, opened)
	}
	return all, errors.Join(problems...)
}

func (cfg *config) openChannel(ch *channelConfig, publisher mqtt.Publisher) (openChannel, error) {
	kind, options, err := ch.decode()
	if err != nil {
		return openChannel{}, err
	}
	if err := cfg.channelSecrets(ch.Name, options); err != nil {
		return openChannel{}, err
	}
	if err := options.Complete(); err != nil {
		return openChannel{}, err
	}
	tools := channelTools{prefix: cfg.MQTT.Prefix, publisher: publisher}
	if file := textOption(options, "ca_file"); file != "" {
		if tools.roots, err = certPool("ca_file", file); err != nil {
			return openChannel{}, err
		}
	}
	made, err := kind.open(options, tools)
	return openChannel{made, ch.Name, ch.Kind, ch.ownRecipient(options)}, err
}

// ownRecipient reports whether the channel writes to a recipient of its own.
func (ch *channelConfig) ownRecipient(options channelOptions) bool {
	switch o := options.(type) {
	case *webhook.Config:
		return ch.Group
	case *wecom.Config:
		return o.IsRobot() || o.To != ""
	case *dingtalk.Config, *feishu.Config:
		return true
	}
	return textOption(options, "to") != ""
}

// channelName is what a channel may be called: its secrets' variables are named
// after it.
var channelName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// validateChannels judges the channels without opening a file.
func (a *alertsConfig) validateChannels(f *findings) {
	seen := map[string]bool{}
	for i := range a.Channels {
		ch := &a.Channels[i]
		path := ch.path(i)
		switch {
		case !channelName.MatchString(ch.Name):
			f.add(path, "name: %q is not a channel's name; use a to z, 0 to 9 and -, such as duty-wecom", ch.Name)
		case seen[ch.Name]:
			f.add(path, "name: is taken by an earlier channel")
		}
		seen[ch.Name] = true
		ch.validate(f, path)
	}
}

func (ch *channelConfig) validate(f *findings, path string) {
	_, options, err := ch.decode()
	if err == nil {
		err = options.Check()
	}
	if err != nil {
		f.all = append(f.all, prefixed(path+".", err))
		return
	}
	if ch.Group && !ch.ownRecipient(options) {
		f.add(path+".group", "kind %s writes to each officer; name the one recipient with to, where the kind has it", ch.Kind)
	}
}
