package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/web"
)

var (
	_ web.Rosters = ports{}
	_ web.Letters = ports{}
)

// Roster reads the current roster of a district, with all that acts have changed.
func (p ports) Roster(ctx context.Context, id roster.DistrictID) (*roster.Roster, int, error) {
	if err := p.d.amend(ctx, id); err != nil {
		return nil, 0, err
	}
	v, err := p.d.state.CurrentRoster(ctx, id)
	if errors.Is(err, database.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	file := new(roster.Roster)
	if err := json.Unmarshal(v.JSON, file); err != nil {
		return nil, 0, fmt.Errorf("read stored roster of %s: %w", id, err)
	}
	return file, v.Version, nil
}

// Save checks an edited roster as a whole and makes it the current one. Editors
// come one after the other, so that none overwrites what another has just saved.
func (p ports) Save(ctx context.Context, e web.RosterEdit) (web.RosterChange, error) {
	p.d.editing.Lock()
	defer p.d.editing.Unlock()
	before, version, err := p.Roster(ctx, e.District)
	if err != nil {
		return web.RosterChange{}, err
	}
	if e.Version != 0 && e.Version != version {
		return web.RosterChange{}, web.ErrStaleRoster
	}
	file, err := asWritten(e.Roster)
	if err != nil {
		return web.RosterChange{}, err
	}
	if err := roster.Check(file, p.d.cal).Err(); err != nil {
		return web.RosterChange{}, err
	}
	done := web.RosterChange{Changes: roster.Compare(before, file), Version: version}
	if done.Empty() || e.DryRun {
		return done, nil
	}
	// Stored and journaled, or neither: an editor who leaves does not end it halfway.
	if err := p.d.saveRoster(context.WithoutCancel(ctx), file, e.By); err != nil {
		return done, taken(err)
	}
	_, done.Version, err = p.Roster(ctx, e.District)
	return done, err
}

// asWritten gives an edited roster the form that reading a file gives it.
func asWritten(r *roster.Roster) (*roster.Roster, error) {
	var b bytes.Buffer
	if err := roster.Write(&b, r, "json"); err != nil {
		return nil, err
	}
	return roster.Read(&b, "roster")
}

// taken turns a device that another district holds into a mistake of the roster.
func taken(err error) error {
	if errors.Is(err, database.ErrTaken) {
		return roster.Problems{{Where: "devices", What: "one is in the roster of another district", Fix: "remove it there first"}}
	}
	return err
}

// Exported records that somebody took the whole roster away.
func (p ports) Exported(ctx context.Context, id roster.DistrictID, by, format string) error {
	return p.d.state.AppendAudit(ctx, audit.Record{At: nowInstant(), Actor: by, Action: "roster.export", Object: string(id), Detail: format})
}

// Letters lists rejected messages without what they said: neither their payload
// nor the detail, which may quote it.
func (p ports) Letters(ctx context.Context, f web.LetterFilter) ([]web.Letter, error) {
	var out []web.Letter
	filter := store.DeadLetterFilter{Reason: event.Reason(f.Reason), Device: f.Device, Waiting: f.Waiting, Before: f.Before}
	err := p.d.eachLetter(ctx, filter, f.Limit, func(l *store.DeadLetter) error {
		out = append(out, letterOf(l))
		return nil
	})
	return out, err
}

// LetterCounts counts the rejected messages that wait, by reason.
func (p ports) LetterCounts(ctx context.Context) (map[string]int, error) {
	found, err := p.d.state.DeadLetterCounts(ctx)
	counts := make(map[string]int, len(found))
	for reason, n := range found {
		counts[string(reason)] = n
	}
	return counts, err
}

func letterOf(l *store.DeadLetter) web.Letter {
	out := web.Letter{
		ID: l.ID, Received: l.Received, District: l.District, Device: l.Device, Index: l.Index,
		Kind: l.Topic[strings.LastIndexByte(l.Topic, '/')+1:], Reason: string(l.Reason), Replayed: l.Replayed,
	}
	if isNobody(l.District) {
		out.District = ""
	}
	return out
}

// Replay judges one rejected message again, in the name of who asked.
func (p ports) Replay(ctx context.Context, id int64, by string) (web.Fate, bool, error) {
	if _, err := p.d.state.DeadLetter(ctx, id); err != nil {
		if errors.Is(err, database.ErrNotFound) {
			err = nil
		}
		return web.Fate{}, false, err
	}
	mqtt := &p.d.cfg.MQTT
	adapters, err := ingest.Adapters(mqtt.Adapters, mqtt.TraccarTopic)
	if err != nil {
		return web.Fate{}, false, err
	}
	r := &replayer{d: p.d, decoder: ingest.NewDecoder(mqtt.Prefix, nil, adapters...), by: by}
	what, err := r.only(ctx, id)
	return web.Fate{Done: what.done, Text: plainFate(what.text)}, err == nil, err
}

// only replays one dead letter.
func (r *replayer) only(ctx context.Context, id int64) (fate, error) {
	r.d.replaying.Lock() // two replays of one letter at once could both be accepted
	defer r.d.replaying.Unlock()
	f, err := r.one(ctx, id)
	if err != nil {
		return f, fmt.Errorf("replay dead letter %d: %w", id, err)
	}
	return f, nil
}

// plainFate leaves out the detail of a rejection, which may quote the message.
func plainFate(text string) string {
	if head, _, found := strings.Cut(text, ", "); found && strings.HasPrefix(text, "still rejected") {
		return head
	}
	return text
}
