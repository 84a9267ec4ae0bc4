package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// When an engine is saved: after so many entries, or so much time with any.
const (
	snapshotEntries = 500_000
	snapshotEvery   = 5 * time.Minute
	snapshotsKept   = 2
)

// snapshotDir holds the snapshots of one district's engine, named by the journal
// sequence they were taken at.
type snapshotDir struct {
	path   string
	prefix string
	vault  *vault
}

func snapshotsOf(v *vault, id roster.DistrictID) (snapshotDir, error) {
	path := v.dir.file("snapshots")
	if err := os.MkdirAll(path, 0o700); err != nil {
		return snapshotDir{}, fmt.Errorf("open snapshots: %w", err)
	}
	return snapshotDir{path: path, prefix: "d" + hex.EncodeToString([]byte(id)) + "-", vault: v}, nil
}

// list gives the sequences of the snapshots, the newest first.
func (s snapshotDir) list() ([]uint64, error) {
	names, err := filepath.Glob(filepath.Join(s.path, s.prefix+"*.snap"))
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for _, name := range names {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), s.prefix), ".snap")
		if seq, err := strconv.ParseUint(text, 10, 64); err == nil {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	slices.Reverse(seqs)
	return seqs, nil
}

func (s snapshotDir) name(seq uint64) string {
	return filepath.Join(s.path, fmt.Sprintf("%s%d.snap", s.prefix, seq))
}

// restore loads the newest snapshot that can be read and returns its sequence; 0
// when there is none. One that is ahead of the stored alerts, as after an older
// database was put back, would pass over what they lack and is not used. The
// error of those left out is returned beside it.
func (s snapshotDir) restore(e *rules.Engine, committed uint64) (uint64, error) {
	seqs, err := s.list()
	if err != nil {
		return 0, err
	}
	var bad []error
	for _, seq := range seqs {
		if seq > committed {
			bad = append(bad, fmt.Errorf("%s: the stored alerts end at %d", s.name(seq), committed))
			continue
		}
		err := s.read(seq, e)
		if err == nil {
			return seq, errors.Join(bad...)
		}
		bad = append(bad, fmt.Errorf("%s: %w", s.name(seq), err))
	}
	return 0, errors.Join(bad...)
}

func (s snapshotDir) read(seq uint64, e *rules.Engine) error {
	f, err := s.vault.openSealed(s.name(seq))
	if err != nil {
		return err
	}
	defer f.Close()
	return e.Restore(bufio.NewReaderSize(f, 1<<20))
}

// save writes a snapshot, whole or not at all, and removes old ones.
func (s snapshotDir) save(e *rules.Engine, seq uint64) error {
	err := s.vault.writeSealed(s.name(seq), func(to io.Writer) error {
		w := bufio.NewWriterSize(to, 1<<20)
		return errors.Join(e.Snapshot(w), w.Flush())
	})
	if err != nil {
		return err
	}
	seqs, err := s.list()
	for _, old := range seqs[min(snapshotsKept, len(seqs)):] {
		err = errors.Join(err, os.Remove(s.name(old)))
	}
	return errors.Join(err, syncDir(s.path))
}

// snapshotDue tells when to save the engine, so that a restart has little to replay.
func (d *district) snapshotDue() bool {
	return d.unsaved >= snapshotEntries || d.unsaved > 0 && time.Since(d.savedAt) >= snapshotEvery
}

// snapshot saves the engine after the entry that it has taken last; all alerts are
// stored. One that fails is tried again later: it loses nothing.
func (d *district) snapshot(seq uint64) {
	d.unsaved, d.savedAt = 0, time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.state.Commit(ctx, store.Batch{District: d.id, Seq: seq}); err != nil {
		d.logger.Error("snapshot is not saved", "district", d.id, "err", err)
		return
	}
	if err := d.snapshots.save(d.desk.engine, seq); err != nil {
		d.logger.Error("snapshot is not saved", "district", d.id, "err", err)
		return
	}
	d.saved.Store(seq)
}
