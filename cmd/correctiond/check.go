package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

func checkCommand(fs *flag.FlagSet) action {
	offline := fs.Bool("offline", false, "try no connections")
	books := fs.Bool("accounting", false, "compare journal, track history and dead letters by id, and nothing else")
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if *books || c.host != nil {
			return withState(ctx, c, cfg, openStores, func(st *openState) error { return st.account(ctx, c.out) })
		}
		if err := cfg.filesReadable(); err != nil {
			return invalid(err)
		}
		var rulesToo bytes.Buffer // nothing is printed of what is not valid
		if err := errors.Join(cfg.printChains(&rulesToo), cfg.printTemplates(&rulesToo), cfg.printRules(&rulesToo)); err != nil {
			return err
		}
		if err := cfg.print(c.out); err != nil {
			return err
		}
		if _, err := rulesToo.WriteTo(c.out); err != nil {
			return err
		}
		if *offline {
			return nil
		}
		return errors.Join(cfg.printUnmatched(ctx, c.out), cfg.try(ctx, c.out))
	}
}

// print writes the effective configuration, as YAML that can be read back, and
// as comments what it means. Secrets are not in it.
func (cfg *config) print(w io.Writer) error {
	shown := *cfg
	shown.Alerts.Channels = nil
	for _, ch := range cfg.Alerts.Channels {
		shown.Alerts.Channels = append(shown.Alerts.Channels, channelConfig{Name: ch.Name, Kind: ch.Kind, Severities: ch.Severities, Group: ch.Group})
	}
	b := bufio.NewWriter(w)
	enc := yaml.NewEncoder(b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(&shown), enc.Close()); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	for _, l := range leaves(cfg) {
		if l.secret && cfg.fromEnv(l.path) != "" {
			fmt.Fprintf(b, "# %s: hidden, from the environment\n", strings.TrimSuffix(l.path, "_file"))
		}
	}
	for _, p := range cfg.parts() {
		fmt.Fprintf(b, "# %-8s %s\n", p.name+":", p.text)
	}
	return b.Flush()
}

// part is one line of what would run.
type part struct{ name, text string }

func (cfg *config) parts() []part {
	broker := "external, " + cfg.MQTT.URL
	if cfg.MQTT.embedded() {
		broker = "embedded, listens on " + cfg.MQTT.Listen + tlsWord(cfg.MQTT.TLS.CertFile)
	}
	metrics := "on the pages' listener"
	if cfg.HTTP.MetricsListen != "" {
		metrics = "listens on " + cfg.HTTP.MetricsListen
	}
	history := "embedded SQLite, in " + cfg.DataDir
	if cfg.Store.Kind == "influxdb" {
		history = fmt.Sprintf("InfluxDB, %s, bucket %s", cfg.Store.InfluxDB.URL, cfg.Store.InfluxDB.Bucket)
	}
	return []part{
		{"broker", broker},
		{"journal", fmt.Sprintf("embedded, in %s, at most %s and %s",
			cfg.DataDir, textOf(cfg.Journal.MaxBytes), cfg.Journal.MaxAge)},
		{"history", history},
		{"state", cfg.State.where(cfg.DataDir)},
		{"pages", "listens on " + cfg.HTTP.Listen + tlsWord(cfg.HTTP.TLS.CertFile)},
		{"metrics", metrics},
	}
}

func tlsWord(certFile string) string {
	if certFile != "" {
		return " with TLS"
	}
	return " without TLS"
}

func textOf(s byteSize) string {
	text, _ := s.MarshalText() // never fails
	return string(text)
}

// unbuiltKeys are keys, or groups ending in a dot, that are read and checked
// already, but that nothing acts on yet. Delete a row when its part is built.
func unbuiltKeys() []part {
	return []part{
		{"journal.replicas", "an external NATS journal"},
		{"journal.url", "an external NATS journal"},
		{"journal.credentials_file", "an external NATS journal"},
		{"http.tiles.pmtiles_file", "map tiles from a file"},
	}
}

// unbuilt is an error with one line per key that asks for something nobody has
// built yet, so that no wish of the operator is passed over in silence.
func (cfg *config) unbuilt() error {
	defaults := leaves(defaultConfig())
	var all []error
	for i, l := range leaves(cfg) {
		if reflect.DeepEqual(l.value.Interface(), defaults[i].value.Interface()) {
			continue
		}
		for _, p := range unbuiltKeys() {
			if l.path == p.name || strings.HasSuffix(p.name, ".") && strings.HasPrefix(l.path, p.name) {
				all = append(all, fmt.Errorf("%s: not built yet: %s; remove the key", l.path, p.text))
			}
		}
	}
	return errors.Join(all...)
}
