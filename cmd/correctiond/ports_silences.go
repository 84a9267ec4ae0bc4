package main

import (
	"context"

	"correctiond/alerts"
	"correctiond/web"
)

// changes is the change feed, with what is silent marked.
type changes struct{ d *daemon }

var _ web.Changes = changes{}

// Changes answers what happened to alerts, in order.
func (c changes) Changes(ctx context.Context, after int64, limit int) ([]alerts.Feed, error) {
	feed, err := c.d.state.Changes(ctx, after, limit)
	marked := make([]*alerts.Alert, len(feed))
	for i := range feed {
		marked[i] = &feed[i].Alert
	}
	return feed, c.d.markSilent(ctx, err, marked...)
}

// LastChange answers the id of the newest change.
func (c changes) LastChange(ctx context.Context) (int64, error) { return c.d.state.LastChange(ctx) }

// markSilent marks the alerts whose notices are held back now, unless they could
// not be read.
func (d *daemon) markSilent(ctx context.Context, err error, list ...*alerts.Alert) error {
	if err != nil || len(list) == 0 {
		return err
	}
	now := nowInstant()
	silences, err := d.state.Silences(ctx, now)
	for _, a := range list {
		a.Silenced = a.State != alerts.Closed && alerts.SilencedUntil(silences, &a.Episode, now) != 0
	}
	return err
}

// each points to the alerts of a page.
func each(items []alerts.Alert) []*alerts.Alert {
	list := make([]*alerts.Alert, len(items))
	for i := range items {
		list[i] = &items[i]
	}
	return list
}
