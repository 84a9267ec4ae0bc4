package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// recheck is the pause between two looks at a full disk.
const recheck = time.Second

var errInterrupted = errors.New("store interrupted")

// keeper brings JetStream back after a failed write. The server freezes a stream
// for good then and does not even answer its publishers.
type keeper struct {
	broken  atomic.Bool
	trouble chan struct{} // capacity 1
	stop    chan struct{}
	done    sync.WaitGroup

	mu     sync.Mutex
	epoch  context.Context // ends when the store breaks and when it is back
	expire context.CancelCauseFunc
}

func newKeeper() *keeper {
	k := &keeper{trouble: make(chan struct{}, 1), stop: make(chan struct{})}
	k.epoch, k.expire = context.WithCancelCause(context.Background())
	return k
}

// notice looks for a failed write in what the server logs: it tells nowhere else.
func (k *keeper) notice(line string) {
	if !strings.Contains(line, "critical write error") && !strings.Contains(line, "will be DISABLED") {
		return
	}
	k.broken.Store(true)
	select {
	case k.trouble <- struct{}{}:
	default:
	}
}

// renew ends every call bound to the current epoch.
func (k *keeper) renew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.expire(errInterrupted)
	k.epoch, k.expire = context.WithCancelCause(context.Background())
}

// bind returns a context that ends with ctx or with the epoch.
func (k *keeper) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	k.mu.Lock()
	epoch := k.epoch
	k.mu.Unlock()
	bound, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(epoch, func() { cancel(context.Cause(epoch)) })
	return bound, func() { unhook(); cancel(nil) }
}

// keep waits for trouble and mends it until the server is closed.
func (s *Server) keep() {
	for {
		select {
		case <-s.keeper.stop:
			return
		case <-s.keeper.trouble:
		}
		s.keeper.renew()
		for !s.revive() {
			select {
			case <-s.keeper.stop:
				return
			case <-time.After(recheck):
			}
		}
		s.keeper.renew()
	}
}

// revive restarts JetStream, which reads the streams anew, when there is space.
func (s *Server) revive() bool {
	if s.freeSpace() != nil {
		return false
	}
	err := s.nats.DisableJetStream()
	s.keeper.broken.Store(false)
	if err == nil {
		err = s.nats.EnableJetStream(&server.JetStreamConfig{
			StoreDir: s.cfg.Dir, MaxStore: unbounded, MaxMemory: maxMemory,
			SyncAlways: true, SyncInterval: syncInterval,
		})
	}
	if err != nil {
		s.cfg.Logger.Error("journal restart", "error", err)
		return false
	}
	s.cfg.Logger.Info("journal restarted after a failed write")
	return true
}

// checkSpace refuses to write while the store is broken or the disk nearly full.
func (s *Server) checkSpace() error {
	err := s.freeSpace()
	if err == nil && s.keeper.broken.Load() {
		err = fmt.Errorf("%w: restarting after a failed write", ErrFull)
	}
	return err
}

func (s *Server) freeSpace() error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(s.cfg.Dir, &fs); err != nil {
		return fmt.Errorf("free space of %s: %w", s.cfg.Dir, err)
	}
	if free := int64(fs.Bavail) * int64(fs.Bsize); free < s.cfg.MinFree {
		return fmt.Errorf("%w: %d MiB free on the disk of %s, needs %d MiB",
			ErrFull, free>>20, s.cfg.Dir, s.cfg.MinFree>>20)
	}
	return nil
}
