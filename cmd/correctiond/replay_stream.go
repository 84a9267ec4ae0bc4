package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"correctiond/store/audit"

	varint "encoding/binary"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/store"
)

// A replay from the store has two sides. The one that holds the data directory,
// the running daemon or else this process, streams what was recorded: a storeHead
// as JSON, then blocks of entries in the journal's encoding, each with its length
// before it. The other side runs the rules, so that a daemon never does it twice.
const (
	storeBlock    = 512       // entries of a block
	maxStoreBlock = 256 << 20 // bytes of one, the roster's too
)

// storeHead goes before the entries.
type storeHead struct {
	District roster.DistrictID `json:"district"`
	Zone     string            `json:"zone"`
	Roster   json.RawMessage   `json:"roster"`
	// ActsSince is where the journal begins, which holds the acts of officers and
	// the refused messages; 0: there is none.
	ActsSince roster.Instant `json:"acts_since"`
}

// storeQuery says what of the history is wanted: one district's, from ≤ received
// ≤ until.
type storeQuery struct {
	district    roster.DistrictID
	from, until roster.Instant
}

// stream writes what was recorded to out. The reading is audited: it is of
// everybody.
func (st *openState) stream(ctx context.Context, out io.Writer, q storeQuery) error {
	v, err := st.rosterOf(ctx, q.district)
	if err != nil {
		return err
	}
	q.district = v.District
	err = st.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: systemUser(), Action: "history.replay", Object: string(q.district),
		Detail: fmt.Sprintf("%d to %d", q.from, q.until), District: q.district,
	})
	if err != nil {
		return err
	}
	reader, err := st.readJournal(ctx)
	if err != nil {
		return err
	}
	defer reader.close()
	acts, since, err := reader.acts(ctx, q)
	if err != nil {
		return err
	}
	head, err := json.Marshal(storeHead{District: q.district, Zone: st.cfg.Zone, Roster: v.JSON, ActsSince: since})
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<16)
	if err := writeBlock(w, head); err != nil {
		return err
	}
	at := func(e *event.Entry) roster.Instant { return e.At }
	if err := writeEntries(w, inOrder(at, st.recorded(ctx, &v, q), acts)); err != nil {
		return err
	}
	return w.Flush()
}

// rosterOf is the current roster of a district; "" is the only one there is.
func (st *openState) rosterOf(ctx context.Context, id roster.DistrictID) (store.RosterVersion, error) {
	ids, err := st.state.Districts(ctx)
	switch {
	case err != nil:
		return store.RosterVersion{}, err
	case id == "" && len(ids) == 1:
		id = ids[0]
	case len(ids) == 0:
		return store.RosterVersion{}, usagef("there is no roster yet, and so no history; see correctiond roster import")
	case !slices.Contains(ids, id):
		return store.RosterVersion{}, usagef("--district: say which one of %v", ids)
	}
	return st.state.CurrentRoster(ctx, id)
}

// recorded yields the events in the history of the district's devices.
func (st *openState) recorded(ctx context.Context, v *store.RosterVersion, q storeQuery) iter.Seq2[event.Entry, error] {
	return func(yield func(event.Entry, error) bool) {
		devices, err := devicesOf(v)
		if err != nil {
			yield(event.Entry{}, err)
			return
		}
		for ev, err := range st.history.Export(ctx, q.from, q.until+1) {
			if err == nil && !devices[ev.Device] {
				continue
			}
			if !yield(event.Entry{At: ev.Received, Event: &ev}, err) {
				return
			}
		}
	}
}

func devicesOf(v *store.RosterVersion) (map[roster.DeviceID]bool, error) {
	var file roster.Roster
	if err := json.Unmarshal(v.JSON, &file); err != nil {
		return nil, fmt.Errorf("read stored roster of %s: %w", v.District, err)
	}
	devices := make(map[roster.DeviceID]bool, len(file.Devices))
	for i := range file.Devices {
		devices[file.Devices[i].ID] = true
	}
	return devices, nil
}

// acts yields what only the journal holds, acts of officers and refused messages,
// and says where the journal begins; 0: there is none.
func (r *logReader) acts(ctx context.Context, q storeQuery) (iter.Seq2[event.Entry, error], roster.Instant, error) {
	none := func(func(event.Entry, error) bool) {}
	log, err := r.log(ctx, q.district)
	if err != nil || log == nil {
		return none, 0, err
	}
	_, last, err := log.Bounds(ctx)
	if err != nil {
		return none, 0, err
	}
	since, err := r.begin(ctx, log, q.district, last)
	return func(yield func(event.Entry, error) bool) {
		clock := q.from
		for l, err := range r.entries(ctx, log, q.district, last) {
			if err == nil && !q.wants(&l.entry) {
				continue
			}
			clock = max(clock, l.entry.At) // writers that raced
			l.entry.At = clock
			if !yield(l.entry, err) {
				return
			}
		}
	}, since, err
}

// wants tells whether an entry is an act or a refusal of the time asked for.
func (q *storeQuery) wants(e *event.Entry) bool {
	return (e.Act != nil || e.Rejection != nil) && e.At >= q.from && e.At <= q.until
}

// begin is the instant of the first entry that a log holds; 0: it holds none.
func (r *logReader) begin(ctx context.Context, log *journal.Log, id roster.DistrictID, last uint64) (roster.Instant, error) {
	for l, err := range r.entries(ctx, log, id, last) {
		return l.entry.At, err
	}
	return 0, nil
}

func writeEntries(w *bufio.Writer, entries iter.Seq2[event.Entry, error]) error {
	var buf []byte
	n := 0
	for e, err := range entries {
		if err != nil {
			return err
		}
		buf = event.AppendEntry(buf, &e)
		if n++; n == storeBlock {
			if err := writeBlock(w, buf); err != nil {
				return err
			}
			buf, n = buf[:0], 0
		}
	}
	if n == 0 {
		return nil
	}
	return writeBlock(w, buf)
}

func writeBlock(w *bufio.Writer, block []byte) error {
	_, err := w.Write(varint.AppendUvarint(nil, uint64(len(block))))
	if err == nil {
		_, err = w.Write(block)
	}
	return err
}
