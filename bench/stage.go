package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stage is a directory with a broker and a daemon, both on free ports.
type stage struct {
	o       options
	dir     string
	broker  *exec.Cmd
	daemon  *exec.Cmd
	mqtt    string // host:port
	pages   string
	metrics string
	token   string
}

func newStage(ctx context.Context, o options) (*stage, error) {
	dir, err := os.MkdirTemp("", "correctiond-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{o: o, dir: dir}
	for _, addr := range []*string{&s.mqtt, &s.pages, &s.metrics} {
		if *addr, err = freeAddr(); err != nil {
			return nil, err
		}
	}
	if err := s.startBroker(ctx); err != nil {
		return nil, err
	}
	return s, s.prepare(ctx)
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startBroker runs Mosquitto with queues that hold the whole backlog.
func (s *stage) startBroker(ctx context.Context) error {
	_, port, err := net.SplitHostPort(s.mqtt)
	if err != nil {
		return err
	}
	conf := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 1000\nlog_type error\n", port)
	name := filepath.Join(s.dir, "mosquitto.conf")
	if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
		return err
	}
	s.broker = exec.CommandContext(ctx, "mosquitto", "-c", name)
	s.broker.Stderr = os.Stderr
	if err := s.broker.Start(); err != nil {
		return fmt.Errorf("start mosquitto: %w", err)
	}
	return poll(ctx, func() (bool, error) {
		c, err := net.Dial("tcp", s.mqtt)
		if err == nil {
			c.Close()
		}
		return err == nil, nil
	})
}

// prepare imports the roster and draws a token.
func (s *stage) prepare(ctx context.Context) error {
	name := filepath.Join(s.dir, "roster.json")
	if err := os.WriteFile(name, rosterJSON(s.o.devices), 0o600); err != nil {
		return err
	}
	if _, err := s.command(ctx, "roster", "import", name); err != nil {
		return err
	}
	out, err := s.command(ctx, "token", "create", "--role", "district", "--name", "bench")
	s.token = strings.TrimSpace(out)
	return err
}

func (s *stage) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.o.bin, append(args, "--data", filepath.Join(s.dir, "data"))...)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", args[0], err, errOut.String())
	}
	return string(out), nil
}

// startDaemon runs serve and waits until it takes messages.
func (s *stage) startDaemon(ctx context.Context) error {
	s.daemon = exec.CommandContext(ctx, s.o.bin, "serve", "--data", filepath.Join(s.dir, "data"),
		"--mqtt.url", "mqtt://"+s.mqtt, "--http.listen", s.pages, "--http.metrics_listen", s.metrics, "--log.level", "warn")
	s.daemon.Stderr = os.Stderr
	if err := s.daemon.Start(); err != nil {
		return fmt.Errorf("start daemon: %w", err)
	}
	return poll(ctx, func() (bool, error) {
		resp, err := http.Get("http://" + s.pages + "/readyz")
		if err != nil {
			return false, nil
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK, nil
	})
}

func (s *stage) stopDaemon() error {
	if err := s.daemon.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.daemon.Wait()
}

func (s *stage) close() {
	for _, c := range []*exec.Cmd{s.daemon, s.broker} {
		if c != nil && c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	_ = os.RemoveAll(s.dir)
}

// counter reads one metric without labels.
func (s *stage) counter(name string) (float64, error) {
	resp, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	sc := bufio.NewScanner(resp.Body)
	for sc.Scan() {
		if value, ok := strings.CutPrefix(sc.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(fmt.Errorf("no metric %s", name), sc.Err())
}

// cpu is the processor time the daemon has used.
func (s *stage) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.daemon.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, errUser := strconv.ParseInt(fields[11], 10, 64)
	system, errSystem := strconv.ParseInt(fields[12], 10, 64)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux
	return time.Duration(user+system) * tick, errors.Join(errUser, errSystem)
}

// peakMiB is the most memory the daemon has had resident.
func (s *stage) peakMiB() (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.daemon.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kib, err := strconv.Atoi(f[1])
			return kib >> 10, err
		}
	}
	return 0, errors.New("no VmHWM")
}

// poll asks until done, an error, or two minutes have passed.
func poll(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

// rosterJSON invents a district of n people with a wristband each.
func rosterJSON(n int) []byte {
	day := func(offset int) string { return time.Now().AddDate(0, 0, offset).Format(time.DateOnly) }
	area := [][]float64{{121, 31}, {122, 31}, {122, 32}, {121, 32}, {121, 31}}
	subjects, devices := make([]map[string]any, n), make([]map[string]any, n)
	for i := range n {
		id := fmt.Sprintf("S%05d", i)
		subjects[i] = map[string]any{
			"id": id, "office": "O1", "kind": "probation", "effective": day(-60), "reported": day(-59),
			"term": map[string]string{"from": day(-60), "until": day(300)}, "rollcall": "none",
		}
		devices[i] = map[string]any{
			"id": device(i), "kind": "wristband", "interval": "5m",
			"bindings":  []map[string]string{{"subject": id, "from": day(-30)}},
			"authority": []map[string]any{{"id": "A1", "ground": 3, "approver": "bench", "from": day(-30), "until": day(50)}},
		}
	}
	b, err := json.Marshal(map[string]any{
		"version": 1, "district": map[string]string{"id": "D1", "name": "bench", "area": "area"},
		"offices":   []map[string]string{{"id": "O1", "name": "bench"}},
		"rollcalls": []map[string]any{{"id": "none", "windows": []any{}}},
		"zones": []map[string]any{{
			"id": "area", "name": "bench", "kind": "area", "datum": "wgs84",
			"geometry": map[string]any{"type": "Polygon", "coordinates": [][][]float64{area}},
		}},
		"subjects": subjects, "devices": devices,
	})
	if err != nil {
		return nil // it is made of strings and numbers
	}
	return b
}

func device(i int) string { return fmt.Sprintf("W%05d", i) }
