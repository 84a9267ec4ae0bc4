// Package postgres15 runs a real PostgreSQL 15 for tests: one of its own, in a folder
// that goes when it ends, on a port that nobody else uses.
package postgres15

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"correctiond/bench/freeport"
)

// bin is where Debian keeps the programs of the server.
const bin = "/usr/lib/postgresql/15/bin"

// ErrMissing: PostgreSQL is not installed here.
var ErrMissing = errors.New("PostgreSQL 15 is not installed (make tools)")

// Server is a running server, or a stopped one whose data stay until Remove.
type Server struct {
	dir     string
	addr    string // host:port, ours until release
	release func() error
	who     *syscall.Credential // nil: as whoever runs the tests
	cmd     *exec.Cmd
}

// Start makes a cluster and runs it; ErrMissing without the programs.
func Start() (*Server, error) {
	if _, err := os.Stat(bin + "/postgres"); err != nil {
		return nil, ErrMissing
	}
	s := &Server{}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare postgres: %w", err), os.RemoveAll(s.dir))
	}
	if err := s.Up(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

func (s *Server) prepare() (err error) {
	if s.dir, err = os.MkdirTemp("", "postgres15-"); err != nil {
		return err
	}
	if err := s.unprivileged(); err != nil {
		return err
	}
	if s.addr, s.release, err = freeport.Reserve(); err != nil {
		return err
	}
	cmd := s.command("initdb", "-D", s.data(), "-U", "tester", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// unprivileged makes root's server run as the user that Debian has for it: it
// refuses root.
func (s *Server) unprivileged() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.who = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, int(uid), int(gid))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.who}
	return cmd
}

// Up runs a server that is down, until it answers.
func (s *Server) Up() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return err
	}
	s.cmd = s.command("postgres", "-D", s.data(), "-p", port, "-k", s.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200")
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = s.Run(ctx, "postgres", "SELECT 1"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres does not answer: %w", err), s.Down())
		case <-tick.C:
		}
	}
}

// Down ends the server at once, as its administrator would: connections are cut,
// what was committed stays.
func (s *Server) Down() error {
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return s.cmd.Wait()
}

// Remove ends the server and deletes all it had.
func (s *Server) Remove() error { return errors.Join(s.Down(), s.release(), os.RemoveAll(s.dir)) }

// URL is the address of a database on the server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://tester@%s/%s?sslmode=disable", s.addr, database)
}

// TLS lets the server, which stays up, take encrypted connections with a certificate
// and its key, both as PEM.
func (s *Server) TLS(ctx context.Context, cert, key []byte) error {
	for name, text := range map[string][]byte{"server.crt": cert, "server.key": key} {
		name = filepath.Join(s.data(), name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
		if s.who == nil {
			continue
		}
		if err := os.Chown(name, int(s.who.Uid), int(s.who.Gid)); err != nil {
			return err
		}
	}
	for _, statement := range []string{"ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"} {
		if err := s.Run(ctx, "postgres", statement); err != nil {
			return err
		}
	}
	return nil
}

// Run executes statements on a database, whoever forbids it.
func (s *Server) Run(ctx context.Context, database, statements string) error {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // asked only to run the statements
	_, err = conn.Exec(ctx, statements)
	return err
}

// Place makes a tablespace in a folder, which becomes the server's own.
func (s *Server) Place(ctx context.Context, name, dir string) error {
	if s.who != nil {
		if err := os.Chown(dir, int(s.who.Uid), int(s.who.Gid)); err != nil {
			return err
		}
	}
	return s.Run(ctx, "postgres", fmt.Sprintf("CREATE TABLESPACE %s LOCATION '%s'", pgx.Identifier{name}.Sanitize(), dir))
}

// Create makes a database, empty or as a copy of another that nobody uses.
func (s *Server) Create(ctx context.Context, name, like string) error {
	if like == "" {
		like = "template0"
	}
	return s.Run(ctx, "postgres", fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s",
		pgx.Identifier{name}.Sanitize(), pgx.Identifier{like}.Sanitize()))
}
