package main

import (
	"context"
	"errors"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/database"
)

// unreached hears from the sender which steps of alerts failed, and lets the next
// one be taken at once.
type unreached struct {
	alert   func(ctx context.Context, id string) (alerts.Alert, error)
	reached func(ctx context.Context, alert string, step int) (bool, error)
	append  func(ctx context.Context, id roster.DistrictID, entries []event.Entry) error
	now     func() roster.Instant
}

func (d *daemon) newUnreached() *unreached {
	return &unreached{alert: d.state.Alert, reached: d.state.StepReached, append: d.Append, now: nowInstant}
}

// Failed journals that a step reached nobody, unless somebody got another notice
// of it, or the alert has gone on.
func (u *unreached) Failed(ctx context.Context, id roster.DistrictID, alert string, step int) error {
	a, err := u.alert(ctx, alert)
	if errors.Is(err, database.ErrNotFound) || err == nil && !a.Unreached(step) {
		return nil
	}
	if err != nil {
		return err
	}
	if got, err := u.reached(ctx, alert, step); got || err != nil {
		return err
	}
	return u.append(ctx, id, []event.Entry{*stepEntry(alert, a.Version, alerts.NotifyFailed, u.now())})
}
