package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const exampleFile = "../../deploy/correctiond.example.yaml"

func readExample(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestExampleEqualsTheDefaults(t *testing.T) {
	cfg := &config{}
	if err := decodeConfig(readExample(t), exampleFile, cfg); err != nil {
		t.Fatal(err)
	}
	want := leaves(defaultConfig())
	for i, got := range leaves(cfg) {
		if !reflect.DeepEqual(got.value.Interface(), want[i].value.Interface()) {
			t.Errorf("%s: the example has %v, the default is %v", got.path, got.value, want[i].value)
		}
	}
}

// Every key of the configuration is in the example, in the same order, and no other.
func TestExampleNamesEveryKey(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal(readExample(t), &doc); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, l := range leaves(defaultConfig()) {
		want = append(want, l.path)
	}
	got := keysOf(doc.Content[0], "")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("example has\n%v\nthe configuration has\n%v", got, want)
	}
}

func keysOf(n *yaml.Node, prefix string) []string {
	if n.Kind != yaml.MappingNode {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var all []string
	for i := 0; i < len(n.Content); i += 2 {
		all = append(all, keysOf(n.Content[i+1], prefix+n.Content[i].Value+".")...)
	}
	return all
}

func TestDefaultsAreValidAndBuilt(t *testing.T) {
	cfg := defaultConfig()
	if err := cfg.validate(); err != nil {
		t.Error(err)
	}
	if err := cfg.unbuilt(); err != nil {
		t.Error(err)
	}
}

func TestDecodeNamesLineAndNearestKey(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown at the top", "zone: UTC\nmqtp: {}\n", `F:2: unknown key "mqtp"; did you mean mqtt?`},
		{"unknown inside", "mqtt:\n  tls:\n    cert: x\n", `F:3: unknown key "mqtt.tls.cert"; did you mean mqtt.tls.cert_file?`},
		{"two at once", "languge: en\nmqtt: {lisen: x}\n", "F:1: unknown key \"languge\"; did you mean language?\nF:2: unknown key \"mqtt.lisen\"; did you mean mqtt.listen?"},
		{"nothing near", "q: 1\n", `F:1: unknown key "q"; did you mean mqtt?`},
		{"wrong type", "mqtt:\n  connections: many\n", "F: line 2: cannot unmarshal !!str `many` into int"},
		{"bad size", "journal: {max_bytes: 3 apples}\n", `F: "3 apples" is not a size; write it like 64MiB`},
		{"bad duration", "journal: {max_age: long}\n", "F: line 1: cannot unmarshal !!str `long` into time.Duration"},
		{"key twice", "zone: UTC\nzone: UTC\n", `F: line 2: mapping key "zone" already defined at line 1`},
		{"not YAML", "zone: [\n", "F: line 1: did not find expected node content"},
		{"two documents", "zone: UTC\n---\nzone: UTC\n", "F: holds more than one YAML document; keep one"},
		{"empty", "", ""},
		{"no value keeps the default", "mqtt:\njournal: {url: }\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := ""
			if err := decodeConfig([]byte(tc.text), "F", defaultConfig()); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("http: {listen: 'file:1', metrics_listen: 'file:2', public_url: 'http://file'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"CORRECTIOND_CONFIG": file, "CORRECTIOND_HTTP_LISTEN": "env:1", "CORRECTIOND_HTTP_METRICS_LISTEN": "env:2",
		"CORRECTIOND_MQTT_ADAPTERS": "[native, owntracks]", "CORRECTIOND_JOURNAL_MAX_BYTES": "1GiB",
		"CORRECTIOND_MQTT_PASSWORD": "hunter2",
	}
	got := runTable(commands(), env, "check", "--offline", "--http.listen", "flag:1", "--data", "/flag")
	if got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{
		"listen: flag:1\n", "metrics_listen: env:2\n", "public_url: http://file\n", "data_dir: /flag\n",
		"adapters: [native, owntracks]\n", "max_bytes: 1GiB\n", "prefix: jz\n", "# mqtt.password: hidden, from the environment\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("want %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "hunter2") {
		t.Error("a secret is printed")
	}
}

func TestSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const key = "mqtt.password_file"
	for _, tc := range []struct{ name, file, env, want string }{
		{"none", "", "", ""},
		{"file", file, "", "from file"},
		{"environment over file", file, "from env", "from env"},
	} {
		cfg := defaultConfig()
		cfg.MQTT.PasswordFile = tc.file
		cfg.getenv = func(name string) string {
			return map[string]string{"CORRECTIOND_MQTT_PASSWORD": tc.env}[name]
		}
		if got, err := cfg.secret(key); got != tc.want || err != nil {
			t.Errorf("%s: %q, %v", tc.name, got, err)
		}
	}
	cfg := &config{MQTT: mqttConfig{PasswordFile: "/nowhere"}}
	if _, err := cfg.secret(key); err == nil {
		t.Error("a missing secret file is no empty secret")
	}
}

func TestByteSize(t *testing.T) {
	for _, tc := range []struct {
		text string
		want byteSize
		back string
	}{{"0", 0, "0"}, {"512", 512, "512"}, {"1536B", 1536, "1536"}, {"64KiB", 64 << 10, "64KiB"}, {"1024 MiB", 1 << 30, "1GiB"}, {"2TiB", 2 << 40, "2TiB"}} {
		var s byteSize
		if err := s.UnmarshalText([]byte(tc.text)); err != nil || s != tc.want || textOf(s) != tc.back {
			t.Errorf("%q gives %d = %q, %v", tc.text, s, textOf(s), err)
		}
	}
	for _, bad := range []string{"", "-1", "KiB", "1KB", "1k", "1.5GiB", "9999999999TiB", "1 2"} {
		if err := new(byteSize).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// Whatever the file holds, decoding answers or refuses, and what it accepts it
// can print and read again.
func FuzzConfig(f *testing.F) {
	f.Add(readExample(f))
	f.Add([]byte("mqtt: {url: mqtts://b:8883, adapters: [native, traccar]}\njournal: {max_bytes: 1GiB, max_age: 5m}\n"))
	f.Add([]byte("alerts: {channels: [{name: a, kind: wecom, robot: {key_file: k}}]}\n"))
	f.Add([]byte("a: &a [*a, *a]\nmqtt: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg := defaultConfig()
		if decodeConfig(data, "F", cfg) != nil || cfg.validate() != nil {
			return
		}
		text, err := yaml.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		again := defaultConfig()
		if err := decodeConfig(text, "printed", again); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	})
}
