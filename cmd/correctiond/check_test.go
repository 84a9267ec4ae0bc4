package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func checkWith(t *testing.T, text string, flags ...string) outcome {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runTable(commands(), nil, append([]string{"check", "--config", file}, flags...)...)
}

func TestCheckRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string // one line of stderr each
	}{
		{"everything at once", "zone: Mars/Base\nlanguage: fr\nlog: {level: loud}\n", []string{
			`zone: "Mars/Base" is not a time zone; write it like Asia/Shanghai`,
			`language: "fr" is not known; use zh or en`,
			`log.level: "loud" is not known; use debug or info or warn or error`,
		}},
		{"share group, embedded", "mqtt: {share_group: jz}\n", []string{
			"mqtt.share_group: the embedded broker delivers nothing to shared subscriptions; leave it empty",
		}},
		{"share group, NATS broker", "mqtt: {url: 'mqtt://n1:1883', share_group: jz}\njournal: {url: 'nats://n0:4222,n1:4222'}\n", []string{
			"mqtt.share_group: a NATS broker delivers nothing to shared subscriptions; leave it empty",
		}},
		{"connections to the embedded broker", "mqtt: {share_group: jz, connections: 4}\n", []string{
			"mqtt.share_group: the embedded broker delivers nothing to shared subscriptions; leave it empty",
		}},
		{"connections alone", "mqtt: {url: 'mqtt://b', connections: 2}\n", []string{
			"mqtt.connections: more than one needs mqtt.share_group; without it each would receive everything",
		}},
		{"open listener", "mqtt: {listen: '0.0.0.0:1883'}\n", []string{
			"mqtt.listen: 0.0.0.0:1883 is reachable from other machines without TLS; set mqtt.tls.cert_file and key_file, or pass --insecure",
		}},
		{"half a pair", "mqtt: {tls: {cert_file: c}}\nhttp: {tls: {key_file: k}}\n", []string{
			"mqtt.tls: cert_file and key_file go together; give both or none",
			"http.tls: cert_file and key_file go together; give both or none",
		}},
		{"password in a URL", "mqtt: {url: 'mqtt://me:hunter2@b:1883'}\nstate: {url: 'postgres://127.0.0.1/db?password=hunter2'}\n", []string{
			"state.url: holds a password; put it in a file or the environment",
			"mqtt.url: holds a password; put it in a file or the environment",
		}},
		{"no URL", "mqtt: {url: somewhere}\nhttp: {public_url: '', listen: '8080'}\n", []string{
			"mqtt.url: not understood; write it like embedded, mqtt://host:1883 or mqtts://host:8883",
			`http.listen: "8080" is not an address; write it like 127.0.0.1:8080`,
			"http.public_url: not understood; write it like http://host:8080 or https://host",
		}},
		{"topics", "mqtt: {prefix: 'a/b', traccar_topic: '#', adapters: [owntrack]}\n", []string{
			`mqtt.prefix: "a/b" is not one topic level; write it like jz`,
			`mqtt.traccar_topic: "#" is not a topic; write it like traccar/positions`,
			`mqtt.adapters: "owntrack" is not known; use native or owntracks or traccar`,
			"mqtt.adapters: native is always on; keep it in the list",
		}},
		{"numbers", "journal: {replicas: 3, max_bytes: 1MiB, max_age: 0s}\nlimits: {batch_events: 0}\n", []string{
			"limits.batch_events: 0 is out of range; use 1 to 4096",
			"journal.replicas: the embedded journal has one replica; use nats://… for more",
			"journal.max_bytes: must be at least 64MiB",
			"journal.max_age: must be longer than zero, for example 720h",
		}},
		{"working hours", "alerts: {working_hours: {from: '18:00', days: [sonntag]}}\n", []string{
			`alerts.working_hours: from "18:00" until "17:30" is not a span of a day; write it like 08:30 and 17:30`,
			`alerts.working_hours.days: "sonntag" is not known; use mon or tue or wed or thu or fri or sat or sun`,
		}},
		{"files", "mqtt: {password_file: /nowhere/p}\n", []string{"mqtt.password_file: open /nowhere/p: no such file or directory"}},
		{"not built", "http: {tiles: {pmtiles_file: map.pmtiles}}\njournal: {url: 'nats://a:4222'}\n", []string{
			"journal.url: not built yet: an external NATS journal; remove the key",
			"http.tiles.pmtiles_file: not built yet: map tiles from a file; remove the key",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := checkWith(t, tc.text, "--offline")
			want := "correctiond: " + strings.Join(tc.want, "\ncorrectiond: ") + "\n"
			if got.code != 2 || got.out != "" || got.err != want {
				t.Errorf("code %d, out %q, got\n%swant\n%s", got.code, got.out, got.err, want)
			}
		})
	}
}

func TestCheckPrintsWhatWouldRun(t *testing.T) {
	got := checkWith(t, "mqtt: {listen: '0.0.0.0:1883'}\nhttp: {metrics_listen: ''}\n", "--insecure", "--offline")
	for _, want := range []string{
		"zone: Asia/Shanghai\n", "# broker:  embedded, listens on 0.0.0.0:1883 without TLS\n",
		"# journal: embedded, in ./data, at most 20GiB and 720h0m0s\n", "# metrics: on the pages' listener\n",
	} {
		if got.code != 0 || !strings.Contains(got.out, want) {
			t.Errorf("want %q in %+v", want, got)
		}
	}
	cfg := defaultConfig()
	if err := decodeConfig([]byte(got.out), "printed", cfg); err != nil {
		t.Errorf("what is printed cannot be read back: %v", err)
	}
}

func TestCertificatesAreRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pem")
	if err := os.WriteFile(file, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := checkWith(t, "mqtt: {ca_file: "+file+"}\nhttp: {tls: {cert_file: "+file+", key_file: "+file+"}}\n", "--offline")
	if got.code != 2 || !strings.Contains(got.err, "holds no certificate in PEM form") || !strings.Contains(got.err, "http.tls: ") {
		t.Errorf("%+v", got)
	}
}
