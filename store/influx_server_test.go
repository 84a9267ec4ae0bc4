package store_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// influxd is a real InfluxDB 1.8 of this test.
type influxd struct {
	url, dir string
	port     int
	cmd      *exec.Cmd
	output   bytes.Buffer
}

const influxdConfig = `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  max-values-per-tag = 1000
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:%[2]d"
  flux-enabled = true
  log-enabled = false
`

// startInfluxd runs one until the test ends. Without the program the test is
// skipped, but on CI, where it has to be there (make tools installs it).
func startInfluxd(t testing.TB) *influxd {
	t.Helper()
	program := findInfluxd(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &influxd{dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	d.url = fmt.Sprintf("http://127.0.0.1:%d", d.port)
	if err := os.WriteFile(filepath.Join(d.dir, "conf"), fmt.Appendf(nil, influxdConfig, d.dir, d.port), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(t, program)
	t.Cleanup(func() { d.stop() })
	return d
}

func findInfluxd(t testing.TB) string {
	t.Helper()
	if program, err := exec.LookPath("influxd"); err == nil {
		return program
	}
	out, err := exec.Command("go", "env", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(strings.TrimSpace(string(out)), "bin", "influxd")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	const help = "no influxd: go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10"
	if os.Getenv("CI") != "" {
		t.Fatal(help)
	}
	t.Skip(help)
	return ""
}

func (d *influxd) start(t testing.TB, program string) {
	t.Helper()
	d.cmd = exec.Command(program, "run", "-config", filepath.Join(d.dir, "conf"))
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ; time.Now().Before(deadline); <-tick.C {
		resp, err := http.Get(d.url + "/ping")
		if err == nil {
			resp.Body.Close()
			return
		}
	}
	d.stop()
	t.Fatalf("influxd does not answer:\n%s", d.output.String())
}

// stop kills it; its files stay.
func (d *influxd) stop() {
	if d.cmd != nil {
		d.cmd.Process.Kill()
		d.cmd.Wait()
		d.cmd = nil
	}
}

// post asks the server past the sink.
func (d *influxd) post(t *testing.T, path, body string) {
	t.Helper()
	resp, err := http.Post(d.url+path, "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	// The head of the answer comes before the statement is done.
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s answered %s", path, resp.Status)
	}
}
