package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"strconv"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// deadLetterAge is how long dead letters are kept. The configuration has no key
// for it: 90 days are enough to notice a wrong roster and repair it,
// and personal data may not be kept longer than needed (个人信息保护法 Article 19).
const deadLetterAge = 90 * 24 * time.Hour

// deadLetterPage is how many dead letters are read at once.
const deadLetterPage = 500

// letterJSON is a dead letter as people and programs see it.
type letterJSON struct {
	ID       int64             `json:"id"`
	Received string            `json:"received"`
	District roster.DistrictID `json:"district,omitempty"` // empty: of an unknown device
	Device   roster.DeviceID   `json:"device,omitempty"`
	Topic    string            `json:"topic"`
	Index    int               `json:"index"`
	Reason   event.Reason      `json:"reason"`
	Detail   string            `json:"detail"`
	Replayed *string           `json:"replayed"`
	// Payload is for show only: it may hold a position.
	Payload *string `json:"payload,omitempty"`
}

func (st *openState) letter(l *store.DeadLetter) letterJSON {
	out := letterJSON{
		ID: l.ID, Received: st.clock(l.Received), District: l.District, Device: l.Device, Topic: l.Topic,
		Index: l.Index, Reason: l.Reason, Detail: l.Detail,
	}
	if l.District == nobody {
		out.District = ""
	}
	if l.Replayed != 0 {
		at := st.clock(l.Replayed)
		out.Replayed = &at
	}
	return out
}

func (st *openState) clock(t roster.Instant) string {
	return t.Time(st.cal.Location()).Format(time.RFC3339)
}

// eachLetter visits at most limit dead letters, the newest first.
func (st *openState) eachLetter(ctx context.Context, f store.DeadLetterFilter, limit int, fn func(*store.DeadLetter) error) error {
	for limit > 0 {
		f.Limit = min(limit, deadLetterPage)
		page, err := st.state.DeadLetters(ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			if err := fn(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < f.Limit {
			return nil
		}
		limit -= len(page)
		f.Before = page[len(page)-1].ID
	}
	return nil
}

func deadletterShowCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		id, err := letterID(c.args[0])
		if err != nil {
			return err
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			return st.showLetter(ctx, c.out, id)
		})
	}
}

// showLetter prints one dead letter whole. It may say where a person was, so the
// reading is recorded first.
func (st *openState) showLetter(ctx context.Context, out io.Writer, id int64) error {
	l, err := st.findLetter(ctx, id)
	if err != nil {
		return err
	}
	err = st.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: systemUser(), Action: "deadletter.show", Object: strconv.FormatInt(id, 10),
	})
	if err != nil {
		return err
	}
	doc := st.letter(&l)
	payload := string(l.Payload)
	doc.Payload = &payload
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}

func (st *openState) findLetter(ctx context.Context, id int64) (store.DeadLetter, error) {
	l, err := st.state.DeadLetter(ctx, id)
	if errors.Is(err, database.ErrNotFound) {
		return l, usagef("there is no dead letter %d; see correctiond deadletter list", id)
	}
	return l, err
}

func letterID(arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || id < 1 {
		return 0, usagef("%q is not the number of a dead letter; see correctiond deadletter list", arg)
	}
	return id, nil
}

// pruneDeadLetters deletes those that are older than deadLetterAge.
func (d *daemon) pruneDeadLetters(ctx context.Context, now roster.Instant) {
	n, err := d.state.PruneDeadLetters(ctx, now-roster.Length(deadLetterAge))
	if err != nil {
		d.log.Error("old dead letters are not deleted", "err", err)
	} else if n > 0 {
		d.log.Info("old dead letters deleted", "letters", n)
	}
}
