package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// telegrafConfig lets Telegraf lose nothing while it runs: a session that the
// broker keeps, QoS 1, acknowledged once InfluxDB has the point. It keeps all 12
// fields. The batch is as large as the broker's window, so that a full window is
// written at once.
const telegrafConfig = `[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 1000
  metric_buffer_limit = 100000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://%[1]s"]
  topics = ["jz/v1/+/location"]
  topic_tag = ""
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 1000
  data_format = "json"
  name_override = "location"
  json_time_key = "time"
  json_time_format = "2006-01-02T15:04:05.999999999Z07:00"
  json_string_fields = ["id", "datum", "motion"]
  tag_keys = ["source"]
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "jz/v1/+/location"
    tags = "_/_/device/_"
[[outputs.influxdb_v2]]
  urls = ["%[2]s"]
  organization = ""
  bucket = "%[3]s/autogen"
`

// telegraf is Telegraf on a stage.
type telegraf struct {
	s      *stage
	conf   string
	runs   int
	before int // points of the first run
}

func newTelegraf(s *stage) (*telegraf, error) {
	t := &telegraf{s: s, conf: filepath.Join(s.dir, "telegraf.conf")}
	if _, err := s.influx.query("", "CREATE DATABASE "+database); err != nil {
		return nil, err
	}
	return t, os.WriteFile(t.conf, fmt.Appendf(nil, telegrafConfig, s.mqtt, s.influx.url, database), 0o600)
}

// run starts Telegraf; the first time it waits until a message has gone the whole
// way, as Telegraf does not tell when its subscription stands.
func (t *telegraf) run(ctx context.Context) (*program, error) {
	log := &locked{}
	before, err := t.stored()
	if err != nil {
		return nil, err
	}
	t.before = before
	p, err := start(ctx, log, t.s.o.telegraf, "--config", t.conf)
	if err != nil {
		return nil, err
	}
	t.runs++
	if t.runs > 1 {
		return p, poll(ctx, quick, func() (bool, error) { return log.holds("Connected ["), nil })
	}
	c, err := t.s.client("probe")
	if err != nil {
		return nil, err
	}
	defer c.Disconnect(250)
	return p, poll(ctx, time.Second, func() (bool, error) {
		c.Publish(topic(0, "location"), 1, false, payload(0, "probe", 0, time.Now()))
		n, err := t.s.influx.written()
		return n > 0, err
	})
}

// taken counts what InfluxDB has: Telegraf acknowledges nothing before.
func (t *telegraf) taken() (int, error) {
	n, err := t.stored()
	return n - t.before, err
}

func (t *telegraf) stored() (int, error) { return t.s.influx.written() }

// locked is a log that is written by one and read by another.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the log.
func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *locked) holds(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.b.Bytes(), []byte(text))
}
