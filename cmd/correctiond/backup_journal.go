package main

import (
	"bufio"
	"context"
	varint "encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
)

// logName is a district's journal in a backup: an encrypted stream of batches, each
// with its sequence and length before it.
func logName(id roster.DistrictID) string {
	return filepath.Join("journal", "d"+hex.EncodeToString([]byte(id))+".log")
}

// journal copies the logs of all districts, as far as they go now.
func (b *backing) journal(ctx context.Context) error {
	from, err := b.st.readJournal(ctx)
	if err != nil {
		return err
	}
	defer from.close()
	ids, err := b.st.state.Districts(ctx)
	if err != nil {
		return err
	}
	none, err := b.st.strangersOf(ctx)
	if err != nil {
		return err
	}
	for _, id := range append(ids, none) {
		log, err := from.log(ctx, id)
		if err != nil || log == nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := b.copyLog(ctx, id, log, from); err != nil {
			return fmt.Errorf("journal of %s: %w", id, err)
		}
	}
	return nil
}

func (b *backing) copyLog(ctx context.Context, id roster.DistrictID, log *journal.Log, from *logReader) error {
	first, last, err := log.Bounds(ctx)
	if err != nil {
		return err
	}
	name := filepath.Join(b.dir, logName(id))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	err = b.st.vault.writeSealed(name, func(to io.Writer) error {
		if first > last {
			return nil
		}
		w := bufio.NewWriterSize(to, 1<<20)
		err := followAll(ctx, log, first, from.logger, func(seq uint64, entries []event.Entry) error {
			if err := writeBatch(w, seq, entries); err != nil || seq < last {
				return err
			}
			return errEnough
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return errors.Join(err, w.Flush())
	})
	b.manifest.Logs = append(b.manifest.Logs, backupLog{District: id, First: first, Last: last})
	return errors.Join(err, b.seal(logName(id)))
}

func writeBatch(w io.Writer, seq uint64, entries []event.Entry) error {
	var body []byte
	for i := range entries {
		body = event.AppendEntry(body, &entries[i])
	}
	head := varint.AppendUvarint(varint.AppendUvarint(nil, seq), uint64(len(body)))
	_, err := w.Write(append(head, body...))
	return err
}

// readBatch reads what writeBatch wrote; io.EOF after the last.
func readBatch(r *bufio.Reader) (seq uint64, entries []event.Entry, err error) {
	if seq, err = varint.ReadUvarint(r); err != nil {
		return 0, nil, err
	}
	n, err := varint.ReadUvarint(r)
	if err != nil || n > 2*journal.MaxBatch {
		return 0, nil, errors.Join(err, errors.New("the copy of the journal is broken"))
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, errors.Join(errors.New("the copy of the journal is broken"), err)
	}
	entries, err = event.DecodeEntries(body)
	return seq, entries, err
}

// fillLog writes a copied log into a new one, each batch at its sequence.
func fillLog(ctx context.Context, log *journal.Log, of backupLog, from io.Reader) error {
	if of.First > 1 {
		if err := log.Purge(ctx, of.First-1); err != nil {
			return err
		}
	}
	r := bufio.NewReaderSize(from, 1<<20)
	for {
		seq, entries, err := readBatch(r)
		if errors.Is(err, io.EOF) {
			return log.Advance(ctx, of.Last)
		}
		if err != nil {
			return err
		}
		if err := log.Advance(ctx, seq-1); err != nil {
			return err
		}
		got := seq
		if len(entries) == 0 {
			err = log.Advance(ctx, seq)
		} else {
			got, err = log.Append(ctx, entries)
		}
		if err != nil || got != seq {
			return errors.Join(err, fmt.Errorf("batch %d became batch %d", seq, got))
		}
	}
}
