package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ledger stands for the state of a daemon.
type ledger struct {
	lines []string
	open  string
}

func openLedger(context.Context, *config, *dataDir) (*ledger, func() error, error) {
	return &ledger{open: "own"}, func() error { return nil }, nil
}

// ledgerTable holds commands on a ledger: note adds the lines of a file and
// tells who did it, fail prints and fails, wait runs until it is cancelled.
func ledgerTable(waiting chan<- string) []command {
	with := func(fn func(context.Context, *call, *ledger) error) func(*flag.FlagSet) action {
		return func(fs *flag.FlagSet) action {
			load := configFlags(fs)
			return func(ctx context.Context, c *call) error {
				cfg, err := load(c)
				if err != nil {
					return err
				}
				for _, name := range c.args {
					if _, err := c.readFile(name); err != nil {
						return err
					}
				}
				return withState(ctx, c, cfg, openLedger, func(l *ledger) error { return fn(ctx, c, l) })
			}
		}
	}
	note := func(_ context.Context, c *call, l *ledger) error {
		text, err := c.readFile(c.args[0])
		l.lines = append(l.lines, string(text))
		fmt.Fprintf(c.out, "%s ledger holds %q\n", l.open, l.lines)
		return err
	}
	fail := func(_ context.Context, c *call, _ *ledger) error {
		fmt.Fprintln(c.out, "half of it")
		return usagef("bad page")
	}
	wait := func(ctx context.Context, _ *call, _ *ledger) error {
		waiting <- "started"
		<-ctx.Done()
		waiting <- "cancelled"
		return ctx.Err()
	}
	return []command{
		{name: "note", args: "FILE", live: true, build: with(note)},
		{name: "fail", live: true, build: with(fail)},
		{name: "wait", live: true, build: with(wait)},
		{name: "solo", build: with(fail)},
	}
}

// startDaemon serves table on dir with an open ledger until the test ends.
func startDaemon(t *testing.T, dir string, table []command) {
	t.Helper()
	d := mustOpen(t, dir)
	cfg := defaultConfig()
	cfg.DataDir = dir
	s, err := newControlServer(d, table, &host{state: &ledger{open: "live"}, cfg: cfg})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func runWithInput(ctx context.Context, table []command, input string, argv ...string) outcome {
	var out, errOut bytes.Buffer
	c := &call{streams: streams{strings.NewReader(input), &out, &errOut, nil}}
	code := dispatch(ctx, table, argv, c)
	return outcome{code, out.String(), errOut.String()}
}

func TestCommandOpensTheStateItself(t *testing.T) {
	dir := t.TempDir()
	want := outcome{0, "own ledger holds [\"hi\"]\n", ""}
	for range 2 { // the first must give the directory free again
		if got := runWithInput(t.Context(), ledgerTable(nil), "hi", "note", "-", "--data", dir); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestCommandRunsInTheDaemon(t *testing.T) {
	dir := t.TempDir()
	startDaemon(t, dir, ledgerTable(nil))
	file := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(file, []byte("two\x00\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		argv []string
		want outcome
	}{
		{[]string{"note", "-"}, outcome{0, "live ledger holds [\"one\"]\n", ""}},
		{[]string{"note", file}, outcome{0, "live ledger holds [\"one\" \"two\\x00\\xff\"]\n", ""}},
		{[]string{"fail"}, outcome{2, "half of it\n", "correctiond: bad page\n"}},
		{[]string{"solo"}, outcome{2, "", "correctiond: unknown command \"solo\"; did you mean note?\n"}},
	} {
		argv := append(tc.argv, "--data", dir)
		if got := runWithInput(t.Context(), ledgerTable(nil), "one", argv...); got != tc.want {
			t.Errorf("%v: got %+v\nwant %+v", argv, got, tc.want)
		}
	}
}

func TestSocketIsClosedToOthersAndGoneAfterwards(t *testing.T) {
	dir := t.TempDir()
	t.Run("daemon", func(t *testing.T) {
		startDaemon(t, dir, ledgerTable(nil))
		if got := modeOf(t, filepath.Join(dir, controlSocket)); got != 0o600 {
			t.Errorf("mode %v, want 0600", got)
		}
	})
	if _, err := os.Stat(filepath.Join(dir, controlSocket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket left behind: %v", err)
	}
}

func TestClientThatLeavesCancelsItsCommand(t *testing.T) {
	dir, waiting := t.TempDir(), make(chan string)
	startDaemon(t, dir, ledgerTable(waiting))
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan outcome)
	go func() { done <- runWithInput(ctx, ledgerTable(nil), "", "wait", "--data", dir) }()
	if got := <-waiting; got != "started" {
		t.Fatal(got)
	}
	leave()
	if got := <-waiting; got != "cancelled" {
		t.Fatal(got)
	}
	if got := <-done; got.code != 1 {
		t.Errorf("%+v, want exit code 1", got)
	}
}

func TestStoppingDaemonCancelsCommands(t *testing.T) {
	dir, waiting, done := t.TempDir(), make(chan string, 2), make(chan outcome, 1)
	t.Run("daemon", func(t *testing.T) {
		startDaemon(t, dir, ledgerTable(waiting))
		go func() {
			done <- runWithInput(context.Background(), ledgerTable(nil), "", "wait", "--data", dir)
		}()
		<-waiting
	})
	if got := <-waiting; got != "cancelled" {
		t.Error(got)
	}
	if got := <-done; got.code != 1 {
		t.Errorf("%+v, want exit code 1", got)
	}
}

func TestMalformedCallIsRefused(t *testing.T) {
	dir := t.TempDir()
	startDaemon(t, dir, ledgerTable(nil))
	conn, err := net.Dial("unix", filepath.Join(dir, controlSocket))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /run HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: 3\r\n\r\n{}}")
	answer := make([]byte, 12)
	if _, err := conn.Read(answer); err != nil || string(answer) != "HTTP/1.1 200" {
		t.Errorf("%q, %v", answer, err) // an empty call prints the help
	}
}

// The second process is this test binary again, which keeps the directory
// locked until its input ends.
func TestSecondProcess(t *testing.T) {
	if dir := os.Getenv("HOLD_DATA_DIR"); dir != "" {
		d := mustOpen(t, dir)
		fmt.Println("locked", os.Getpid())
		_, _ = os.Stdin.Read(make([]byte, 1))
		d.close()
		return
	}
	dir := t.TempDir()
	holder := exec.Command(os.Args[0], "-test.run=^TestSecondProcess$")
	holder.Env = append(os.Environ(), "HOLD_DATA_DIR="+dir)
	input, errIn := holder.StdinPipe()
	output, errOut := holder.StdoutPipe()
	if err := errors.Join(errIn, errOut, holder.Start()); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(output, "locked %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	got := runWithInput(ctx, ledgerTable(nil), "", "fail", "--data", dir)
	if want := fmt.Sprintf("in use by process %d;", pid); got.code != 1 || !strings.Contains(got.err, want) {
		t.Errorf("%+v, want exit code 1 and %q", got, want)
	}
	if err := errors.Join(input.Close(), holder.Wait()); err != nil {
		t.Error(err)
	}
}
