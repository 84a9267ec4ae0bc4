package tracks_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"correctiond/bench/freeport"
	"correctiond/bench/influx18"
)

// influxd is a real InfluxDB 1.8 of this test.
type influxd struct {
	url, dir, conf string
	cmd            *exec.Cmd
	output         bytes.Buffer
}

// startInfluxd runs one until the test ends. Without the program the test is
// skipped, but on CI, where it has to be there (make tools installs it).
func startInfluxd(t testing.TB) *influxd {
	t.Helper()
	addr, release, err := freeport.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	d := &influxd{dir: t.TempDir(), url: "http://" + addr}
	setup := influx18.Setup{Dir: d.dir, Addr: addr, MaxValuesPerTag: 1000}
	if d.conf, err = setup.Write(); err != nil {
		t.Fatal(err)
	}
	d.start(t)
	t.Cleanup(func() { d.stop() })
	return d
}

func findInfluxd(t testing.TB) string {
	t.Helper()
	program, err := influx18.Find()
	if err == nil {
		return program
	}
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
	return ""
}

func (d *influxd) start(t testing.TB) {
	t.Helper()
	d.cmd = exec.Command(findInfluxd(t), "run", "-config", d.conf)
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
