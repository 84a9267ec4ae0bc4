package tracks

import (
	"context"
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// PruneKeeping deletes as that of History does. A bucket has one retention for all
// kinds, so it has none of its own or the longest, and this keeps the others. On
// InfluxDB 1.8 it deletes from all retention policies of the database.
func (x *Influx) PruneKeeping(ctx context.Context, kind event.Kind, before roster.Instant, kept []Kept) (total int64, err error) {
	for _, p := range parts(span{ever().from, before}, kept) {
		n, err := x.prunePart(ctx, kind, &p)
		total += n
		if err != nil {
			return total, fmt.Errorf("prune history: %w", err)
		}
	}
	return total, nil
}

// part is a span in which the same people are held.
type part struct {
	span
	held []roster.SubjectID
}

// parts cuts a span where something kept begins or ends.
func parts(all span, kept []Kept) (list []part) {
	cuts := []roster.Instant{all.from, all.until}
	for _, k := range kept {
		cuts = append(cuts, min(max(k.From, all.from), all.until), min(max(k.Until, all.from), all.until))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i, until := range cuts[1:] {
		p := part{span: span{cuts[i], until}}
		for _, k := range kept {
			if k.From <= p.from && k.Until >= p.until {
				p.held = append(p.held, k.Subject)
			}
		}
		list = append(list, p)
	}
	return list
}

// prunePart deletes all of a span, or of everybody who is not held in it, one after
// the other: InfluxDB cannot delete all but one.
func (x *Influx) prunePart(ctx context.Context, kind event.Kind, p *part) (total int64, err error) {
	if len(p.held) == 0 {
		return x.remove(ctx, kind, p.span, "")
	}
	people, err := x.people(ctx, p.span, ofKind(kind))
	if err != nil {
		return 0, err
	}
	for _, id := range people {
		if slices.Contains(p.held, id) {
			continue
		}
		n, err := x.remove(ctx, kind, p.span, id)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// people lists whom events of a span are about.
func (x *Influx) people(ctx context.Context, s span, where string) (list []roster.SubjectID, err error) {
	flux := x.source(s) + where + ` |> filter(fn: (r) => r._field == "received") |> count() |> group(columns: ["subject"]) |> sum()`
	err = x.query(ctx, flux, func(r row) error {
		if id := r.text("subject"); id != "" {
			list = append(list, roster.SubjectID(id))
		}
		return nil
	})
	return list, err
}
