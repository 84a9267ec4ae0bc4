package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"correctiond/ingest"
	"correctiond/store/audit"
)

// sessionsFile lists the sessions that brokers should hold for us, one a line.
const sessionsFile = "mqtt-sessions"

// sessionBook remembers in the data directory which sessions were opened.
type sessionBook struct {
	path string

	mu    sync.Mutex
	names []string
}

var _ ingest.Sessions = (*sessionBook)(nil)

func (d *dataDir) sessions() (*sessionBook, error) {
	b := &sessionBook{path: d.file(sessionsFile)}
	text, err := os.ReadFile(b.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for name := range bytes.Lines(text) {
		b.names = append(b.names, strings.TrimSuffix(string(name), "\n"))
	}
	return b, nil
}

// Names lists the sessions that were opened before.
func (b *sessionBook) Names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.names)
}

// Opened records that one is open.
func (b *sessionBook) Opened(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(b.names, name) {
		return nil
	}
	names := append(slices.Clone(b.names), name)
	if err := writeWhole(b.path, []byte(strings.Join(names, "\n")+"\n")); err != nil {
		return wrapf(err, "write %s", sessionsFile)
	}
	b.names = names
	return nil
}

// sessionLost passes the loss of a broker's session on to recordLosses.
func (d *daemon) sessionLost(clientID string) {
	select {
	case d.losses <- clientID:
	default: // as many wait already; the log and the metric have this one, too
	}
}

// recordLosses enters lost sessions in the audit, where they explain later why
// numbers are missing.
func (d *daemon) recordLosses(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-d.losses:
			d.recordLoss(ctx, id)
		}
	}
}

// recordLoss tries until the database takes it.
func (d *daemon) recordLoss(ctx context.Context, clientID string) {
	r := audit.Record{
		At: nowInstant(), Actor: "correctiond", Action: "broker.session_lost", Object: clientID,
		Reason: "the broker had no session for us, though it had one before",
		Detail: "what was published while we were away may be missing; see the gaps in the devices' numbers",
	}
	for ctx.Err() == nil {
		err := d.state.AppendAudit(ctx, r)
		if err == nil {
			return
		}
		d.log.Error("the loss of the broker's session is not recorded yet", "err", err)
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
	}
}
