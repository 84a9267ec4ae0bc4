// Package influx18 says how a real InfluxDB 1.8 is found and set up for tests and
// measurements. Starting and ending it is for whoever needs it.
package influx18

import (
	"errors"
	"fmt"
	gobuild "go/build"
	"os"
	"os/exec"
	"path/filepath"
)

const config = `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  max-values-per-tag = %[3]d
[monitor]
  store-enabled = false
[http]
  bind-address = "%[2]s"
  flux-enabled = true
  log-enabled = false
[logging]
  level = "error"
`

// Setup is where a server keeps its files and listens.
type Setup struct {
	Dir  string
	Addr string // host:port
	// MaxValuesPerTag bounds the series; 0: no bound.
	MaxValuesPerTag int
}

// Write writes the configuration file into Dir and gives its name. The server is
// started with "run -config" and that name, and answers at /ping.
func (s Setup) Write() (string, error) {
	name := filepath.Join(s.Dir, "influxd.conf")
	return name, os.WriteFile(name, fmt.Appendf(nil, config, s.Dir, s.Addr, s.MaxValuesPerTag), 0o600)
}

// ErrMissing says how to get the program.
var ErrMissing = errors.New("no influxd: go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10")

// Find gives the program's path: that of the system, or where Go installs.
func Find() (string, error) {
	if path, err := exec.LookPath("influxd"); err == nil {
		return path, nil
	}
	path := filepath.Join(gobuild.Default.GOPATH, "bin", "influxd")
	if _, err := os.Stat(path); err != nil {
		return "", ErrMissing
	}
	return path, nil
}
