package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/bench/freeport"
)

// The live tests run the real binary as a process of its own, on ports of its
// own, and speak to it as its users do: by MQTT, by HTTP and by the command line.

// binary builds correctiond once for all live tests. It lies beside the test's own
// program, so that "go test" removes it with its other work.
var binary = sync.OnceValues(func() (string, error) {
	name := filepath.Join(filepath.Dir(os.Args[0]), fmt.Sprintf("correctiond-live-%d", os.Getpid()))
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return name, nil
})

// world is one data directory with its ports, and the daemon that runs on it, if
// one does.
type world struct {
	t    *testing.T
	bin  string
	data string
	mqtt string // address of the broker that devices use
	http string
	prom string
	// flags of serve beside those of the addresses
	flags     []string
	passwords map[string]string // by device
	api       *apiClient
}

func newWorld(t *testing.T) *world {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, bin: bin, data: filepath.Join(shortDir(t), "data"),
		mqtt: freeAddr(t), http: freeAddr(t), prom: freeAddr(t), passwords: map[string]string{},
	}
	w.api = newAPIClient(t, w.http)
	return w
}

// shortDir is a temporary directory whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "jz")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// freeAddr finds a port that is the test's until its end.
func freeAddr(t *testing.T) string {
	t.Helper()
	addr, release, err := freeport.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	return addr
}

// tool finds a program of the system. Without it the test is skipped, but not
// where everything has to be installed.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, place := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(place); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// patience stretches every wait: a machine that runs tests may have other things to
// do, and a wait that is met ends at once.
const patience = 3

// eventually polls a condition; it says what was missing when the deadline passes.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	within *= patience
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	look := time.NewTicker(25 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, what)
		case <-look.C:
		}
	}
}

// run executes a command of correctiond on the world's data directory.
func (w *world) run(argv ...string) outcome {
	w.t.Helper()
	var out, errOut bytes.Buffer
	c := exec.Command(w.bin, argv...)
	c.Env = append(os.Environ(), "CORRECTIOND_DATA="+w.data)
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil && c.ProcessState == nil {
		w.t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// command executes a command that has to succeed and returns what it prints.
func (w *world) command(argv ...string) string {
	w.t.Helper()
	got := w.run(argv...)
	if got.code != 0 {
		w.t.Fatalf("correctiond %s: exit %d\n%s", strings.Join(argv, " "), got.code, got.err)
	}
	return strings.TrimSpace(got.out)
}

// importRoster makes the roster the current one and returns what import prints.
func (w *world) importRoster(file string) string {
	w.t.Helper()
	name := filepath.Join(shortDir(w.t), "roster.json")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.command("roster", "import", name)
}

// credential makes the password of a device.
func (w *world) credential(device string) {
	w.t.Helper()
	w.passwords[device] = w.command("device", "credential", device)
}

// signIn gives the world's API client a token of the role.
func (w *world) signIn(flags ...string) {
	w.t.Helper()
	w.api.token = w.command(append([]string{"token", "create"}, flags...)...)
}

// track reads the ids of a person's track, in its order.
func (w *world) track(subject string) []string {
	w.t.Helper()
	var ids []string
	for line := range strings.Lines(w.command("track", subject, "--from", at(-24*time.Hour), "--until", at(time.Hour),
		"--reason", "test")) {
		if _, rest, ok := strings.Cut(line, `"id":"`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			ids = append(ids, id)
		}
	}
	return ids
}
