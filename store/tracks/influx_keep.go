package tracks

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// PruneKeeping deletes as that of History does. A bucket has one retention for all
// kinds, so it has to be the longest, and the shorter ones are kept by this. InfluxDB
// deletes by time, not by whom it spares: in the spans of a hold everybody's events
// stay. A bucket's own retention knows of no hold. On InfluxDB 1.8 this deletes from
// all retention policies of the database.
func (x *Influx) PruneKeeping(ctx context.Context, kind event.Kind, before roster.Instant, kept []Kept) (total int64, err error) {
	for _, s := range around(span{ever().from, before}, kept) {
		n, err := x.count(ctx, s, ofKind(kind))
		if err == nil && n > 0 {
			err = x.remove(ctx, kind, s)
		}
		if err != nil {
			return total, fmt.Errorf("prune history: %w", err)
		}
		total += n
	}
	return total, nil
}

// around is what is left of a span without those that are kept.
func around(all span, kept []Kept) (left []span) {
	kept = slices.Clone(kept)
	slices.SortFunc(kept, func(a, b Kept) int { return cmp.Compare(a.From, b.From) })
	for _, k := range kept {
		if free := (span{all.from, min(k.From, all.until)}); free.from < free.until {
			left = append(left, free)
		}
		all.from = max(all.from, k.Until)
	}
	if all.from < all.until {
		left = append(left, all)
	}
	return left
}
