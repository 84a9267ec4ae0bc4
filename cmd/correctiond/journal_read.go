package main

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"os"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// logReader opens logs of the journal for reading: those of the running daemon,
// or, when none runs, those in the directory.
type logReader struct {
	st     *openState
	server *journal.Server // opened for this; nil: the daemon's is used, or there is none
	logger *slog.Logger
}

// readJournal opens the journal; close ends it.
func (st *openState) readJournal(ctx context.Context) (*logReader, error) {
	r := &logReader{st: st, logger: newLogger(os.Stderr, st.cfg)}
	if st.daemon != nil {
		r.logger = st.daemon.log
		return r, nil
	}
	if _, err := os.Stat(st.dir.file("journal")); errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	key, err := st.dir.key(journalKeyFile)
	if err != nil {
		return nil, err
	}
	// The bounds are those of the daemon: opening a log applies them.
	r.server, err = journal.Open(ctx, journal.Config{
		Dir: st.dir.file("journal"), Key: key, MaxBytes: int64(st.cfg.Journal.MaxBytes), MaxAge: st.cfg.Journal.MaxAge,
	})
	return r, err
}

func (r *logReader) close() {
	if r.server != nil {
		r.server.Close()
	}
}

// log returns the log of a district, nil when there is no journal.
func (r *logReader) log(ctx context.Context, id roster.DistrictID) (*journal.Log, error) {
	if d := r.st.daemon; d != nil {
		if l := d.lane(id); l != nil {
			return l.district.log, nil
		}
		return nil, nil
	}
	if r.server == nil {
		return nil, nil
	}
	return r.server.Log(ctx, id)
}

// logged is an entry with its place in the journal.
type logged struct {
	district roster.DistrictID
	seq      uint64
	nth      int
	entry    event.Entry
}

// errEnough ends the following of a log.
var errEnough = errors.New("enough is read")

// entries yields what a log holds up to the batch with sequence last. Damage is
// logged and passed over.
func (r *logReader) entries(ctx context.Context, log *journal.Log, id roster.DistrictID, last uint64) iter.Seq2[logged, error] {
	return func(yield func(logged, error) bool) {
		first, _, err := log.Bounds(ctx)
		if err == nil && first <= last {
			err = followAll(ctx, log, first, r.logger, func(seq uint64, entries []event.Entry) error {
				for i := range entries {
					if seq > last || !yield(logged{id, seq, i, entries[i]}, nil) {
						return errEnough
					}
				}
				if seq == last {
					return errEnough
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(logged{}, err)
		}
	}
}
