package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/audit"
)

// replayer judges dead letters again, by the roster and rules of now and the
// receive time of then.
type replayer struct {
	d       *daemon
	decoder *ingest.Decoder
	dryRun  bool
	datum   geo.Datum // for those rejected for theirs; empty: as sent
	by      string    // who asks
}

// fate is what became of one dead letter.
type fate struct {
	done bool // it waits no longer
	text string
}

// all replays in order and says of each what became of it. Its error counts
// those that stay.
func (r *replayer) all(ctx context.Context, out io.Writer, ids []int64) error {
	r.d.replaying.Lock() // two replays of one letter at once could both be accepted
	defer r.d.replaying.Unlock()
	stay := 0
	for _, id := range ids {
		f, err := r.one(ctx, id)
		if err != nil {
			return fmt.Errorf("replay dead letter %d: %w", id, err)
		}
		if !f.done {
			stay++
		}
		if _, err := fmt.Fprintf(out, "%d  %s\n", id, f.text); err != nil {
			return err
		}
	}
	if stay > 0 {
		return fmt.Errorf("%d of %d dead letters stay as they are", stay, len(ids))
	}
	return nil
}

func (r *replayer) one(ctx context.Context, id int64) (fate, error) {
	l, err := r.d.findLetter(ctx, id)
	if err != nil {
		return fate{}, err
	}
	why := r.refusal(&l)
	switch {
	case why != "":
	case l.Reason == refusedBySink:
		return r.resend(ctx, &l)
	case r.datum != "":
		if l, err = withDatum(l, r.datum); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		return fate{text: "refused: " + why}, nil
	}
	if err := r.historyCaughtUp(ctx, l.Device); err != nil {
		return fate{}, err
	}
	return r.accept(ctx, &l)
}

// accept judges a dead letter, and journals it when nothing is wrong any more.
func (r *replayer) accept(ctx context.Context, l *store.DeadLetter) (fate, error) {
	j := r.judge(l)
	switch {
	case j.rejected != nil:
		return fate{text: fmt.Sprintf("still rejected: %s, %s", j.rejected.Reason, j.rejected.Detail)}, nil
	case len(j.entries) == 0:
		return fate{done: true, text: "duplicate: it was accepted before"}, r.mark(ctx, l.ID)
	case r.dryRun:
		return fate{done: true, text: "would be accepted"}, nil
	}
	if err := r.d.Append(ctx, j.district, j.entries); err != nil {
		return fate{}, err
	}
	for i := range j.entries {
		if e := j.entries[i].Event; e.ID != "" {
			r.d.ids.Remember(e.Device, e.ID, e.Time)
		}
	}
	return fate{done: true, text: "accepted"}, errors.Join(r.mark(ctx, l.ID), r.auditDatum(ctx, l))
}

// auditDatum records that an operator, not the device, said what the datum was.
func (r *replayer) auditDatum(ctx context.Context, l *store.DeadLetter) error {
	if r.datum == "" {
		return nil
	}
	return r.d.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: r.by, Action: "deadletter.datum", Object: strconv.FormatInt(l.ID, 10), Detail: string(r.datum), District: l.District,
	})
}

// refusal says why a dead letter cannot be judged again, "" when it can.
func (r *replayer) refusal(l *store.DeadLetter) string {
	switch why := notKept(l.Reason); {
	case l.Replayed != 0:
		return "it was replayed at " + r.d.clock(l.Replayed)
	case why != "":
		return string(l.Reason) + ": " + why
	case r.datum != "" && l.Reason != event.DatumReason:
		return string(l.Reason) + ": --datum repairs only those rejected for datum"
	case len(l.Payload) >= event.MaxKeptPayload:
		return fmt.Sprintf("only its first %d KiB were kept", event.MaxKeptPayload>>10)
	}
	return ""
}

// judgement is what acceptance says of the events in a dead letter.
type judgement struct {
	entries  []event.Entry // of the accepted ones; none when all are duplicates
	district roster.DistrictID
	rejected *event.Rejection // the first one; then nothing is accepted
}

// judge runs a dead letter through the same acceptance as a message that has
// just arrived, but with its own time of receipt.
func (r *replayer) judge(l *store.DeadLetter) judgement {
	acceptor := ingest.Acceptor{
		Find: r.d.registry.find, IDs: r.ids(),
		Policy: func(id roster.DistrictID) roster.Policy { return r.d.rules.Load().Policy(id) },
	}
	j := judgement{district: r.d.unplaced()}
	drafts := r.decoder.Decode(ingest.Message{Topic: l.Topic, Payload: l.Payload, Received: l.Received}, nil)
	if len(drafts) == 0 {
		j.rejected = &l.Rejection // a topic of our own: nothing to judge
	}
	for i := range drafts {
		entry, result := acceptor.Accept(&drafts[i])
		switch result {
		case ingest.Rejected:
			j.rejected = entry.Rejection
			return j
		case ingest.Accepted:
			// The journal is in the order of its writing; the event keeps its receipt.
			entry.At = nowInstant()
			j.entries, j.district = append(j.entries, entry), drafts[i].District
		}
	}
	return j
}

// replayIDs tells duplicates of old messages: by what ingest remembers and by the
// whole track history. It remembers for one dead letter only, because nothing is
// accepted before it is journaled.
type replayIDs struct {
	*ingest.RecentIDs
	live *ingest.RecentIDs
}

var _ ingest.IDs = replayIDs{}

func (r *replayer) ids() replayIDs {
	return replayIDs{ingest.NewRecentIDs(accepted{unwritten: r.d.unwritten, history: r.d.history, started: nowInstant(), log: r.d.log}), r.d.ids}
}

// Seen tells whether the event was accepted before.
func (x replayIDs) Seen(device roster.DeviceID, id string, at roster.Instant) bool {
	return x.live.Seen(device, id, at) || x.RecentIDs.Seen(device, id, at)
}

func (r *replayer) mark(ctx context.Context, id int64) error {
	if r.dryRun {
		return nil
	}
	return r.d.state.MarkReplayed(ctx, id, r.by, nowInstant())
}

// historyPatienceReplay bounds the wait for the track history.
const historyPatienceReplay = 30 * time.Second

// historyCaughtUp waits until the track history holds what the journal of the
// device's district holds: only then it tells duplicates.
func (r *replayer) historyCaughtUp(ctx context.Context, device roster.DeviceID) error {
	dir := r.d.registry.find(device)
	if dir == nil {
		return nil
	}
	l := r.d.lane(dir.DistrictID())
	if l == nil {
		return nil
	}
	_, last, err := l.district.log.Bounds(ctx)
	if err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(ctx, historyPatienceReplay)
	defer cancel()
	if err := waitFor(patience, func() bool { return l.recorder.written.Load() >= last }); err != nil {
		return fmt.Errorf("the track history is behind the journal, so duplicates cannot be told; repeat later: %w", err)
	}
	return nil
}
