package journal

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
)

var _ server.Logger = (*serverLog)(nil)

// serverLog passes what the NATS server says to slog, more quietly than it
// would: its notices, and all that concerns a single connection, are for
// debugging. A fatal error ends neither server nor process here; it is kept for
// awaitReady.
type serverLog struct {
	to    *slog.Logger
	watch func(line string) // sees every error
	mu    sync.Mutex
	cause string
}

// Noticef implements server.Logger, as the following methods.
func (l *serverLog) Noticef(format string, v ...any) {
	l.to.Debug("journal server", "line", fmt.Sprintf(format, v...))
}

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) { l.say(slog.LevelWarn, fmt.Sprintf(format, v...)) }

// Errorf logs an error.
func (l *serverLog) Errorf(format string, v ...any) {
	line := fmt.Sprintf(format, v...)
	l.watch(line)
	l.say(slog.LevelError, line)
}

// Debugf is never called: the server is told to be quiet.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef is never called, as Debugf; traces would hold payloads.
func (l *serverLog) Tracef(string, ...any) {}

// Fatalf keeps the reason.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cause = fmt.Sprintf(format, v...)
}

// say logs line, and lowers what is about one connection: any device can cause
// that as often as it likes.
func (l *serverLog) say(level slog.Level, line string) {
	if strings.Contains(line, " - mid:") || strings.Contains(line, " - cid:") {
		level = slog.LevelDebug
	}
	l.to.Log(context.Background(), level, "journal server", "line", line)
}

func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}
