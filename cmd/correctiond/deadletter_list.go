package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
)

func deadletterListCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	reason := fs.String("reason", "", "only those rejected for this `REASON`")
	device := fs.String("device", "", "only those of this `DEVICE`")
	district := fs.String("district", "", "only those of the district with this `ID`")
	limit := fs.Int("limit", 50, "at most `N`, the newest first")
	format := fs.String("format", "text", "`FORM`: text or ndjson")
	return func(ctx context.Context, c *call) error {
		f := store.DeadLetterFilter{
			Reason: event.Reason(*reason), Device: roster.DeviceID(*device), District: roster.DistrictID(*district),
		}
		switch {
		case *limit < 1:
			return usagef("--limit: %d is less than one", *limit)
		case *format != "text" && *format != "ndjson":
			return usagef("--format: %q is none of text, ndjson", *format)
		}
		if err := knownReason(f.Reason); err != nil {
			return err
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			return st.listLetters(ctx, c.out, f, listing{limit: *limit, ndjson: *format == "ndjson"})
		})
	}
}

// listing is how much of a list is printed, and how.
type listing struct {
	limit  int
	ndjson bool
}

// listLetters prints dead letters, the newest first, without their payloads.
func (st *openState) listLetters(ctx context.Context, out io.Writer, f store.DeadLetterFilter, how listing) error {
	w := bufio.NewWriter(out)
	err := st.eachLetter(ctx, f, how.limit, func(l *store.DeadLetter) error {
		line := st.letter(l)
		if how.ndjson {
			return json.NewEncoder(w).Encode(line)
		}
		mark := ""
		if line.Replayed != nil {
			mark = " [replayed " + *line.Replayed + "]"
		}
		_, err := fmt.Fprintf(w, "%d  %s  %-15s %q  %s%s\n", line.ID, line.Received, line.Reason, line.Topic, line.Detail, mark)
		return err
	})
	return errors.Join(err, w.Flush())
}

// knownReason refuses a reason that no dead letter can have; "" is any.
func knownReason(r event.Reason) error {
	known := []string{
		string(event.TooLarge), string(event.BadJSON), string(event.BadTopic), string(event.BadField), string(event.BiometricData),
		string(event.Encrypted), string(event.DatumReason), string(event.Range), string(event.Future), string(event.Stale),
		string(event.UnknownDevice), string(event.Unbound), string(event.ReleasedPerson), string(event.OutOfTerm), string(event.NoBasis),
		string(refusedBySink),
	}
	if r == "" || slices.Contains(known, string(r)) {
		return nil
	}
	return fmt.Errorf("--reason: %w", unknown("reason", string(r), known))
}
