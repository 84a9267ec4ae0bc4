package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store/audit"
)

func auditVerifyCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	deposit := fs.String("checkpoint", "", "`FILE` with a checkpoint that was deposited elsewhere; shows an end that was cut off or written anew")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		var known *audit.Checkpoint
		if *deposit != "" {
			if known, err = readCheckpoint(c, *deposit); err != nil {
				return err
			}
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error { return st.verifyAudit(ctx, c, known) })
	}
}

func readCheckpoint(c *call, name string) (*audit.Checkpoint, error) {
	data, err := c.readFile(name)
	if err != nil {
		return nil, invalid(fmt.Errorf("read checkpoint: %w", err))
	}
	var known audit.Checkpoint
	if err := json.Unmarshal(data, &known); err != nil || known.N < 1 || len(known.Hash) != 2*seal.HashSize {
		return nil, invalid(fmt.Errorf("%s is no checkpoint; wants what audit checkpoint printed", name))
	}
	return &known, nil
}

// verifyAudit recomputes the chain and says where it breaks.
func (st *openState) verifyAudit(ctx context.Context, c *call, known *audit.Checkpoint) error {
	start, err := st.state.AuditStart(ctx)
	if err != nil {
		return err
	}
	end, err := st.state.VerifyAudit(ctx)
	if err == nil && known != nil {
		err = st.state.CheckDeposit(ctx, *known)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "whole: records %d to %d, last hash %s\n", start.N+1, end.N, end.Hash)
	return err
}

func auditCheckpointCommand(fs *flag.FlagSet) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error {
		end, err := st.state.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		if end.N == 0 {
			return errors.New("the audit log is empty: there is nothing to deposit")
		}
		return json.NewEncoder(c.out).Encode(end)
	})
}

func auditExportCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	from := fs.String("from", "", "first `TIME`, required")
	until := fs.String("until", "", "`TIME` before which the export ends; without it, everything up to now")
	return func(ctx context.Context, c *call) error {
		first, err := instantFlag("--from", *from)
		if err != nil {
			return err
		}
		last := nowInstant()
		if *until != "" {
			if last, err = instantFlag("--until", *until); err != nil {
				return err
			}
		}
		if last <= first {
			return usagef("--until must be after --from")
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error { return st.exportAudit(ctx, c, first, last) })
	}
}

// exportedRecord is a record with all that its hash is over, and the time for
// people beside it.
type exportedRecord struct {
	audit.Record
	Time string    `json:"time"`
	Alg  seal.Hash `json:"alg"`
	Hash string    `json:"hash"`
}

func exported(r *audit.Record, loc *time.Location) exportedRecord {
	return exportedRecord{Record: *r, Time: r.At.Time(loc).Format(time.RFC3339Nano), Alg: r.Alg, Hash: r.Hash}
}

// exportAudit prints the records of a span, a line each; that it was done is a
// record itself.
func (st *openState) exportAudit(ctx context.Context, c *call, from, until roster.Instant) error {
	err := st.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: systemUser(), Action: "audit.export", Detail: fmt.Sprintf("%d to %d", from, until),
	})
	if err != nil {
		return err
	}
	w := bufio.NewWriter(c.out)
	lines := json.NewEncoder(w)
	for r, err := range st.state.AuditBetween(ctx, from, until) {
		if err != nil {
			return err
		}
		if err := lines.Encode(exported(&r, st.cal.Location())); err != nil {
			return err
		}
	}
	return w.Flush()
}
