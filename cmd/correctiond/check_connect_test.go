package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tried checks a configuration on addresses of its own; text goes before them.
func tried(t *testing.T, text string, flags ...string) outcome {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	argv := []string{
		"check", "--config", file, "--http.listen", freeAddr(t), "--http.metrics_listen", freeAddr(t), "--mqtt.listen", freeAddr(t),
		"--data", filepath.Join(shortDir(t), "data"),
	}
	return cliEnv("", environment(), append(argv, flags...)...)
}

// wantTried compares exit code and lines.
func wantTried(t *testing.T, got outcome, code int, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got.code != code || !strings.Contains(got.out, want) {
			t.Errorf("exit %d, want %d and %q\n%s%s", got.code, code, want, got.out, got.err)
		}
	}
	if cfg := defaultConfig(); decodeConfig([]byte(got.out), "printed", cfg) != nil {
		t.Error("what is printed cannot be read back")
	}
}

func TestCheckTriesDirectoryAndListeners(t *testing.T) {
	wantTried(t, tried(t, ""), 0, "# ok     data_dir: ", " can be made\n", "# ok     http.listen: ", "# ok     mqtt.listen: ")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	busy := tried(t, "", "--http.listen", l.Addr().String())
	wantTried(t, busy, 1, "# failed http.listen: ", "choose another\n", "# ok     mqtt.listen: ")
	if !strings.HasPrefix(busy.err, "correctiond: http.listen: ") || strings.Count(busy.err, "\n") != 1 {
		t.Errorf("stderr %q", busy.err)
	}
	wantTried(t, tried(t, "", "--data", "/proc/none"), 1, "# failed data_dir: ", "choose another with --data\n")
	if got := tried(t, "", "--http.listen", l.Addr().String(), "--offline"); got.code != 0 {
		t.Errorf("offline: %+v", got)
	}
}

// A directory in use is no failure, and nothing of its daemon is tried.
func TestCheckBesideDaemon(t *testing.T) {
	dir := shortDir(t)
	d, err := openDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	got := tried(t, "", "--data", dir)
	wantTried(t, got, 0, "# ok     data_dir: process ")
	if strings.Contains(got.out, "http.listen: 127") {
		t.Errorf("listeners are tried: %s", got.out)
	}
}

func TestCheckTriesTheBroker(t *testing.T) {
	addr := freeAddr(t)
	url := []string{"--mqtt.url", "mqtt://" + addr}
	wantTried(t, tried(t, "", url...), 1, "# failed mqtt.url: connect: ", "see that the broker runs there")
	broker := externalBroker(t, addr)
	wantTried(t, tried(t, "", url...), 0, "# ok     mqtt.url: mqtt://"+addr+" lets us in")
	wantTried(t, tried(t, "", append(url, "--mqtt.share_group", "jz")...), 0, "# ok     mqtt.url: ")
	broker.kill()

	acl := filepath.Join(shortDir(t), "acl")
	if err := os.WriteFile(acl, []byte("topic read other/#\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	strict := externalBroker(t, addr, "user root", "acl_file "+acl)
	got := tried(t, "", url...)
	if got.code == 0 { // this version grants what it then does not deliver
		t.Log("mosquitto answers a denied subscription as granted")
	} else {
		wantTried(t, got, 1, "# failed mqtt.url: broker refused the subscription")
	}
	strict.kill()
}

func TestCheckTriesBrokerPassword(t *testing.T) {
	tool(t, "mosquitto_passwd")
	addr, file := freeAddr(t), filepath.Join(shortDir(t), "passwords")
	if err := os.WriteFile(file, []byte("jz:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, nil, "mosquitto_passwd", "-U", file).ended(connectTimeout)
	externalBroker(t, addr, "user root", "password_file "+file, "allow_anonymous false")
	flags := []string{"--mqtt.url", "mqtt://" + addr, "--mqtt.username", "jz"}
	t.Setenv("CORRECTIOND_MQTT_PASSWORD", "wrong")
	wantTried(t, tried(t, "", flags...), 1, "# failed mqtt.url: connect: ")
	t.Setenv("CORRECTIOND_MQTT_PASSWORD", "secret")
	wantTried(t, tried(t, "", flags...), 0, "# ok     mqtt.url: ")
}

func TestCheckTriesInfluxDB(t *testing.T) {
	influx := newInfluxServer(t)
	wantTried(t, tried(t, ""), 1, "# failed store.influxdb: ", "see that InfluxDB runs there")
	influx.start()
	wantTried(t, tried(t, ""), 0, "# ok     store.influxdb: answers; the first start makes the bucket jz/track")
	wantTried(t, tried(t, "", "--store.influxdb.create_bucket", "false"), 1, `database "jz" does not exist: create it`)
	influx.query("CREATE DATABASE jz WITH DURATION 17520h NAME track")
	wantTried(t, tried(t, ""), 0, " takes points into jz/track", "the first start takes its own retention from it")
	wantTried(t, tried(t, "", "--store.influxdb.create_bucket", "false"), 0, "for no longer than 17520h0m0s, also what a legal hold keeps")
	influx.query("ALTER RETENTION POLICY track ON jz DURATION 24h SHARD DURATION 1h")
	wantTried(t, tried(t, ""), 1, "deletes data after 24h0m0s")
}

func TestCheckTriesTheToken(t *testing.T) {
	influx := newInfluxServer(t)
	conf, err := os.ReadFile(influx.conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(influx.conf, bytes.Replace(conf, []byte("[http]\n"), []byte("[http]\n  auth-enabled = true\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	influx.start()
	influx.query("CREATE USER ops WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
	t.Setenv("CORRECTIOND_STORE_INFLUXDB_TOKEN", "ops:wrong")
	wantTried(t, tried(t, ""), 1, "# failed store.influxdb: ", "answered 401", "holds a token that may write")
	t.Setenv("CORRECTIOND_STORE_INFLUXDB_TOKEN", "ops:secret")
	wantTried(t, tried(t, ""), 0, "# ok     store.influxdb: answers")
}
