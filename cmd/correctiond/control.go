package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Commands on live state run in the process that holds the data directory. A
// process that finds the directory held sends its whole call, with the input
// files it has read, over the Unix socket data_dir/control.sock; the daemon
// executes the same row of the table on its open state and streams back what
// the command prints and its exit code, as JSON objects (frame).
const (
	controlSocket    = "control.sock"
	maxRequest       = 64 << 20 // bytes of a call with its input files
	maxLiveCalls     = 4        // calls executed at once
	liveCallTimeout  = 10 * time.Minute
	controlIOTimeout = 30 * time.Second
	maxSocketPath    = 107 // bytes, of the kernel's sun_path
)

// request is one call to execute.
type request struct {
	Argv  []string          `json:"argv"`
	Files map[string][]byte `json:"files,omitempty"`
}

// frame is a piece of a call's output; the last one carries Exit.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

// controlServer executes calls of other processes on the daemon's state.
type controlServer struct {
	listener net.Listener
	server   *http.Server
	table    []command
	host     *host
	slots    chan struct{}
}

// host is the daemon a call runs in: what withState and the loader of
// configFlags give to commands there.
type host struct {
	state any
	cfg   *config
}

// newControlServer opens the socket of the locked directory, for the rows of
// table that are live.
func newControlServer(d *dataDir, table []command, h *host) (*controlServer, error) {
	name := d.file(controlSocket)
	if len(name) > maxSocketPath {
		return nil, fmt.Errorf("open control socket: the path of the data directory is too long for a socket; choose one below %d bytes",
			maxSocketPath-len(controlSocket))
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	s := &controlServer{listener: l, host: h, slots: make(chan struct{}, maxLiveCalls)}
	for _, cmd := range table {
		if cmd.live {
			s.table = append(s.table, cmd)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", s.handle)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: controlIOTimeout, ReadTimeout: controlIOTimeout}
	return s, nil
}

// Run serves calls until ctx ends; then running calls are cancelled and waited for.
func (s *controlServer) Run(ctx context.Context) error {
	s.server.BaseContext = func(net.Listener) context.Context { return ctx }
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(s.listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve control socket: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), controlIOTimeout)
	defer cancel()
	err := s.server.Shutdown(grace)
	if closed := <-done; !errors.Is(closed, http.ErrServerClosed) {
		err = errors.Join(err, closed)
	}
	return err
}

func (s *controlServer) handle(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-r.Context().Done():
		return
	}
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
		http.Error(w, "bad call: "+err.Error(), http.StatusBadRequest)
		return
	}
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{}) // else a call longer than the timeout of reading is cancelled
	ctx, cancel := context.WithTimeout(r.Context(), liveCallTimeout)
	defer cancel()
	out := &frameWriter{w: w, rc: rc}
	if req.Files == nil {
		req.Files = map[string][]byte{}
	}
	c := &call{files: req.Files, host: s.host, streams: streams{out: out.stream(false), err: out.stream(true)}}
	code := dispatch(ctx, s.table, req.Argv, c)
	_ = out.send(frame{Exit: &code}) // a client that left needs no answer
}

// frameWriter sends both output streams of one call.
type frameWriter struct {
	mu sync.Mutex
	w  io.Writer
	rc *http.ResponseController
}

func (f *frameWriter) send(v frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.rc.SetWriteDeadline(time.Now().Add(controlIOTimeout)); err != nil {
		return err
	}
	if err := json.NewEncoder(f.w).Encode(v); err != nil {
		return err
	}
	return f.rc.Flush()
}

func (f *frameWriter) stream(isErr bool) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		v := frame{Out: p}
		if isErr {
			v = frame{Err: p}
		}
		if err := f.send(v); err != nil {
			return 0, err
		}
		return len(p), nil
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
