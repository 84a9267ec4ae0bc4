package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"correctiond/alerts/mqtt"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// notifyTimeout bounds a test: a mail server takes its time.
const notifyTimeout = 45 * time.Second

func notifyTestCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	to := fs.String("to", "", "whom: an `ADDRESS` as the channel knows it, for mqtt an officer's id")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		kind, err := cfg.kindOfChannel(c.args[0])
		if err != nil {
			return err
		}
		if kind != "mqtt" {
			return cfg.notifyTest(ctx, c, *to, nil)
		}
		// Only the daemon is connected to the broker.
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			return cfg.notifyTest(ctx, c, *to, st.publisher())
		})
	}
}

func (cfg *config) kindOfChannel(name string) (string, error) {
	var names []string
	for _, ch := range cfg.Alerts.Channels {
		if ch.Name == name {
			return ch.Kind, nil
		}
		names = append(names, ch.Name)
	}
	if len(names) == 0 {
		return "", usagef("no channel is configured; see alerts.channels")
	}
	return "", unknown("channel", name, names)
}

// publisher is the daemon's connection to the broker, nil without one.
func (st *openState) publisher() mqtt.Publisher {
	if st.daemon == nil {
		return nil
	}
	if sub := st.daemon.subscribe.Load(); sub != nil {
		return sub
	}
	return nil
}

// notifyTest sends a letter that says it is a test, and prints what became of it.
func (cfg *config) notifyTest(ctx context.Context, c *call, to string, publisher mqtt.Publisher) error {
	ch, err := cfg.oneChannel(c.args[0], publisher)
	if err != nil {
		return err
	}
	if to == "" && !ch.group && ch.kind != "webhook" {
		return usagef("--to: whom? the channel %s writes to each officer", ch.name)
	}
	letter, err := cfg.testLetter(&ch, to)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	receipt, err := ch.Send(ctx, letter)
	if err != nil {
		return fmt.Errorf("%s: not delivered: %w", ch.name, err)
	}
	if receipt.Request != "" {
		receipt.Answer += ", request " + receipt.Request
	}
	_, err = fmt.Fprintf(c.out, "%s: delivered: %s\n", ch.name, receipt.Answer)
	return err
}

// oneChannel opens one channel: secrets of others may be missing.
func (cfg *config) oneChannel(name string, publisher mqtt.Publisher) (openChannel, error) {
	only := *cfg
	only.Alerts.Channels = nil
	for _, ch := range cfg.Alerts.Channels {
		if ch.Name == name {
			only.Alerts.Channels = []channelConfig{ch}
		}
	}
	all, err := only.openChannels(publisher)
	if err != nil || len(all) == 0 {
		return openChannel{}, invalid(err)
	}
	return all[0], nil
}

func (cfg *config) testLetter(ch *openChannel, to string) (notice.Letter, error) {
	loc, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return notice.Letter{}, err
	}
	now := nowInstant()
	letter := notice.Letter{Key: fmt.Sprintf("test/%d/%s/", now, ch.name), To: to, Lang: cfg.Language, Zone: loc}
	letter.Messages = []notice.Message{{
		Why: notice.ToOperate, Severity: "P4", At: now, Link: cfg.HTTP.PublicURL,
		Kind: rules.Text{ZH: "测试通知，无需处置", EN: "test notice, nothing to do"}.In(cfg.Language),
	}}
	if ch.kind == "mqtt" {
		letter.Officer = roster.OfficerID(to)
	}
	return letter, nil
}
