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
	stepBatch = 1000
	stepLate  = 60 * roster.Second
)

// stepper carries out what alerts wait for: it asks the state database which
// steps are due and journals them, as the acts of people are. A step that is not
// carried out is found again.
type stepper struct {
	// journaled are the steps, as versions of alerts, that districts may not have
	// taken from their journals yet.
	journaled map[roster.DistrictID]map[string]int
	due       func(ctx context.Context, at roster.Instant, limit int, of ...roster.DistrictID) ([]store.DueStep, error)
	// own lists the districts whose steps are looked for; nil: of all.
	own func() []roster.DistrictID
	// ready tells whether a district has applied all of its journal, and what its
	// clock shows.
	ready   func(ctx context.Context, id roster.DistrictID) (clock roster.Instant, ok bool)
	append  func(ctx context.Context, id roster.DistrictID, entries []event.Entry) error
	metrics *pipelineMetrics
	logger  *slog.Logger
}

func (d *daemon) newStepper() *stepper {
	return &stepper{
		due: d.state.DueSteps, own: d.own, append: d.Append, metrics: d.metrics, logger: d.log.With("component", "steps"),
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
	return repeat(ctx, stepLook, func() {
		if err := s.look(ctx, nowInstant()); err != nil && ctx.Err() == nil {
			s.logger.Error("steps of alerts are not carried out", "err", err)
		}
	})
}

// look journals the steps due at now. While a district has entries to apply, a
// step may be among them, and is not journaled twice. What has overtaken a step,
// such as an acknowledgement, stands before it in the journal: then it is refused.
func (s *stepper) look(ctx context.Context, now roster.Instant) error {
	var own []roster.DistrictID
	if s.own != nil {
		own = s.own()
	}
	due, err := s.due(ctx, now, stepBatch, own...)
	if err != nil {
		return err
	}
	of := map[roster.DistrictID][]*store.DueStep{}
	for i := range due {
		of[due[i].District] = append(of[due[i].District], &due[i])
	}
	var errs []error
	for id, steps := range of {
		errs = append(errs, s.journal(ctx, id, steps, now))
	}
	return errors.Join(errs...)
}

// journal appends the steps of one district that its journal does not have yet.
func (s *stepper) journal(ctx context.Context, id roster.DistrictID, steps []*store.DueStep, now roster.Instant) error {
	clock, applied := s.ready(ctx, id)
	had := s.journaled[id]
	if applied {
		had = nil
	}
	have := map[string]int{}
	var entries []event.Entry
	for _, d := range steps {
		have[d.Alert] = d.Version
		if had[d.Alert] == d.Version {
			continue
		}
		s.tell(d, now)
		entries = append(entries, *stepEntry(d.Alert, d.Version, d.Do, max(now, clock)))
	}
	if len(entries) > 0 {
		if err := s.append(ctx, id, entries); err != nil {
			return err
		}
	}
	if s.journaled == nil {
		s.journaled = map[roster.DistrictID]map[string]int{}
	}
	s.journaled[id] = have
	return nil
}

// tell counts a step that is late, as after an outage.
func (s *stepper) tell(d *store.DueStep, now roster.Instant) {
	if late := now - d.At; late > stepLate {
		s.metrics.stepLate()
		s.logger.Warn("a step of an alert is late", "alert", d.Alert, "step", d.Do, "late", late.Duration())
	}
}
