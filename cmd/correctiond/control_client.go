package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A holder of the data directory that answers no calls is either starting,
// stopping, or another short command: it is given this long.
const (
	holderPatience = 5 * time.Second
	holderRetry    = 50 * time.Millisecond
)

// An opener makes a command's state from the locked data directory; the
// function it returns closes it again.
type opener[S any] func(ctx context.Context, cfg *config, d *dataDir) (S, func() error, error)

// withState runs fn on the state of the data directory. Inside a daemon that is
// the state it has open. Otherwise the directory is locked and open makes the
// state; but if another process holds the directory, the whole call is executed
// there, and fn does not run here. Only rows of the table marked live can.
//
// Whatever fn reads from files must come from c.readFile, before withState.
func withState[S any](ctx context.Context, c *call, cfg *config, open opener[S], fn func(S) error) (err error) {
	if c.host != nil {
		state, ok := c.host.state.(S)
		if !ok {
			return fmt.Errorf("the daemon holds %T, not the state of this command", c.host.state)
		}
		return fn(state)
	}
	d, err := c.lockOrForward(ctx, cfg.DataDir)
	if err != nil {
		return err
	}
	if d == nil {
		return nil
	}
	defer func() { err = errors.Join(err, d.close()) }()
	state, end, err := open(ctx, cfg, d)
	if err != nil {
		return err
	}
	return errors.Join(fn(state), end())
}

// onStores is a command that needs the databases and nothing else.
func onStores(fs *flag.FlagSet, run func(context.Context, *call, *openState) error) action {
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error { return run(ctx, c, st) })
	}
}

// lockOrForward locks the directory, or has the call executed by the process
// that holds it; then both results are nil.
func (c *call) lockOrForward(ctx context.Context, dir string) (*dataDir, error) {
	patience, cancel := context.WithTimeout(ctx, holderPatience)
	defer cancel()
	for {
		d, err := openDataDir(dir)
		if !errors.As(err, new(heldError)) {
			return d, err
		}
		conn, dialErr := (&net.Dialer{}).DialContext(patience, "unix", filepath.Join(dir, controlSocket))
		if dialErr == nil {
			return nil, c.forward(ctx, conn)
		}
		select {
		case <-time.After(holderRetry):
		case <-patience.Done():
			return nil, err
		}
	}
}

// forward has the call executed at the other end of conn, which it closes.
func (c *call) forward(ctx context.Context, conn net.Conn) error {
	body, err := json.Marshal(request{Argv: c.argv, Files: c.files})
	if err != nil {
		return fmt.Errorf("ask the running daemon: %w", err)
	}
	if len(body) > maxRequest {
		return usagef("the input files are too large for the running daemon (%d MiB); stop it and run the command again", len(body)>>20)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/run", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the running daemon: %w", err)
	}
	if err := req.Write(conn); err != nil {
		return fmt.Errorf("ask the running daemon: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return fmt.Errorf("ask the running daemon: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("the running daemon refused: %s", strings.TrimSpace(string(text)))
	}
	return c.copyFrames(resp.Body)
}

// copyFrames writes what the command prints and returns its exit code as error.
func (c *call) copyFrames(r io.Reader) error {
	dec := json.NewDecoder(r)
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			return fmt.Errorf("the running daemon broke off before the command ended: %w", err)
		}
		_, errOut := c.out.Write(f.Out)
		_, errErr := c.err.Write(f.Err)
		if err := errors.Join(errOut, errErr); err != nil {
			return err
		}
		if f.Exit != nil && *f.Exit != 0 {
			return codeError(*f.Exit)
		}
		if f.Exit != nil {
			return nil
		}
	}
}

// readFile returns the content of an input file, "-" for standard input. In a
// daemon it is what the asking process read: the daemon opens no file for it.
func (c *call) readFile(name string) ([]byte, error) {
	if data, ok := c.files[name]; ok {
		return data, nil
	}
	if c.host != nil {
		return nil, fmt.Errorf("%s was not sent with the command", name)
	}
	data, err := c.readHere(name)
	if err != nil {
		return nil, err
	}
	if c.files == nil {
		c.files = map[string][]byte{}
	}
	c.files[name] = data
	return data, nil
}

func (c *call) readHere(name string) ([]byte, error) {
	if name != "-" {
		return os.ReadFile(name)
	}
	data, err := io.ReadAll(c.in)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return data, nil
}
