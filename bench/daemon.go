package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// daemon is correctiond on a stage, with a district of its own.
type daemon struct {
	*program

	s       *stage
	sink    string // of the track history, if that is InfluxDB
	pages   string // URL
	metrics string // URL
	token   string
}

// newDaemon imports a roster and draws a token; run starts it.
func newDaemon(ctx context.Context, s *stage) (*daemon, error) {
	d := &daemon{s: s}
	if s.influx != nil {
		d.sink = s.influx.url
	}
	name := filepath.Join(s.dir, "roster.json")
	if err := os.WriteFile(name, rosterJSON(s.o.devices), 0o600); err != nil {
		return nil, err
	}
	if _, err := d.command(ctx, "roster", "import", name); err != nil {
		return nil, err
	}
	out, err := d.command(ctx, "token", "create", "--role", "district", "--name", "bench")
	d.token = strings.TrimSpace(out)
	return d, err
}

func (d *daemon) data() string { return cmp.Or(d.s.o.data, filepath.Join(d.s.dir, "data")) }

func (d *daemon) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.s.o.bin, append(args, "--data", d.data())...)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", args[0], err, errOut.String())
	}
	return string(out), nil
}

// run starts the daemon and waits until it takes messages.
func (d *daemon) run(ctx context.Context) (*program, error) {
	pages, errPages := freeAddr(ctx)
	metrics, errMetrics := freeAddr(ctx)
	if err := errors.Join(errPages, errMetrics); err != nil {
		return nil, err
	}
	d.pages, d.metrics = "http://"+pages, "http://"+metrics+"/metrics"
	args := []string{
		"serve", "--data", d.data(), "--mqtt.url", "mqtt://" + d.s.mqtt,
		"--http.listen", pages, "--http.metrics_listen", metrics, "--log.level", "error",
	}
	if d.sink != "" {
		args = append(args, "--store.kind", "influxdb", "--store.influxdb.url", d.sink, "--store.influxdb.bucket", database+"/autogen")
	}
	p, err := start(ctx, os.Stderr, d.s.o.bin, args...)
	if err != nil {
		return nil, err
	}
	d.program = p
	return p, poll(ctx, quick, func() (bool, error) {
		_, err := get(d.pages+"/readyz", "")
		return err == nil, nil
	})
}

// database is where InfluxDB keeps the events.
const database = "bench"

// counters reads all metrics, each under its name with labels.
func (d *daemon) counters() (map[string]float64, error) {
	body, err := get(d.metrics, "")
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for sc := bufio.NewScanner(bytes.NewReader(body)); sc.Scan(); {
		name, value, ok := strings.Cut(sc.Text(), " ")
		if f, err := strconv.ParseFloat(value, 64); ok && err == nil && name != "#" {
			all[name] = f
		}
	}
	return all, nil
}

// stored is how many events are in the track history.
func (d *daemon) stored() (int, error) {
	if d.sink != "" {
		return d.s.influx.written()
	}
	all, err := d.counters()
	return int(all["correctiond_store_written_total"]), err
}

// taken counts what is acknowledged: the journal has it.
func (d *daemon) taken() (int, error) {
	all, err := d.counters()
	return int(all["correctiond_ingest_received_total"]), err
}
