package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a child that ends with the test, whatever happens.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *logbook
	done chan struct{} // closed when it has ended
}

// logbook keeps what a process prints, also while it prints.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, env []string, name string, argv ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(name, argv...), log: &logbook{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // ended asks ProcessState
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s %v printed:\n%s", name, argv, tail(p.log.String(), 4000))
		}
	})
	return p
}

func tail(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}

// kill ends the process as a power failure would, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop asks the process to end and returns its exit code and how long it took.
func (p *process) stop(within time.Duration) (code int, took time.Duration) {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	p.ended(within)
	return p.cmd.ProcessState.ExitCode(), time.Since(began)
}

// ended waits for the end of the process.
func (p *process) ended(within time.Duration) {
	p.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	select {
	case <-p.done:
	case <-deadline.C:
		p.t.Fatalf("%s still runs after %v", p.cmd.Path, within)
	}
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// openFiles counts the file handles of the process.
func (p *process) openFiles() int {
	p.t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}

// launch starts serve and does not wait for it.
func (w *world) launch() *process {
	w.t.Helper()
	argv := append([]string{
		"serve", "--data", w.data, "--http.listen", w.http, "--http.public_url", "http://" + w.http,
		"--http.metrics_listen", w.prom, "--mqtt.listen", w.mqtt,
	}, w.flags...)
	return start(w.t, nil, w.bin, argv...)
}

// serve starts the daemon and waits until it takes messages.
func (w *world) serve() *process {
	w.t.Helper()
	d := w.launch()
	w.ready(d)
	return d
}

// ready waits until the daemon says of itself that it can work.
func (w *world) ready(d *process) {
	w.t.Helper()
	eventually(w.t, 30*time.Second, "/readyz answers 200", func() bool {
		if !d.running() {
			w.t.Fatalf("serve ended:\n%s", d.log)
		}
		return w.api.status("/readyz") == 200
	})
}
