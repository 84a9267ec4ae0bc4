package main

import (
	"bufio"
	"context"
	varint "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

// storeQuery reads the flags that bound a replay from the store.
func (f *replayFlags) storeQuery() (q storeQuery, err error) {
	q = storeQuery{district: roster.DistrictID(f.district), until: math.MaxInt64 - 1}
	if f.from != "" {
		if q.from, err = instantFlag("--from", f.from); err != nil {
			return q, err
		}
	}
	if f.until != "" {
		q.until, err = instantFlag("--until", f.until)
	}
	if err == nil && q.until < q.from {
		err = usagef("--until must not be before --from")
	}
	return q, err
}

// serveStore streams what was recorded to the process that replays.
func (f *replayFlags) serveStore(ctx context.Context, c *call, cfg *config) error {
	q, err := f.storeQuery()
	if err != nil {
		return err
	}
	return withState(ctx, c, cfg, openStores, func(st *openState) error { return st.stream(ctx, c.out, q) })
}

// feedStore runs the rules over what the store has recorded.
func (f *replayFlags) feedStore(ctx context.Context, c *call, cfg *config) (runs []*replay, err error) {
	q, err := f.storeQuery()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		there := *c
		there.out, there.files = out, nil // the other side needs none of our files
		err := withState(ctx, &there, cfg, openStores, func(st *openState) error { return st.stream(ctx, out, q) })
		out.CloseWithError(err)
		ended <- err
	}()
	runs, err = f.take(c, cfg, bufio.NewReaderSize(in, 1<<16))
	cancel()
	in.CloseWithError(errEnough)
	if sent := <-ended; err == nil && sent != nil && !errors.Is(sent, errEnough) {
		err = sent
	}
	return runs, err
}

// take reads the stream and runs the rules.
func (f *replayFlags) take(c *call, cfg *config, in *bufio.Reader) ([]*replay, error) {
	block, err := readBlock(in)
	if err != nil {
		return nil, err
	}
	var head storeHead
	if err := json.Unmarshal(block, &head); err != nil {
		return nil, fmt.Errorf("read what was recorded: %w", err)
	}
	own := *cfg
	own.Zone = head.Zone
	people := []byte(head.Roster)
	if f.roster != "" {
		if people, err = f.readRoster(c); err != nil {
			return nil, err
		}
	}
	runs, err := f.prepare(c, &own, people)
	if err != nil {
		return nil, err
	}
	sayActs(c.err, head.ActsSince, runs[0].loc)
	var dec event.Decoder
	var entries []event.Entry
	for {
		block, err := readBlock(in)
		if errors.Is(err, io.EOF) {
			return runs, nil
		}
		if err != nil {
			return nil, err
		}
		if entries, err = dec.Decode(block, entries[:0]); err != nil {
			return nil, fmt.Errorf("read what was recorded: %w", err)
		}
		for _, r := range runs {
			if err := r.recorded(entries); err != nil {
				return nil, err
			}
		}
	}
}

// sayActs says how far back the acts of officers are known.
func sayActs(w io.Writer, since roster.Instant, loc *time.Location) {
	if since == 0 {
		fmt.Fprintln(w, "acts of officers and refused messages are not in the history, and there is no journal: this run has none")
		return
	}
	fmt.Fprintf(w, "acts of officers and refused messages are known since %s, where the journal begins\n",
		since.Time(loc).Format(time.RFC3339))
}

// recorded applies entries of the store. They were accepted or refused when they
// came; an act may name an alert that these rules do not raise.
func (r *replay) recorded(entries []event.Entry) error {
	for i := range entries {
		e := entries[i]
		if r.clock == 0 {
			r.began = e.At
			if err := r.desk.tick(e.At); err != nil {
				return err
			}
		}
		r.clock = max(r.clock, e.At)
		r.tally["entries"]++
		switch {
		case e.Act != nil:
			r.act(&e)
			continue
		case e.Rejection != nil:
			r.reject(e.Rejection)
		default:
			r.tally["accepted"]++
		}
		if err := r.desk.take(&e); err != nil {
			return err
		}
	}
	return nil
}

// act applies an act for what it was, whatever version of an alert it saw; one
// that does not fit these rules is counted.
func (r *replay) act(e *event.Entry) {
	a := *e.Act
	a.Version, a.Token = 0, ""
	e.Act = &a
	if err := r.desk.take(e); err != nil {
		r.tally["acts not applied"]++
	}
}

// readBlock reads what writeBlock wrote; io.EOF at the end.
func readBlock(r *bufio.Reader) ([]byte, error) {
	n, err := varint.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if n > maxStoreBlock {
		return nil, fmt.Errorf("a block of %d bytes", n)
	}
	block := make([]byte, n)
	if _, err := io.ReadFull(r, block); err != nil {
		return nil, fmt.Errorf("read what was recorded: %w", err)
	}
	return block, nil
}
