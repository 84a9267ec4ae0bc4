package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
)

// How often the state database is asked for steps that are due, how many are
// taken at once, and from when on one is late.
const (
	stepLook  = time.Second
	stepBatch = 200
	stepLate  = 60 * roster.Second
)

// stepper carries out what alerts wait for: it asks the state database which
// steps are due and journals them, as the acts of people are. It remembers
// nothing: a step that is not carried out is found again.
type stepper struct {
	due func(ctx context.Context, at roster.Instant, limit int) ([]store.DueStep, error)
	// ready tells whether a district has applied all of its journal, and what its
	// clock shows.
	ready   func(ctx context.Context, id roster.DistrictID) (clock roster.Instant, ok bool)
	append  func(ctx context.Context, id roster.DistrictID, entries []event.Entry) error
	metrics *pipelineMetrics
	logger  *slog.Logger
}

func (d *daemon) newStepper() *stepper {
	return &stepper{
		due: d.state.DueSteps, append: d.Append, metrics: d.metrics, logger: d.log.With("component", "steps"),
		ready: func(ctx context.Context, id roster.DistrictID) (roster.Instant, bool) {
			l := d.lane(id)
			if l == nil || l.district.behind(ctx) {
				return 0, false
			}
			return roster.Instant(l.district.clock.Load()), true
		},
	}
}

// run looks for steps until ctx ends.
func (s *stepper) run(ctx context.Context) error {
	t := time.NewTicker(stepLook)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := s.look(ctx, nowInstant()); err != nil && ctx.Err() == nil {
			s.logger.Error("steps of alerts are not carried out", "err", err)
		}
	}
}

// look journals the steps due at now. A district that has entries to apply is
// passed over: the step may be among them, or be overtaken.
func (s *stepper) look(ctx context.Context, now roster.Instant) error {
	due, err := s.due(ctx, now, stepBatch)
	if err != nil {
		return err
	}
	entries := map[roster.DistrictID][]event.Entry{}
	for i := range due {
		d := &due[i]
		clock, ok := s.ready(ctx, d.District)
		if !ok {
			continue
		}
		s.tell(d, now)
		entries[d.District] = append(entries[d.District], *stepEntry(d.Alert, d.Version, d.Do, max(now, clock)))
	}
	var errs []error
	for id, list := range entries {
		if err := s.append(ctx, id, list); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// tell counts a step that is late, as after an outage.
func (s *stepper) tell(d *store.DueStep, now roster.Instant) {
	if late := now - d.At; late > stepLate {
		s.metrics.stepLate()
		s.logger.Warn("a step of an alert is late", "alert", d.Alert, "step", d.Do, "late", late.Duration())
	}
}
