package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"correctiond/ingest"
	"correctiond/store/tracks"
)

// connectTimeout bounds one try.
const connectTimeout = 10 * time.Second

// attempt is one thing that serve needs, tried beforehand.
type attempt struct {
	name string // the key of the configuration
	// try says what is well, or what is wrong and what to do about it.
	try func(ctx context.Context) (string, error)
}

// try prints a line for everything that serve needs, as comments behind the
// configuration, and fails when something is not there.
func (cfg *config) try(ctx context.Context, out io.Writer) error {
	var all []error
	for _, a := range cfg.attempts() {
		bounded, cancel := context.WithTimeout(ctx, connectTimeout)
		well, err := a.try(bounded)
		cancel()
		if err != nil {
			well = oneLine(err)
			all = append(all, fmt.Errorf("%s: %s", a.name, well))
		}
		if _, err := fmt.Fprintf(out, "# %-6s %s: %s\n", okWord(err), a.name, well); err != nil {
			return err
		}
	}
	return errors.Join(all...)
}

func okWord(err error) string {
	if err != nil {
		return "failed"
	}
	return "ok"
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func (cfg *config) attempts() []attempt {
	all := []attempt{{"data_dir", func(context.Context) (string, error) { return tryDir(cfg.DataDir) }}}
	if pid, held := dirHolder(cfg.DataDir); held {
		all[0].try = func(context.Context) (string, error) {
			return "process " + pid + " runs on it, so its addresses are not tried", nil
		}
	} else {
		all = append(all, cfg.listeners()...)
	}
	if !cfg.MQTT.embedded() {
		all = append(all, attempt{"mqtt.url", cfg.tryBroker})
	}
	if cfg.Store.Kind == "influxdb" {
		all = append(all, attempt{"store.influxdb", cfg.tryInflux})
	}
	if cfg.State.postgres() {
		all = append(all, attempt{"state.url", cfg.tryPostgres})
	}
	if cfg.HTTP.OIDC.Issuer != "" {
		all = append(all, attempt{"http.oidc.issuer", cfg.tryProvider})
	}
	return append(all, cfg.channelAttempts()...)
}

// channelAttempts tries the channels as far as nobody is told anything.
func (cfg *config) channelAttempts() []attempt {
	var all []attempt
	channels, err := cfg.openChannels(nil)
	if err != nil {
		return []attempt{{"alerts.channels", func(context.Context) (string, error) { return "", err }}}
	}
	for _, ch := range channels {
		all = append(all, attempt{"alerts.channels." + ch.name, ch.Try})
	}
	return all
}

func (cfg *config) listeners() []attempt {
	all := []attempt{{"http.listen", tryListen(cfg.HTTP.Listen)}}
	if cfg.HTTP.MetricsListen != "" {
		all = append(all, attempt{"http.metrics_listen", tryListen(cfg.HTTP.MetricsListen)})
	}
	if cfg.MQTT.embedded() {
		all = append(all, attempt{"mqtt.listen", tryListen(cfg.MQTT.Listen)})
	}
	return all
}

func tryListen(addr string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return "", fmt.Errorf("%w; stop what uses the address, or choose another", err)
		}
		return addr + " is free", l.Close()
	}
}

// tryDir writes into the directory, or where it would be made, and leaves nothing.
func tryDir(path string) (string, error) {
	at := path
	for {
		_, err := os.Stat(at)
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at {
			break
		}
		at = filepath.Dir(at)
	}
	f, err := os.CreateTemp(at, ".check-*")
	if err != nil {
		return "", fmt.Errorf("%w; let the daemon's user write there, or choose another with --data", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return "", err
	}
	if at != path {
		return path + " can be made", nil
	}
	return path + " can be written to", nil
}

// dirHolder names the process that runs on a data directory.
func dirHolder(path string) (pid string, held bool) {
	lock, err := os.Open(filepath.Join(path, lockFile))
	if err != nil {
		return "", false
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return "", false
	}
	return holder(lock.Name()), true
}

// tryBroker signs in to the broker and asks for the subscriptions.
func (cfg *config) tryBroker(ctx context.Context) (string, error) {
	to := ingest.Config{URL: cfg.MQTT.URL, Username: cfg.MQTT.Username, Prefix: cfg.MQTT.Prefix, ShareGroup: cfg.MQTT.ShareGroup}
	if err := cfg.externalBroker(&to); err != nil {
		return "", err
	}
	var err error
	if to.Adapters, err = ingest.Adapters(cfg.MQTT.Adapters, cfg.MQTT.TraccarTopic); err != nil {
		return "", err
	}
	err = ingest.Probe(ctx, to)
	switch {
	case errors.Is(err, ingest.ErrRefused):
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w; see that the broker runs there and takes mqtt.username with its password", err)
	}
	return cfg.MQTT.URL + " lets us in and grants the subscriptions", nil
}

// tryInflux asks the server everything that serve will.
func (cfg *config) tryInflux(ctx context.Context) (string, error) {
	in, err := cfg.influx()
	if err != nil {
		return "", err
	}
	expires, err := tracks.TryInflux(ctx, in)
	switch {
	case errors.Is(err, tracks.ErrNoBucket) && in.CreateBucket:
		return "answers; the first start makes the bucket " + in.Bucket, nil
	case err != nil:
		return "", fmt.Errorf("%w; see that InfluxDB runs there and store.influxdb.token_file holds a token that may write", err)
	}
	text := fmt.Sprintf("%s takes points into %s and keeps them", in.URL, in.Bucket)
	switch {
	case expires == 0:
	case in.CreateBucket && expires == in.Retention:
		text += "; the first start takes its own retention from it"
	default:
		text += fmt.Sprintf(", but for no longer than %v, also what a legal hold keeps: give the bucket no retention of its own", expires)
	}
	return text, nil
}

// tryProvider asks the identity provider for its addresses. Whether it knows us, only
// a sign-in shows.
func (cfg *config) tryProvider(ctx context.Context) (string, error) {
	at, err := cfg.provider()
	if err != nil {
		return "", err
	}
	if err := at.Try(ctx); err != nil {
		return "", fmt.Errorf("%w; see that the address is the issuer's, as it spells it", err)
	}
	return cfg.HTTP.OIDC.Issuer + " answers; it has to send people back to " + cfg.callback(), nil
}
