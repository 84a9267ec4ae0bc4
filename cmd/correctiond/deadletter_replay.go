package main

import (
	"context"
	"errors"
	"flag"
	"math"
	"slices"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/ingest"
	"correctiond/store"
)

func deadletterReplayCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	reason := fs.String("reason", "", "all that wait and were rejected for this `REASON`, the oldest first")
	datum := fs.String("datum", "", "take the positions of those rejected for datum to be in `DATUM`: wgs84, cgcs2000, gcj02 or bd09")
	dryRun := fs.Bool("dry-run", false, "say what would become of them, change nothing")
	return func(ctx context.Context, c *call) error {
		if (len(c.args) > 0) == (*reason != "") {
			return usagef("deadletter replay wants either the numbers of dead letters or --reason")
		}
		var ids []int64
		for _, arg := range c.args {
			id, err := letterID(arg)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		if err := replayableReason(event.Reason(*reason)); err != nil {
			return err
		}
		if err := repairDatum(geo.Datum(*datum), event.Reason(*reason)); err != nil {
			return err
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			if st.daemon == nil {
				return errors.New("deadletter replay needs the running daemon, for only it may write to the journal; start correctiond serve and repeat")
			}
			if ids, err = st.lettersToReplay(ctx, ids, event.Reason(*reason)); err != nil {
				return err
			}
			adapters, err := ingest.Adapters(cfg.MQTT.Adapters, cfg.MQTT.TraccarTopic)
			if err != nil {
				return err
			}
			r := &replayer{d: st.daemon, decoder: ingest.NewDecoder(cfg.MQTT.Prefix, nil, adapters...), dryRun: *dryRun, datum: geo.Datum(*datum), by: systemUser()}
			return r.all(ctx, c.out, ids)
		})
	}
}

// replayableReason refuses a whole class that can never be accepted.
func replayableReason(reason event.Reason) error {
	if err := knownReason(reason); err != nil {
		return err
	}
	if why := notKept(reason); why != "" {
		return usagef("--reason: %s cannot be replayed: %s", reason, why)
	}
	return nil
}

// notKept says what a dead letter of the reason lacks for a replay, "" when
// nothing. What the law did not let us know stays unknown, whatever the roster
// says later.
func notKept(reason event.Reason) string {
	switch reason {
	case event.UnknownDevice, event.Unbound, event.ReleasedPerson, event.OutOfTerm, event.NoBasis:
		return "the law did not permit to know the position, so it was not kept"
	case event.BiometricData:
		return "the image or recording in it was not kept, nor what stood around it"
	}
	return ""
}

// lettersToReplay checks the numbers, or finds those that wait with a reason.
func (st *openState) lettersToReplay(ctx context.Context, ids []int64, reason event.Reason) ([]int64, error) {
	for _, id := range ids {
		if _, err := st.findLetter(ctx, id); err != nil {
			return nil, err
		}
	}
	if reason == "" {
		return ids, nil
	}
	err := st.eachLetter(ctx, store.DeadLetterFilter{Reason: reason}, math.MaxInt, func(l *store.DeadLetter) error {
		if l.Replayed == 0 {
			ids = append(ids, l.ID)
		}
		return nil
	})
	slices.Reverse(ids)
	return ids, err
}
